"""Messages between the two sides of a request, and advice beside the provider's clock."""

import pytest

from audit.models import Entry
from portal.clocks.models import Notice
from portal.common.errors import Invalid, NotAllowed, WrongState
from portal.organisation.models import DutyKind
from sharing.models import Deadline, RequestNote
from sharing.services import notes, requests
from tests.factories import UserFactory
from tests.html_checks import problems

pytestmark = pytest.mark.django_db


def told():
    return set(Notice.objects.filter(kind="message").values_list("recipient__name", flat=True))


def test_each_side_writes_and_the_other_is_told(cast, received):
    notes.write(request=received, words="请说明核验频次", by=cast.provider_steward)
    assert told() == {"陈科员", "周处长"}
    notes.write(request=received, words="每日一次", by=cast.applicant)
    assert told() == {"陈科员", "周处长", "孙处长"}
    assert [one.words for one in received.notes.all()] == ["每日一次", "请说明核验频次"]
    assert Entry.objects.filter(action="sharing.request.write").count() == 2


def test_nobody_else_writes_and_nobody_before_it_is_received(cast, submitted):
    for by in (cast.applicant, cast.head, cast.provider_head):
        with pytest.raises(NotAllowed):
            notes.write(request=submitted, words="您好", by=by)
    held = requests.approve(request=submitted, version=submitted.version, by=cast.head)
    for by in (cast.officer, cast.stranger):
        with pytest.raises(NotAllowed):
            notes.write(request=held, words="您好", by=by)
    assert not RequestNote.objects.exists()


@pytest.mark.parametrize("words", ["", " \n", "长" * 2001])
def test_a_message_says_something_and_not_too_much(cast, received, words):
    with pytest.raises(Invalid):
        notes.write(request=received, words=words, by=cast.applicant)
    assert not RequestNote.objects.exists()


def test_advice_runs_beside_the_clock_and_is_given_once(cast, received):
    clock = Deadline.objects.get(request=received)
    before = (clock.due, clock.paused_on, received.version)
    notes.advise(request=received, verdict="fine", words="属法定职责", by=cast.officer)
    clock.refresh_from_db()
    received.refresh_from_db()
    assert (clock.due, clock.paused_on, received.version) == before
    assert told() == {"陈科员", "周处长", "孙处长"}
    with pytest.raises(WrongState):
        notes.advise(request=received, verdict="concerns", words="再议", by=cast.officer)
    # the provider answers as it will
    held = requests.agree(request=received, version=received.version, by=cast.provider_head)
    assert held.state == "agreed"


def test_the_provider_does_not_wait_for_advice_and_it_does_not_come_after(cast, received):
    requests.agree(request=received, version=received.version, by=cast.provider_head)
    with pytest.raises(WrongState):
        notes.advise(request=received, verdict="fine", words="同意", by=cast.officer)
    assert not RequestNote.objects.exists()


def test_only_the_officers_advise_and_only_where_it_is_switched_on(cast, received, settings):
    own = UserFactory(department=cast.civil, duties=[DutyKind.COMPETENT_OFFICER])
    for by in (cast.applicant, cast.provider_head, cast.stranger, own):
        with pytest.raises(NotAllowed):
            notes.advise(request=received, verdict="fine", words="同意", by=by)
    settings.PRE_CHECK = False
    with pytest.raises(NotAllowed):
        notes.advise(request=received, verdict="fine", words="同意", by=cast.officer)
    assert not RequestNote.objects.exists()


def test_advice_is_one_or_the_other(cast, received):
    with pytest.raises(Invalid):
        notes.advise(request=received, verdict="perhaps", words="同意", by=cast.officer)
    assert not RequestNote.objects.exists()


def test_the_pages_and_the_api_write_and_show_them(cast, received, signed_in):
    path = f"/sharing/requests/{received.number}/"
    officer = signed_in(cast.officer)
    assert problems(officer.get(f"{path}advise/").content.decode()) == []
    assert officer.post(f"{path}advise/", {"words": "同意"}).status_code == 422
    sent = {"words": "属法定职责", "verdict": "fine"}
    assert officer.post(f"{path}advise/", sent).status_code == 302
    assert officer.post(f"{path}advise/", sent).status_code == 409
    client = signed_in(cast.applicant)
    assert client.post(f"{path}write/", {"words": "请尽快"}).status_code == 302
    page = client.get(path).content.decode()
    assert "属法定职责" in page
    assert "请尽快" in page
    api = f"/api/v1/requests/{received.number}/"
    answer = client.post(f"{api}notes/", {"words": "谢谢"}, content_type="application/json")
    assert answer.status_code == 201
    assert [one["words"] for one in client.get(f"{api}notes/").json()] == [
        "谢谢",
        "请尽快",
        "属法定职责",
    ]
    refused = client.post(f"{api}advise/", sent, content_type="application/json")
    assert refused.status_code == 403
    assert signed_in(cast.stranger).get(f"{path}write/").status_code == 404
