"""Cases and rules by page and by API: what each reader finds, and what a form answers."""

import pytest

from audit.models import Entry
from portal.organisation.models import DutyKind
from portal.watching.models import Alert, AlertEntry, RuleVersion
from sharing.models import Agreement
from tests.factories import UserFactory
from tests.html_checks import problems
from tests.sharing.conftest import (  # noqa: F401 - fixtures
    Cast,
    agreement,
    cast,
    filled,
    resource,
)
from tests.watching.replay import TODAY, at, denied
from tests.world_parts import alert_on

pytestmark = pytest.mark.django_db


@pytest.fixture
def alert(agreement: Agreement) -> Alert:  # noqa: F811
    made = alert_on(agreement)
    entry = denied(at(TODAY), agreement=agreement.pk, reason="已终止")
    entry.save()
    AlertEntry.objects.create(alert=made, entry_id=entry.pk)
    return made


@pytest.fixture
def guard(signed_in):
    return signed_in(UserFactory(duties=[DutyKind.SECURITY_ADMIN]))


def test_the_list_finds_cases_by_tab_rule_and_words(guard, alert):
    # given
    other = alert_on(None, "system:99")
    Alert.objects.filter(pk=other.pk).update(rule="dormant", actor_name="旧系统")

    # when, then
    def listed(query):
        page = guard.get(f"/watching/{query}")
        assert problems(page.content.decode()) == []
        return {one.pk for one, _tone in page.context["lines"]}

    assert listed("") == {alert.pk, other.pk}
    assert listed("?rule=dormant") == {other.pk}
    assert listed("?q=学籍") == {alert.pk}
    assert listed(f"?q={alert.agreement.number}") == {alert.pk}
    assert listed("?tab=false") == set()


def test_a_case_is_worked_on_by_page_to_its_end(guard, alert):
    # when
    for move, words in (("look", ""), ("note", "已联系"), ("dismiss", "系统切换期间重试")):
        version = Alert.objects.get(pk=alert.pk).version
        answer = guard.post(f"/watching/{alert.pk}/{move}/", {"version": version, "words": words})
        assert answer.status_code == 302
        assert answer.url == f"/watching/{alert.pk}/"

    # then
    page = guard.get(f"/watching/{alert.pk}/")
    assert problems(page.content.decode()) == []
    assert page.context["alert"].state == "false"
    text = page.content.decode()
    for words in ("已联系", "系统切换期间重试", "已终止", "重新处置"):
        assert words in text


def test_closing_without_words_shows_the_form_with_its_error(guard, alert):
    # given
    guard.post(f"/watching/{alert.pk}/look/", {"version": 1})

    # when
    answer = guard.post(f"/watching/{alert.pk}/confirm/", {"version": 2, "words": ""})

    # then
    assert answer.status_code == 422
    assert problems(answer.content.decode()) == []
    assert "请写明查明的情况" in answer.content.decode()
    alert.refresh_from_db()
    assert alert.state == "looked_at"


def test_the_provider_reads_its_case_with_a_way_to_the_agreement_and_its_evidence(
    signed_in,
    cast: Cast,  # noqa: F811
    alert,
):
    page = signed_in(cast.provider_head).get(f"/watching/{alert.pk}/")
    assert problems(page.content.decode()) == []
    text = page.content.decode()
    assert alert.agreement.get_absolute_url() in text
    assert f"/watching/{alert.pk}/evidence.zip" in text


def test_the_security_administrator_takes_the_evidence_pack_of_an_alert(
    transactional_db, guard, alert
):
    # given
    number = alert.agreement.request.number
    assert f"/watching/{alert.pk}/evidence.zip" in (
        guard.get(f"/watching/{alert.pk}/").content.decode()
    )

    # when
    answer = guard.get(f"/watching/{alert.pk}/evidence.zip")

    # then
    assert answer.status_code == 200
    assert answer["Content-Disposition"] == f'attachment; filename="evidence-{number}.zip"'
    assert answer.content.startswith(b"PK")
    taken = Entry.objects.get(action="sharing.evidence.take")
    assert taken.target_id == str(alert.agreement.request_id)
    # and of no other case
    assert guard.get(f"/sharing/requests/{number}/evidence.zip").status_code == 404
    assert Entry.objects.filter(action="sharing.evidence.take").count() == 1


def test_who_may_not_know_of_an_alert_gets_no_pack_of_it(
    signed_in,
    cast: Cast,  # noqa: F811
    guard,
    alert,
):
    assert signed_in(cast.applicant).get(f"/watching/{alert.pk}/evidence.zip").status_code == 404
    Alert.objects.filter(pk=alert.pk).update(agreement=None)
    assert guard.get(f"/watching/{alert.pk}/evidence.zip").status_code == 404
    assert not Entry.objects.filter(action="sharing.evidence.take").exists()


def test_who_closed_it_is_told_that_more_came_afterwards(guard, alert):
    # given
    guard.post(f"/watching/{alert.pk}/look/", {"version": 1})
    guard.post(f"/watching/{alert.pk}/dismiss/", {"version": 2, "words": "已核实"})
    assert not guard.get(f"/watching/{alert.pk}/").context["case"].is_grown

    # when
    later = Entry.objects.latest("pk")  # the closing itself came after
    AlertEntry.objects.create(alert=alert, entry_id=later.pk)

    # then
    assert guard.get(f"/watching/{alert.pk}/").context["case"].is_grown


def test_a_rule_is_set_by_page(guard):
    # when
    wrong = guard.post(
        "/watching/rules/denials/",
        {"version": 0, "is_on": "on", "least": 1, "minutes": 60, "reason": "演练"},
    )
    right = guard.post(
        "/watching/rules/denials/",
        {"version": 0, "is_on": "on", "least": 10, "minutes": 60, "reason": "演练"},
    )

    # then
    assert wrong.status_code == 422
    assert problems(wrong.content.decode()) == []
    assert right.status_code == 302
    assert RuleVersion.objects.get().limits == {"least": 10, "minutes": 60}
    page = guard.get("/watching/rules/denials/")
    assert problems(page.content.decode()) == []
    assert "演练" in page.content.decode()
    assert problems(guard.get("/watching/rules/").content.decode()) == []


def test_the_api_lists_what_the_pages_list_and_tells_a_case_whole(guard, alert):
    # when
    found = guard.get("/api/v1/alerts/?rule=denials").json()["results"]
    one = guard.get(f"/api/v1/alerts/{alert.pk}/").json()

    # then
    assert [row["id"] for row in found] == [alert.pk]
    assert one["agreement"] == alert.agreement.number
    assert one["figures"]["found"] == {"denied": 30}
    assert one["entries"] == list(alert.evidence.values_list("entry_id", flat=True))
    assert one["steps"] == []
    assert guard.get("/api/v1/alerts/?rule=dormant").json()["results"] == []
