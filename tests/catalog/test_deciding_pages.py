"""The pages on which heads and officers decide about an entry, and withdraw it."""

import pytest

from catalog.services import review
from tests.catalog.conftest import approved, at, published, submitted
from tests.html_checks import problems

# Deciding


@pytest.mark.parametrize(
    ("reach", "who", "state"),
    [(submitted, "head", "competent_review"), (approved, "officer", "published")],
)
def test_a_decision_is_asked_once_more(cast, signed_in, reach, who, state):
    # given
    resource = reach(cast)
    before = resource.state
    client = signed_in(getattr(cast, who))
    sent = {"version": resource.version, "decision": "forward", "opinion": "同意。"}

    # when
    asked = client.post(at("resource_decide", resource.pk), sent)

    # then
    resource.refresh_from_db()
    assert (asked.status_code, resource.state) == (200, before)
    assert problems(asked.content.decode()) == []

    # and when
    answer = client.post(at("resource_decide", resource.pk), {**sent, "confirmed": "1"})

    # then
    resource.refresh_from_db()
    assert answer.url == at("review_list")
    assert resource.state == state
    assert resource.steps.first().opinion == "同意。"


def test_sending_back_needs_reasons(cast, signed_in):
    resource = submitted(cast)
    client = signed_in(cast.head)
    sent = {"version": resource.version, "decision": "send_back", "confirmed": "1"}

    wrong = client.post(at("resource_decide", resource.pk), sent)
    right = client.post(at("resource_decide", resource.pk), {**sent, "opinion": "摘要太短"})

    assert wrong.status_code == 422
    assert "#id_opinion" in wrong.content.decode()
    assert right.status_code == 302
    resource.refresh_from_db()
    assert resource.state == "returned"
    told = signed_in(cast.steward).get(at("resource", resource.pk)).content.decode()
    assert "摘要太短" in told


def test_who_does_not_decide_is_told_who_does(cast, signed_in):
    resource = submitted(cast)

    answer = signed_in(cast.steward).get(at("resource_decide", resource.pk))

    assert answer.status_code == 403
    assert "省民政厅" in answer.content.decode()


def test_a_decision_on_an_old_version_is_refused(cast, signed_in):
    resource = submitted(cast)
    read = resource.version
    review.send_back(resource=resource, version=read, reasons="x", by=cast.head)
    review.submit(resource=resource, version=read + 1, by=cast.steward)

    answer = signed_in(cast.head).post(
        at("resource_decide", resource.pk),
        {"version": read, "decision": "forward", "confirmed": "1"},
    )

    assert answer.status_code == 422
    resource.refresh_from_db()
    assert resource.state == "head_review"


def test_withdrawal_by_page(cast, signed_in):
    resource = published(cast)
    client = signed_in(cast.head)

    wrong = client.post(
        at("resource_withdraw", resource.pk), {"version": resource.version, "reasons": ""}
    )
    right = client.post(
        at("resource_withdraw", resource.pk),
        {"version": resource.version, "reasons": "职责调整"},
    )

    assert (wrong.status_code, right.status_code) == (422, 302)
    resource.refresh_from_db()
    assert resource.state == "withdrawn"
