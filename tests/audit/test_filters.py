"""Saved filters of the search: personal, named, and seen from the day on which they are opened."""

from datetime import date, timedelta
from urllib.parse import parse_qs

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation

from audit import asking, filters
from audit.models import Entry, SavedFilter
from audit.services import record
from portal.common.errors import Invalid, NotAllowed, NotFound
from portal.organisation.models import Duty, DutyKind, User
from tests.factories import UserFactory
from tests.html_checks import problems
from tests.trail import acts, refused

pytestmark = pytest.mark.django_db

ENGLISH = {"HTTP_ACCEPT_LANGUAGE": "en"}


@pytest.fixture
def auditor() -> User:
    return UserFactory(name="孙审计", duties=[DutyKind.AUDIT_ADMIN])


@pytest.fixture
def browser(auditor: User) -> Client:
    client = Client(**ENGLISH)
    client.force_login(auditor)
    return client


def last_entry() -> Entry:
    return Entry.objects.latest("pk")


def test_a_question_is_kept_from_the_search_page_and_opened_from_there(
    browser: Client, auditor: User
) -> None:
    # given
    today = timezone.localdate()
    asked = {
        "text": "学籍",
        "result": "denied",
        "seen": "1",
        "date_from": (today - timedelta(days=6)).isoformat(),
        "date_to": today.isoformat(),
    }
    page = browser.get(reverse("audit:search"), asked).content.decode()
    save_url = page.partition("Save this filter")[0].rpartition('href="')[2].partition('"')[0]

    # when
    form = browser.get(save_url.replace("&amp;", "&"))
    answer = browser.post(
        save_url.replace("&amp;", "&"), {"name": " 学籍被拒 ", "span": "7"}, follow=True
    )

    # then
    assert problems(form.content.decode()) == []
    assert '<option value="7" selected>' in form.content.decode()
    kept = SavedFilter.objects.get()
    assert (kept.owner, kept.name, kept.days) == (auditor, "学籍被拒", 7)
    assert kept.asked == {"text": "学籍", "result": "denied", "seen": "1"}
    html = answer.content.decode()
    assert problems(html) == []
    assert "The filter is saved. It stands above the search." in html
    assert "the last 7 days" in html
    entry = Entry.objects.get(action="audit.filter.create")
    assert (entry.actor_id, entry.target_label) == (str(auditor.pk), "学籍被拒")
    assert entry.data == {"asked": kept.asked, "days_back": 7}

    # and
    found = browser.get(reverse("audit:search") + filters.address(kept, today=today))
    assert found.status_code == 200
    assert problems(found.content.decode()) == []
    assert '<a class="chip" href="?text=%E5%AD%A6%E7%B1%8D' in found.content.decode()
    assert last_entry().data["criteria"] == {
        "text": "学籍",
        "result": "denied",
        "seen": True,
        "date_from": asked["date_from"],
        "date_to": asked["date_to"],
    }


def test_days_back_are_counted_from_the_day_on_which_it_is_opened(auditor: User) -> None:
    kept = filters.keep(
        name="拒绝", asked={"result": "denied", "date_from": "2020-01-01"}, days=30, by=auditor
    )

    asked = parse_qs(filters.address(kept, today=date(2026, 3, 31)).removeprefix("?"))

    assert asked == {
        "result": ["denied"],
        "date_from": ["2026-03-02"],
        "date_to": ["2026-03-31"],
    }


def test_days_as_they_stand_stay_as_they_are(auditor: User) -> None:
    kept = filters.keep(
        name="一月",
        asked={"date_from": "2026-01-01", "date_to": "2026-01-31"},
        days=None,
        by=auditor,
    )

    assert filters.address(kept, today=date(2026, 3, 31)) == (
        "?date_from=2026-01-01&date_to=2026-01-31"
    )


def test_a_filter_is_told_in_words(auditor: User) -> None:
    kept = SavedFilter(
        asked={
            "person": "周",
            "action": "audit.export",
            "result": "denied",
            "actor": "system:12",
            "date_from": "2026-01-01",
        }
    )

    with translation.override("en"):
        told = asking.of_filter(kept)

    assert told == [
        "Person or information system: 周",
        "Action: began an export of the audit trail",
        "Result: denied",
        "Done by system:12",
        "since 2026-01-01",
    ]


def test_what_links_alone_set_is_told_by_the_name_that_the_trail_knows(auditor: User) -> None:
    # given
    department = auditor.department
    with transaction.atomic():
        record(actor=auditor, action="audit.search", target=department)
    key = f"organisation.department:{department.pk}"
    kept = SavedFilter(
        asked={
            "actor": f"person:{auditor.pk}",
            "about": key,
            "department_id": str(department.pk),
        }
    )

    # when
    with translation.override("en"):
        told = asking.of_filter(kept)

    # then
    assert told == [
        "Done by 孙审计",
        f"About {department} and what hangs on it",
        f"Concerns {department.name}",
    ]


def test_what_the_trail_never_named_keeps_its_key(auditor: User) -> None:
    kept = SavedFilter(asked={"target": "catalog.resource:-1", "department_id": "4711"})

    with translation.override("en"):
        told = asking.of_filter(kept)

    assert told == ["Done to catalog.resource:-1", "Concerns department number 4711"]


def test_a_filter_is_renamed_and_deleted_and_both_are_recorded(
    browser: Client, auditor: User
) -> None:
    # given
    kept = filters.keep(name="旧名", asked={"result": "denied"}, days=None, by=auditor)

    # when
    shown = browser.get(kept.get_absolute_url())
    renamed = browser.post(kept.get_absolute_url(), {"name": "新名"})

    # then
    assert problems(shown.content.decode()) == []
    assert renamed.status_code == 302
    kept.refresh_from_db()
    assert kept.name == "新名"
    assert last_entry().action == "audit.filter.rename"
    assert last_entry().data == {"before": "旧名", "after": "新名"}

    # when
    asked = browser.get(reverse("audit:filter_delete", args=[kept.pk]))
    assert problems(asked.content.decode()) == []
    assert SavedFilter.objects.exists()
    gone = browser.post(reverse("audit:filter_delete", args=[kept.pk]), follow=True)

    # then
    assert "The filter &quot;新名&quot; has been deleted." in gone.content.decode()
    assert "You keep no filter yet" in gone.content.decode()
    assert not SavedFilter.objects.exists()
    assert Entry.objects.get(action="audit.filter.delete").target_label == "新名"


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("", "This field is required."),
        ("   ", "This field is required."),
        ("x" * 61, "at most 60 characters"),
        ("<b>甲</b>", "It holds HTML."),
        ("甲\u202e乙", "an invisible mark"),
        ("已有", "You have a saved filter of this name already."),
    ],
)
def test_an_unfit_name_is_refused_and_nothing_is_kept(
    browser: Client, auditor: User, name: str, wrong: str
) -> None:
    filters.keep(name="已有", asked={"result": "denied"}, days=None, by=auditor)

    answer = browser.post("/audit/filters/new/?result=denied", {"name": name, "span": "asked"})

    assert answer.status_code == 422
    assert problems(answer.content.decode()) == []
    assert wrong in answer.content.decode()
    assert SavedFilter.objects.get().name == "已有"
    assert Entry.objects.filter(action="audit.filter.create").count() == 1


def test_a_question_with_errors_is_not_kept(browser: Client) -> None:
    answer = browser.post(
        "/audit/filters/new/?date_from=2026-02-01&date_to=2026-01-01",
        {"name": "错", "span": "asked"},
    )

    assert answer.status_code == 422
    assert "The last day lies before the first." in answer.content.decode()
    assert not SavedFilter.objects.exists()
    assert not Entry.objects.exists()


def test_a_span_that_is_not_offered_is_refused(browser: Client) -> None:
    answer = browser.post("/audit/filters/new/?result=denied", {"name": "错", "span": "8"})

    assert answer.status_code == 422
    assert not SavedFilter.objects.exists()


def test_a_question_for_nothing_is_refused(browser: Client) -> None:
    answer = browser.post("/audit/filters/new/", {"name": "空", "span": "asked"})

    assert answer.status_code == 422
    assert "Nothing is looked for: choose filters or days first." in answer.content.decode()
    assert not SavedFilter.objects.exists()


def test_nobody_keeps_more_than_thirty(auditor: User) -> None:
    for number in range(filters.MOST_FILTERS):
        filters.keep(name=str(number), asked={"result": "ok"}, days=None, by=auditor)

    with pytest.raises(Invalid, match="30"):
        filters.keep(name="again", asked={"result": "ok"}, days=None, by=auditor)

    assert SavedFilter.objects.count() == 30


def test_another_auditor_neither_sees_nor_touches_a_filter(auditor: User) -> None:
    # given
    kept = filters.keep(name="我的", asked={"result": "denied"}, days=None, by=auditor)
    other = UserFactory(duties=[DutyKind.AUDIT_ADMIN])
    client = Client(**ENGLISH)
    client.force_login(other)
    before = acts().count()

    # then
    assert client.get(kept.get_absolute_url()).status_code == 404
    assert client.post(kept.get_absolute_url(), {"name": "你的"}).status_code == 404
    assert client.post(reverse("audit:filter_delete", args=[kept.pk])).status_code == 404
    assert "我的" not in client.get(reverse("audit:filter_list")).content.decode()
    with pytest.raises(NotFound):
        filters.rename(kept=kept, name="你的", by=other)
    with pytest.raises(NotFound):
        filters.remove(kept=kept, by=other)
    kept.refresh_from_db()
    assert kept.name == "我的"
    assert acts().count() == before
    assert refused() == ["miss"] * 3


def test_the_same_name_may_be_kept_by_two(auditor: User) -> None:
    other = UserFactory(duties=[DutyKind.AUDIT_ADMIN])
    for owner in (auditor, other):
        filters.keep(name="拒绝", asked={"result": "denied"}, days=None, by=owner)

    assert SavedFilter.objects.count() == 2


@pytest.mark.parametrize("act", ["save", "rename", "delete"])
def test_who_may_not_read_the_trail_keeps_no_filter_and_the_attempt_is_recorded(
    auditor: User, act: str
) -> None:
    # given: kept while the duty lasted
    kept = filters.keep(name="旧", asked={"result": "denied"}, days=None, by=auditor)
    Duty.objects.filter(user=auditor).delete()
    person = User.objects.get(pk=auditor.pk)

    # when
    acts = {
        "save": lambda: filters.keep(name="新", asked={"result": "ok"}, days=None, by=person),
        "rename": lambda: filters.rename(kept=kept, name="新", by=person),
        "delete": lambda: filters.remove(kept=kept, by=person),
    }
    with pytest.raises(NotAllowed):
        acts[act]()

    # then
    assert SavedFilter.objects.get().name == "旧"
    assert last_entry().result == "denied"


def test_the_database_itself_keeps_names_apart(auditor: User) -> None:
    SavedFilter.objects.create(owner=auditor, name="a", asked={})
    with pytest.raises(IntegrityError), transaction.atomic():
        SavedFilter.objects.create(owner=auditor, name="a", asked={})
    with pytest.raises(IntegrityError), transaction.atomic():
        SavedFilter.objects.create(owner=auditor, name="b", asked={}, days=0)


def test_the_pages_speak_chinese(browser: Client, auditor: User) -> None:
    filters.keep(name="拒绝", asked={"result": "denied"}, days=7, by=auditor)

    html = browser.get(
        reverse("audit:filter_list"), headers={"accept-language": "zh-CN"}
    ).content.decode()

    assert "我的审计筛选" in html
    assert "最近 7 天" in html
    assert problems(html) == []
