"""The pages on which somebody decides: they ask in both languages, and what is sent changes the state."""

import pytest
from django.test import Client
from django.urls import reverse

from sharing.agreement_forms import RectifyForm, ReportForm
from sharing.forms import ReasonForm
from sharing.models import AgreementState, Deadline, EndPlan, RequestState
from sharing.services import agreements, suspensions
from tests.agreements import proposed
from tests.factories import in_days
from tests.html_checks import problems

from .conftest import agreed_on, fill

LANGUAGES = pytest.mark.parametrize("language", ["zh-hans", "en"])


def browser(user, language="en") -> Client:
    made = Client(headers={"accept-language": language})
    made.force_login(user)
    return made


def path(name, thing):
    return reverse(f"sharing:{name}", args=[thing.number])


def sound(answer, status=200) -> str:
    html = answer.content.decode()
    assert answer.status_code == status, html[:400]
    assert problems(html) == []
    return html


@LANGUAGES
def test_the_pages_of_a_draft_are_sound(cast, draft, language):
    caller = browser(cast.applicant, language)

    sound(caller.get(reverse("sharing:request_create", args=[draft.resource_id])))
    for name in ("request", "request_check", "request_files", "request_withdraw"):
        sound(caller.get(path(name, draft)))


@LANGUAGES
def test_the_pages_of_a_submitted_request_are_sound(cast, submitted, language):
    caller = browser(cast.head, language)

    for name in ("request", "request_approve", "request_send_back", "request_withdraw"):
        sound(caller.get(path(name, submitted)))


@LANGUAGES
def test_the_pages_of_a_received_request_are_sound(cast, received, language):
    caller = browser(cast.provider_head, language)

    for name in ("request", "request_agree", "request_refuse"):
        sound(caller.get(path(name, received)))


@LANGUAGES
def test_the_pages_of_an_agreement_are_sound(cast, agreement, language):
    for who in (cast.head, cast.officer):
        sound(browser(who, language).get(path("agreement_terminate", agreement)))
    told = browser(cast.provider_head, language).get(path("agreement_terminate", agreement))
    sound(told, 403)
    sound(browser(cast.provider_head, language).get(path("agreement_consult", agreement)))


@LANGUAGES
def test_a_planned_end_is_asked_answered_and_filed_on_pages(cast, agreement, language):
    provider, requester = browser(cast.provider_head, language), browser(cast.head, language)

    provider.post(path("agreement_consult", agreement), {"reason": "系统下线"})
    sound(requester.get(path("agreement", agreement)))
    sound(requester.get(path("agreement_answer", agreement)))
    requester.post(path("agreement_answer", agreement), {"agrees": "yes"})
    sound(provider.get(path("agreement_terminate", agreement)))
    provider.post(path("agreement_terminate", agreement), {"reason": "系统下线"})

    html = sound(browser(cast.officer, language).get(path("agreement", agreement)))
    assert "系统下线" in html
    assert EndPlan.objects.get().filed_at is not None


@LANGUAGES
def test_the_pages_of_what_has_ended_are_sound(cast, agreement, language):
    agreements.terminate(agreement=agreement, reason="用途已实现", by=cast.head)

    html = sound(browser(cast.applicant, language).get(path("agreement", agreement)))

    assert "用途已实现" in html
    assert "agreement_terminate" not in html
    assert path("agreement_terminate", agreement) not in html


@LANGUAGES
def test_a_pending_agreement_has_a_sound_page(cast, resource, language):
    agreement = agreed_on(cast, resource)

    for who in (cast.applicant, cast.provider_steward, cast.officer):
        sound(browser(who, language).get(path("agreement", agreement)))


@LANGUAGES
def test_every_act_on_an_agreement_asks_on_a_sound_page(cast, agreement, language):
    # given other terms with another purpose, proposed
    browser(cast.applicant, language)
    sound(browser(cast.applicant, language).get(path("agreement_propose", agreement)))
    proposed(agreement, cast.applicant, purpose="学籍年度核查", calls_a_day=50)

    # when, then
    for who, names in (
        (cast.head, ("agreement", "agreement_confirm", "agreement_retract")),
        (cast.provider_head, ("agreement", "agreement_confirm", "agreement_suspend")),
        (cast.officer, ("agreement", "agreement_suspend")),
    ):
        for name in names:
            sound(browser(who, language).get(path(name, agreement)))
    for name in ("agreement_version", "agreement_print"):
        address = reverse(f"sharing:{name}", args=[agreement.number, 2])
        html = sound(browser(cast.head, language).get(address))
        assert "学籍年度核查" in html
        assert agreement.versions.get(number=2).content_hash in html
    suspensions.suspend(agreement=agreement, reason="超范围", by=cast.officer)
    for who, name in ((cast.head, "agreement"), (cast.officer, "agreement_rectify")):
        sound(browser(who, language).get(path(name, agreement)))
    suspensions.rectify(agreement=agreement, demand="删除", until=in_days(3), by=cast.officer)
    for who, name in ((cast.head, "agreement_report"), (cast.officer, "agreement_restore")):
        sound(browser(who, language).get(path(name, agreement)))


def test_another_purpose_wants_the_providers_express_consent_on_the_page(cast, agreement):
    version = proposed(agreement, cast.applicant, purpose="学籍年度核查")
    seen = {"version": version.number, "content_hash": version.content_hash}
    address = path("agreement_confirm", agreement)
    browser(cast.head).post(address, seen)

    without = browser(cast.provider_head).post(address, seen)
    with_it = browser(cast.provider_head).post(address, {**seen, "consents": "on"})

    assert (without.status_code, with_it.status_code) == (422, 302)
    agreement.refresh_from_db()
    assert agreement.version_in_force == version
    kept = version.confirmations.get(side="provider")
    assert kept.consents == ["purpose"]


def test_terms_are_proposed_on_a_page(cast, agreement):
    caller = browser(cast.applicant)
    form = caller.get(path("agreement_propose", agreement)).context["form"]
    given = {name: "" if value is None else value for name, value in form.initial.items()}

    wrong = caller.post(path("agreement_propose", agreement), {**given, "calls_a_day": "0"})
    right = caller.post(
        path("agreement_propose", agreement), {**given, "calls_a_day": "9", "reason": "额度"}
    )

    assert (wrong.status_code, right.status_code) == (422, 302)
    assert agreement.versions.get(number=2).terms["calls_a_day"] == 9


def test_agreeing_makes_the_agreement(cast, received):
    answer = browser(cast.provider_head).post(
        path("request_agree", received), {"version": received.version, "opinion": "同意"}
    )

    assert answer.headers["Location"] == received.get_absolute_url()
    received.refresh_from_db()
    assert received.state == RequestState.AGREED
    assert received.agreement.state == AgreementState.AWAITING
    assert received.steps.first().opinion == "同意"
    awaiting = sound(browser(cast.provider_head).get(received.agreement.get_absolute_url()))
    assert 'id="quotas"' not in awaiting


def test_refusing_keeps_reason_and_words(cast, received):
    answer = browser(cast.provider_head).post(
        path("request_refuse", received),
        {"version": received.version, "reason": "scope_too_large", "opinion": "上级代码与用途无关"},
    )

    assert answer.status_code == 302
    received.refresh_from_db()
    assert (received.state, received.refusal_reason) == ("refused", "scope_too_large")
    html = sound(browser(cast.applicant).get(received.get_absolute_url()))
    assert "上级代码与用途无关" in html


@pytest.mark.parametrize("who", ["applicant", "head"])
def test_withdrawing_stops_the_clock(cast, received, who):
    answer = browser(getattr(cast, who)).post(
        path("request_withdraw", received), {"version": received.version}
    )

    assert answer.status_code == 302
    received.refresh_from_db()
    assert received.state == RequestState.WITHDRAWN
    assert Deadline.objects.get(request=received).cancelled_at is not None


def test_a_draft_is_changed_on_its_page(cast, draft):
    caller = browser(cast.applicant)
    first, purpose = (
        reverse("sharing:request_step", args=[draft.number, step]) for step in ("data", "purpose")
    )
    assert caller.get(path("request_edit", draft)).headers["Location"] == first

    answer = caller.post(first, {"version": draft.version, "items": ["parent_code"]})

    assert answer.headers["Location"] == purpose
    draft.refresh_from_db()
    assert [one.item.column for one in draft.requested_items.all()] == ["code", "parent_code"]
    assert (draft.use_scene, draft.version) == ("入学资格核验", 2)  # the other steps' part stays
    # and a form of the version before is stale
    said = {"use_basis": "依据", "use_scene": "别的", "use_scope": "范围"}
    sound(caller.post(purpose, {**said, "version": 1}), 422)
    draft.refresh_from_db()
    assert (draft.use_scene, draft.version) == ("入学资格核验", 2)


@pytest.mark.parametrize("version", ["", "x", "-1", "99", "9" * 5000])
def test_a_form_of_an_unknown_version_submits_nothing(cast, draft, version):
    answer = browser(cast.applicant).post(path("request_check", draft), {"version": version})

    sound(answer, 422)
    draft.refresh_from_db()
    assert (draft.state, draft.version) == (RequestState.DRAFT, 1)


@pytest.mark.parametrize(
    ("who", "name"),
    [
        ("applicant", "request_approve"),
        ("applicant", "request_send_back"),
        ("provider_head", "request_withdraw"),
        ("provider_steward", "request_agree"),
        ("provider_steward", "request_refuse"),
        ("officer", "request_agree"),
    ],
)
def test_a_decision_that_is_somebody_elses_is_not_even_asked(cast, received, who, name):
    caller = browser(getattr(cast, who))

    assert caller.get(path(name, received)).status_code == 403
    answer = caller.post(
        path(name, received), {"version": received.version, "reason": "duplicate", "opinion": "x"}
    )

    sound(answer, 403)
    received.refresh_from_db()
    assert received.state == RequestState.RECEIVED


def test_a_decision_that_has_been_taken_meanwhile_comes_back_with_words(cast, submitted):
    # given a page that was opened before a colleague's decision
    sent = {"version": submitted.version, "opinion": "意见"}
    browser(cast.head).post(path("request_send_back", submitted), sent)

    # when
    html = sound(browser(cast.head).post(path("request_approve", submitted), sent), 422)

    # then
    assert "changed since you opened it" in html
    submitted.refresh_from_db()
    assert submitted.state == RequestState.RETURNED


def test_the_provider_opens_the_data_by_its_button(cast, resource):
    agreement = agreed_on(cast, resource)
    caller = browser(cast.provider_steward)
    activate = path("agreement_activate", agreement)
    assert f'action="{activate}"' in sound(caller.get(path("agreement", agreement)))

    early = caller.post(activate)
    fill(resource)
    opened = caller.post(activate)

    sound(early, 409)
    assert opened.headers["Location"] == agreement.get_absolute_url()
    agreement.refresh_from_db()
    assert agreement.state == AgreementState.ACTIVE
    assert caller.get(activate).status_code == 405
    assert f'action="{activate}"' not in sound(caller.get(path("agreement", agreement)))


@pytest.mark.parametrize("who", ["applicant", "provider_steward"])
def test_who_may_not_end_an_agreement_is_not_asked(cast, agreement, who):
    caller = browser(getattr(cast, who))

    assert caller.get(path("agreement_terminate", agreement)).status_code == 403
    assert caller.post(path("agreement_terminate", agreement), {"reason": "x"}).status_code == 403
    agreement.refresh_from_db()
    assert agreement.is_active


def test_who_is_not_signed_in_is_sent_to_the_door(agreement):
    for name in ("agreement", "agreement_download", "agreement_terminate"):
        answer = Client().get(path(name, agreement))
        assert answer.status_code == 302
        assert "login" in answer.headers["Location"]


@pytest.mark.parametrize(
    ("form", "field"),
    [
        (ReasonForm, "reason"),
        (RectifyForm, "demand"),
        (RectifyForm, "until"),
        (ReportForm, "report"),
    ],
)
def test_what_an_act_needs_is_not_called_optional(form, field):
    assert form().fields[field].required
    assert form({}).errors[field]
