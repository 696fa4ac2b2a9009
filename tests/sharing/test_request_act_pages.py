"""The same acts on pages and through the API: each page shows, refuses and does."""

from datetime import UTC, datetime

import pytest

from sharing.models import (
    AnswerExtension,
    Deadline,
    Dispute,
    Offer,
    RequestState,
    SharingRequest,
    SupplementNotice,
)
from sharing.services import disputes, offers
from tests.factories import ResourceFactory, in_days
from tests.html_checks import problems
from tests.sharing.request_acts import asked_for, contested, extended, offered, refused

pytestmark = pytest.mark.django_db
V1 = "/api/v1/requests"


def page_of(request, act=""):
    return f"/sharing/requests/{request.number}/{act}"


def shown(browser, address):
    answer = browser.get(address)
    assert answer.status_code == 200
    text = answer.content.decode()
    assert problems(text) == []
    return text


def test_the_provider_asks_for_what_is_missing(cast, received, signed_in):
    browser = signed_in(cast.provider_head)
    address = page_of(received, "supplement/")
    assert page_of(received, "supplement/") in shown(browser, page_of(received))
    shown(browser, address)
    given = {"version": received.version, "missing": ["use_scene"], "opinion": "请写明环节"}
    assert browser.post(address, given | {"missing": []}).status_code == 422
    assert browser.post(address, given | {"opinion": " "}).status_code == 422
    assert not SupplementNotice.objects.exists()
    assert browser.post(address, given).status_code == 302
    applicant = signed_in(cast.applicant)
    text = shown(applicant, page_of(received))
    assert "请写明环节" in text
    assert page_of(received, "check/") in text
    assert signed_in(cast.stranger).get(address).status_code == 404


def test_an_extension_is_asked_decided_and_acknowledged(cast, received, signed_in):
    steward = signed_in(cast.provider_steward)
    address = page_of(received, "extension/")
    assert address in shown(steward, page_of(received))
    shown(steward, address)
    given = {"version": received.version, "days": 11, "opinion": "需跨系统核对"}
    assert steward.post(address, given).status_code == 422
    assert steward.post(address, given | {"days": 5}).status_code == 302
    officer = signed_in(cast.officer)
    address = page_of(received, "extension/decide/")
    assert address in shown(officer, page_of(received))
    assert "需跨系统核对" in shown(officer, address)
    received.refresh_from_db()
    given = {"version": received.version, "is_granted": "1", "days": 6}
    assert officer.post(address, given).status_code == 422
    assert AnswerExtension.objects.get().is_open
    assert officer.post(address, given | {"days": ""}).status_code == 302
    applicant = signed_in(cast.applicant)
    assert "另延长 5 个工作日" in shown(applicant, page_of(received))
    address = page_of(received, "extension/acknowledge/")
    assert address in shown(applicant, page_of(received))
    assert applicant.get(address).status_code == 405
    assert applicant.post(address).status_code == 302
    assert AnswerExtension.objects.get().acknowledged_at is not None
    assert address not in shown(applicant, page_of(received))


def test_an_extension_is_not_offered_when_the_answer_is_overdue(cast, received, signed_in):
    steward = signed_in(cast.provider_steward)
    address = page_of(received, "extension/")
    Deadline.objects.filter(request=received).update(due=in_days(-1))
    assert address not in shown(steward, page_of(received))
    refusal = steward.get(address)
    assert refusal.status_code == 403
    assert "已逾期" in refusal.content.decode()
    assert (
        steward.post(
            address, {"version": received.version, "days": 5, "opinion": "需跨系统核对"}
        ).status_code
        == 403
    )
    assert not AnswerExtension.objects.exists()


def test_an_offer_is_made_and_accepted(cast, received, signed_in):
    provider = signed_in(cast.provider_head)
    address = page_of(received, "offer/")
    text = shown(provider, address)
    assert f'value="{received.use_until.isoformat()}"' in text
    given = {
        "version": received.version,
        "columns": ["name"],
        "use_until": in_days(90).isoformat(),
        "opinion": "先提供九十日",
    }
    assert provider.post(address, given | {"columns": ["none"]}).status_code == 422
    assert not Offer.objects.exists()
    assert provider.post(address, given).status_code == 302
    head = signed_in(cast.head)
    text = shown(head, page_of(received))
    assert "先提供九十日" in text
    for act in ("accept/", "decline/"):
        assert page_of(received, act) in text
        shown(head, page_of(received, act))
    received.refresh_from_db()
    given = {"version": received.version}
    assert head.post(page_of(received, "decline/"), given).status_code == 422
    assert head.post(page_of(received, "accept/"), given).status_code == 302
    received.refresh_from_db()
    assert received.state == RequestState.AGREED
    shown(head, page_of(received))


def test_a_refusal_is_printed_contested_and_decided(cast, received, signed_in):
    assert signed_in(cast.applicant).get(page_of(received, "refusal/")).status_code == 404
    refused(cast, received)
    applicant = signed_in(cast.applicant)
    text = shown(applicant, page_of(received))
    assert page_of(received, "refusal/") in text
    paper = shown(applicant, page_of(received, "refusal/"))
    assert "范围过大" in paper
    assert cast.provider_head.name in paper
    address = page_of(received, "dispute/")
    assert address in text
    shown(applicant, address)
    received.refresh_from_db()
    given = {"version": received.version, "opinion": "符合职责"}
    assert applicant.post(address, given | {"version": 1}).status_code == 422
    assert applicant.post(address, given).status_code == 302
    assert address not in shown(applicant, page_of(received))
    officer = signed_in(cast.officer)
    address = page_of(received, "dispute/decide/")
    assert "符合职责" in shown(officer, address)
    received.refresh_from_db()
    given = {"version": received.version, "outcome": "reopened", "opinion": "应予答复"}
    assert officer.post(address, given | {"outcome": "maybe"}).status_code == 422
    assert Dispute.objects.get().is_open
    assert officer.post(address, given).status_code == 302
    assert "应予答复" in shown(signed_in(cast.provider_head), page_of(received))


def test_the_paper_tells_the_refusal_and_not_what_upheld_it(cast, received, signed_in):
    held = contested(cast, refused(cast, received))
    disputes.decide(
        request=held, version=held.version, outcome="upheld", opinion="有据", by=cast.officer
    )
    paper = shown(signed_in(cast.applicant), page_of(received, "refusal/"))
    assert "范围过大" in paper
    assert "有据" not in paper
    assert cast.officer.name not in paper


def test_of_a_declined_offer_the_paper_has_the_providers_words(cast, received, signed_in):
    held = offered(cast, received)
    offers.decline(request=held, version=held.version, opinion="不够", by=cast.head)
    paper = shown(signed_in(cast.head), page_of(received, "refusal/"))
    assert "只提供一百日" in paper


def test_the_step_bar_goes_back_with_the_request(cast, received, signed_in):
    asked_for(cast, received)
    bar = signed_in(cast.applicant).get(page_of(received)).context["steps"]
    assert [step["state"] for step in bar] == ["now", "done", "", "", ""]


def test_the_step_bar_tells_days_as_they_are_in_beijing(cast, received, signed_in):
    # Half past one of the day after, there.
    late = datetime(2026, 11, 30, 17, 30, tzinfo=UTC)
    received.steps.update(at=late)

    bar = signed_in(cast.applicant).get(page_of(received)).context["steps"]

    assert [step["words"] for step in bar[:2]] == ["2026-12-01", "2026-12-01"]


def sent(browser, request, act, **given):
    request.refresh_from_db()
    path = f"{V1}/{request.number}/{act}/"
    return browser.post(
        path, {"version": request.version, **given}, content_type="application/json"
    )


def test_programs_do_the_same(cast, received, signed_in):
    provider = signed_in(cast.provider_head)
    wrong = sent(provider, received, "supplement", missing=[], opinion="补")
    assert (wrong.status_code, SupplementNotice.objects.count()) == (422, 0)
    told = sent(provider, received, "supplement", missing=["use_scene"], opinion="补").json()
    assert (told["state"], told["supplement"]["missing"]) == ("supplement", ["use_scene"])


def test_programs_extend_offer_and_contest(cast, received, signed_in):
    steward = signed_in(cast.provider_steward)
    assert sent(steward, received, "extension", days=11, opinion="核对").status_code == 422
    told = sent(steward, received, "extension", days=5, opinion="核对").json()
    assert told["extension"]["days"] == 5
    officer = signed_in(cast.officer)
    told = sent(officer, received, "extension/decide", is_granted=True).json()
    assert told["deadlines"][0]["extension_days"] == 5
    assert sent(signed_in(cast.head), received, "extension/acknowledge").status_code == 200
    offer = {"columns": ["name"], "use_until": in_days(9).isoformat(), "opinion": "九日"}
    assert sent(officer, received, "offer", **offer).status_code == 403
    told = sent(signed_in(cast.provider_head), received, "offer", **offer).json()
    assert (told["state"], told["offer"]["accepted"]) == ("offered", None)
    head = signed_in(cast.head)
    assert sent(head, received, "decline", opinion="不够").json()["state"] == "refused"
    told = sent(head, received, "dispute", opinion="不够").json()
    assert told["disputes"][0]["outcome"] == ""
    decision = {"outcome": "upheld", "opinion": "有据"}
    told = sent(signed_in(cast.officer), received, "dispute/decide", **decision).json()
    assert told["disputes"][0]["outcome"] == "upheld"


def test_an_offer_is_accepted_by_a_program(cast, received, signed_in):
    offered(cast, received)
    told = sent(signed_in(cast.head), received, "accept").json()
    assert (told["state"], told["offer"]["accepted"]) == ("agreed", True)
    assert told["agreement"]


@pytest.mark.parametrize(
    ("way", "words"),
    [
        (asked_for, "请补充使用场景和接收系统"),
        (extended, "需跨系统核对"),
        (offered, "只提供一百日"),
        (lambda cast, held: contested(cast, refused(cast, held)), "范围与职责相符"),
    ],
)
def test_both_sides_and_the_officer_read_what_was_said(cast, received, signed_in, way, words):
    way(cast, received)
    for who in (cast.applicant, cast.head, cast.provider_head, cast.officer):
        assert words in shown(signed_in(who), page_of(received))


def test_a_new_request_begins_with_what_an_earlier_one_said(cast, received, signed_in):
    # given another resource of the provider, and a stranger's request that is nobody's business
    other = ResourceFactory(department=cast.civil, name="另一项", state="published")
    browser = signed_in(cast.applicant)
    address = f"/sharing/requests/new/{other.pk}/"
    assert f"?copy={received.number}" in shown(browser, address)
    # when the earlier one is chosen
    form = browser.get(f"{address}?copy={received.number}").context["form"]
    assert "name" in form["items"].value()
    browser.post(f"{address}?copy={received.number}", {"items": ["name"]})
    # then its words are there, and what has to be said anew is not
    made = SharingRequest.objects.get(resource=other)
    assert (made.use_basis, made.use_scene) == (received.use_basis, received.use_scene)
    assert made.sharing_mode == received.sharing_mode
    assert (made.use_until, made.is_vouched_for) == (None, False)
    # and nobody copies from another department
    stranger = signed_in(cast.stranger)
    asked = stranger.get(f"{address}?copy={received.number}")
    assert received.use_scene not in asked.content.decode()
