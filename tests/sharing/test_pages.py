import pytest
from django.test import Client
from django.urls import reverse

from sharing.draft_forms import STEPS
from sharing.models import AgreementState, RequestState, SharingRequest
from tests.factories import in_days
from tests.html_checks import problems

from .conftest import agreed_on


def browser(user) -> Client:
    made = Client(headers={"accept-language": "en"})
    made.force_login(user)
    return made


def opened(user, name, *args):
    answer = browser(user).get(reverse(f"sharing:{name}", args=args))
    assert answer.status_code == 200, answer.content.decode()[:500]
    html = answer.content.decode()
    assert problems(html) == []
    return html


@pytest.mark.parametrize("language", ["en", "zh-hans"])
@pytest.mark.parametrize(
    "who", ["applicant", "head", "provider_head", "provider_steward", "officer"]
)
def test_every_page_of_a_live_agreement_is_sound(cast, agreement, who, language):
    user = getattr(cast, who)
    caller = Client(headers={"accept-language": language})
    caller.force_login(user)
    for path in (
        reverse("sharing:request_list"),
        reverse("sharing:request_list") + "?side=received&tab=all",
        reverse("sharing:request", args=[agreement.request.number]),
        reverse("sharing:agreement_list"),
        reverse("sharing:agreement", args=[agreement.number]),
    ):
        answer = caller.get(path)
        assert answer.status_code == 200, path
        assert problems(answer.content.decode()) == [], path


@pytest.mark.parametrize("state", list(RequestState))
def test_a_request_has_its_page_in_every_state(cast, received, state):
    SharingRequest.objects.filter(pk=received.pk).update(
        state=state, refusal_reason="duplicate" if state == RequestState.REFUSED else ""
    )

    for user in (cast.applicant, cast.head, cast.provider_head):
        opened(user, "request", received.number)


@pytest.mark.parametrize("state", list(AgreementState))
def test_an_agreement_has_its_page_in_every_state(cast, agreement, state):
    type(agreement).objects.filter(pk=agreement.pk).update(state=state)

    for user in (cast.applicant, cast.provider_head, cast.officer):
        opened(user, "agreement", agreement.number)


def test_a_request_is_drafted_checked_and_submitted(cast, resource):
    # given
    caller = browser(cast.applicant)
    path = reverse("sharing:request_create", args=[resource.pk])
    assert problems(caller.get(path).content.decode()) == []

    # when
    drafted = caller.post(path, {"items": ["name"]})
    made = SharingRequest.objects.get()

    # then each step leads to the next, and the last one to the check of the answers
    def address(step):
        return reverse("sharing:request_step", args=[made.number, step])

    purpose = {
        "use_basis": "《义务教育法》第十三条",
        "use_scene": "入学资格核验",
        "use_scope": "本厅",
    }
    delivery = {"sharing_mode": "interface", "use_until": in_days(100).isoformat()}
    files = reverse("sharing:request_files", args=[made.number])
    assert drafted.headers["Location"] == address("purpose")
    for step, given, following in (
        ("purpose", purpose, address("delivery")),
        ("delivery", delivery, files),
    ):
        assert problems(caller.get(address(step)).content.decode()) == []
        made.refresh_from_db()
        answer = caller.post(address(step), {**given, "version": made.version})
        assert answer.headers["Location"] == following
    assert problems(caller.get(files).content.decode()) == []
    made.refresh_from_db()
    check = reverse("sharing:request_check", args=[made.number])
    assert problems(caller.get(check).content.decode()) == []
    # and it is not submitted before it is vouched for
    assert caller.post(check, {"version": made.version}).status_code == 422
    sent = caller.post(check, {"version": made.version, "is_vouched_for": "on"})
    assert sent.status_code == 302
    made.refresh_from_db()
    assert made.state == RequestState.INTERNAL_REVIEW


def test_each_step_of_a_draft_names_it_on_the_way_and_leads_to_it(cast, resource):
    # given
    caller = browser(cast.applicant)
    caller.post(reverse("sharing:request_create", args=[resource.pk]), {"items": ["name"]})
    made = SharingRequest.objects.get()
    steps = [
        *(reverse("sharing:request_step", args=[made.number, one]) for one in STEPS),
        reverse("sharing:request_files", args=[made.number]),
        reverse("sharing:request_check", args=[made.number]),
    ]

    # then
    for address in steps:
        html = caller.get(address).content.decode()
        crumbs = html[html.index('<nav class="crumbs"') :].partition("</nav>")[0]
        assert f'<a href="{made.get_absolute_url()}">{made.number}</a>' in crumbs, address


def test_wrong_input_comes_back_with_an_error_summary(cast, resource):
    caller = browser(cast.applicant)
    caller.post(reverse("sharing:request_create", args=[resource.pk]), {"items": ["name"]})
    made = SharingRequest.objects.get()

    answer = caller.post(
        reverse("sharing:request_step", args=[made.number, "delivery"]),
        {"version": made.version, "use_until": in_days(-3).isoformat()},
    )

    assert answer.status_code == 422
    html = answer.content.decode()
    assert 'href="#id_use_until"' in html
    assert problems(html) == []
    made.refresh_from_db()
    assert (made.use_until, made.version) == (None, 1)


def test_an_incomplete_draft_is_not_submitted(cast, resource):
    # given
    caller = browser(cast.applicant)
    caller.post(reverse("sharing:request_create", args=[resource.pk]), {"items": ["name"]})
    made = SharingRequest.objects.get()

    # when
    answer = caller.post(
        reverse("sharing:request_check", args=[made.number]), {"version": made.version}
    )

    # then
    assert answer.status_code == 422
    made.refresh_from_db()
    assert made.state == RequestState.DRAFT


@pytest.mark.parametrize("act", ["approve", "send_back"])
def test_the_head_confirms_on_a_page_of_its_own(cast, submitted, act):
    html = opened(cast.head, f"request_{act}", submitted.number)
    assert 'name="version"' in html

    answer = browser(cast.head).post(
        reverse(f"sharing:request_{act}", args=[submitted.number]),
        {"version": submitted.version, "opinion": "意见"},
    )

    assert answer.status_code == 302
    submitted.refresh_from_db()
    assert submitted.state == ("received" if act == "approve" else "returned")


def test_a_refusal_without_words_is_422(cast, received):
    answer = browser(cast.provider_head).post(
        reverse("sharing:request_refuse", args=[received.number]),
        {"version": received.version, "reason": "duplicate", "opinion": ""},
    )

    assert answer.status_code == 422
    assert problems(answer.content.decode()) == []
    received.refresh_from_db()
    assert received.state == RequestState.RECEIVED


def test_a_stranger_finds_none_of_it(cast, agreement):
    caller = browser(cast.stranger)
    for name, number in (("request", agreement.request.number), ("agreement", agreement.number)):
        assert caller.get(reverse(f"sharing:{name}", args=[number])).status_code == 404


def test_who_may_not_decide_reads_why(cast, agreement):
    html = opened(cast.provider_steward, "agreement", agreement.number)

    assert "Only the work body head of either party or the competent department ends it." in html


def test_terminating_by_page(cast, agreement):
    caller = browser(cast.head)
    path = reverse("sharing:agreement_terminate", args=[agreement.number])
    assert problems(caller.get(path).content.decode()) == []

    assert caller.post(path, {"reason": ""}).status_code == 422
    assert caller.post(path, {"reason": "用途已实现"}).status_code == 302
    agreement.refresh_from_db()
    assert agreement.state == AgreementState.TERMINATED


@pytest.mark.django_db(transaction=True)
def test_a_person_downloads_the_whole(cast, filled):
    agreement = agreed_on(cast, filled)

    answer = browser(cast.applicant).get(
        reverse("sharing:agreement_download", args=[agreement.number])
    )

    assert answer.getvalue().decode().startswith("code,name\n")
