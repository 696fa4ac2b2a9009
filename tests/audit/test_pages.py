import re
from collections.abc import Callable
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from audit import plot, presentation, selectors
from audit.criteria import Criteria
from audit.models import Entry
from audit.services import record
from portal.organisation.models import DutyKind, User
from tests.audit.conftest import RELIEF, ZHOU
from tests.audit.database import behind_the_portals_back, seal_now
from tests.factories import UserFactory
from tests.html_checks import problems

ENGLISH = {"HTTP_ACCEPT_LANGUAGE": "en"}


@pytest.fixture
def auditor(db: None) -> User:
    return UserFactory(name="孙审计", duties=[DutyKind.AUDIT_ADMIN])


@pytest.fixture
def client(auditor: User) -> Client:
    """The audit administrator's browser, in English."""
    client = Client(**ENGLISH)
    client.force_login(auditor)
    return client


@pytest.fixture
@transaction.atomic()
def pulled(group: Group) -> Entry:
    entry = record(
        actor=RELIEF,
        action="audit.export",
        target=group,
        result="denied",
        reason="<b>列不在范围</b>",
        before={"state": "draft"},
        after={"state": "published", "rows": 1000},
    )
    return entry


def page(client: Client, url: str, **query: str) -> str:
    response = client.get(url, query)
    assert response.status_code == 200
    html = response.content.decode()
    assert problems(html) == []
    return html


def test_the_search_page_shows_who_did_what_and_records_the_look(
    client: Client, auditor: User, pulled: Entry
) -> None:
    # when
    html = page(client, reverse("audit:search"))

    # then
    assert "省社会救助系统" in html
    assert "began an export of the audit trail" in html
    assert "学生学籍基本信息" in html
    assert "&lt;b&gt;列不在范围&lt;/b&gt;" in html
    assert f'href="/audit/{pulled.pk}/"' in html
    assert "1 entry, 1 of them denied" in html
    look = Entry.objects.exclude(pk=pulled.pk).get()
    today = timezone.localdate()
    assert (look.action, look.actor_id, look.result) == ("audit.search", str(auditor.pk), "ok")
    assert look.data == {
        "criteria": {
            "date_from": (today - timedelta(days=6)).isoformat(),
            "date_to": today.isoformat(),
        },
        "shown": 1,
    }
    assert (look.request_id, look.ip) != ("", None)


def test_a_search_for_words_tells_how_far_back_it_looked_and_goes_on_from_there(
    client: Client, pulled: Entry, settings: Any
) -> None:
    # given an entry of 100 days ago, and no time to look
    settings.AUDIT_SEARCH_SECONDS = 0
    with behind_the_portals_back() as cursor:
        cursor.execute(
            "UPDATE audit_entry SET at = at - interval '100 days' WHERE id = %s", [pulled.pk]
        )
    asked = {"text": "学籍", "date_from": "", "date_to": ""}

    # when
    html = page(client, reverse("audit:search"), **asked)

    # then: nothing is said not to be there, and each look goes further
    looks = 1
    while "学生学籍基本信息" not in html:
        assert "Words take reading: so far, entries back to" in html
        assert "No entry answers this search" not in html
        further = re.search(r'href="([^"]+)">Look further back</a>', html)
        assert further
        html = page(client, reverse("audit:search") + unescape(further[1]))
        looks += 1
    assert looks == 3


def test_the_pages_speak_chinese(client: Client, pulled: Entry) -> None:
    response = client.get(reverse("audit:search"), headers={"accept-language": "zh-CN"})
    html = response.content.decode()
    assert "谁在何时做了什么" in html
    assert "开始导出审计记录" in html
    assert problems(html) == []

    response = client.get(
        reverse("audit:entry", args=[pulled.pk]), headers={"accept-language": "zh-CN"}
    )
    assert "未被改动的证明" in response.content.decode()


def test_the_search_page_takes_the_same_few_queries_for_any_number_of_entries(
    client: Client, group: Group, django_assert_num_queries: Callable[..., Any]
) -> None:
    # given
    for _ in range(60):
        record(actor=ZHOU, action="audit.search", target=group)
    page(client, reverse("audit:search"))

    # when: person, duties, savepoint, page, archived months, department, entry, release, length, filters
    with django_assert_num_queries(10):
        html = page(client, reverse("audit:search"), text="学籍")

    # then
    assert html.count("<tr>") == 50 + 1


def test_pages_lead_to_older_and_newer_entries(client: Client, group: Group) -> None:
    # given
    made = [record(actor=ZHOU, action="audit.search", target=group).pk for _ in range(120)][::-1]

    def shown(response_html: str) -> list[int]:
        return [pk for pk in made if f'href="/audit/{pk}/"' in response_html]

    def link(response_html: str, rel: str) -> str:
        before, _, _ = response_html.partition(f'" rel="{rel}"')
        return before.rpartition('href="')[2].replace("&amp;", "&")

    # when
    first = page(client, "/audit/?text=学籍")
    second = page(client, "/audit/" + link(first, "next"))
    third = page(client, "/audit/" + link(second, "next"))
    again = page(client, "/audit/" + link(third, "prev"))

    # then
    assert shown(first) == made[:50]
    assert shown(second) == made[50:100]
    assert shown(third) == made[100:]
    assert shown(again) == made[50:100]
    assert 'rel="prev"' not in first
    assert 'rel="next"' not in third


def test_an_empty_answer_says_what_to_do(client: Client) -> None:
    html = page(client, reverse("audit:search"), text="nothing of this kind")

    assert "No entry answers this search" in html
    assert "Clear the search" in html


def test_a_filter_set_by_a_link_is_a_chip_that_can_be_removed(
    client: Client, pulled: Entry
) -> None:
    html = page(client, reverse("audit:search"), actor="system:12", text="学籍")

    assert '<input type="hidden" name="actor" value="system:12"' in html
    assert 'class="chip" href="?text=%E5%AD%A6%E7%B1%8D"' in html


def test_a_wrong_question_is_answered_with_422_and_searches_nothing(
    client: Client, pulled: Entry
) -> None:
    # when
    response = client.get("/audit/?date_from=2026-11-23&date_to=2026-11-01")

    # then
    assert response.status_code == 422
    html = response.content.decode()
    assert problems(html) == []
    assert "The last day lies before the first." in html
    assert "省社会救助系统" not in html
    assert Entry.objects.get() == pulled


def test_the_entry_page_shows_content_changes_and_proof(
    transactional_db: None, client: Client, pulled: Entry
) -> None:
    # given
    seal_now()

    # when
    html = page(client, reverse("audit:entry", args=[pulled.pk]))

    # then
    assert "sealed, content unchanged" in html
    assert "Made anew from the content: the one that was sealed." in html
    assert "&lt;b&gt;列不在范围&lt;/b&gt;" in html
    assert "draft" in html
    assert "published" in html
    assert Entry.objects.get(action="audit.entry.read").target_id == str(pulled.pk)


def test_the_entry_page_says_when_the_content_was_changed(
    transactional_db: None, client: Client, pulled: Entry
) -> None:
    # given
    with behind_the_portals_back() as cursor:
        cursor.execute("UPDATE audit_entry SET result = 'ok' WHERE id = %s", [pulled.pk])

    # when
    html = page(client, reverse("audit:entry", args=[pulled.pk]))

    # then
    assert "the proof fails" in html
    assert "Made anew from the content: another than the one that was sealed." in html


def test_the_entry_page_says_when_it_is_not_yet_sealed(client: Client, pulled: Entry) -> None:
    # when
    html = page(client, reverse("audit:entry", args=[pulled.pk]))

    # then
    assert "This entry is not sealed yet" in html
    assert "the proof fails" not in html
    assert "not yet sealed" in page(client, reverse("audit:search"))


def test_an_entry_that_is_not_there_is_404(client: Client) -> None:
    assert client.get("/audit/999999999/").status_code == 404
    assert client.get(f"/audit/{10**30}/").status_code == 404


def test_the_export_is_a_file_of_what_the_search_found(client: Client, pulled: Entry) -> None:
    # when
    response = client.get(reverse("audit:export"), {"result": "denied"})
    content = b"".join(response.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]

    # then
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    today = timezone.localdate().isoformat()
    assert response["Content-Disposition"] == f'attachment; filename="audit-{today}.csv"'
    lines = content.splitlines()
    assert len(lines) == 2
    assert lines[0].startswith("Entry,Time,")
    assert lines[1].startswith(f"{pulled.pk},")
    assert [entry.action for entry in Entry.objects.order_by("pk")[1:]] == [
        "audit.export",
        "audit.export.finish",
    ]


@pytest.mark.parametrize("kind", [kind for kind in DutyKind if kind != DutyKind.AUDIT_ADMIN])
@pytest.mark.parametrize("name", ["search", "entry", "export"])
def test_nobody_but_the_audit_administrator_may_look(
    pulled: Entry, kind: DutyKind, name: str
) -> None:
    # given
    person = UserFactory(duties=[kind])
    client = Client(**ENGLISH)
    client.force_login(person)

    # when
    url = reverse(f"audit:{name}", args=[pulled.pk] if name == "entry" else [])
    response = client.get(url)

    # then
    assert response.status_code == 403
    html = response.content.decode()
    assert "Only the audit administrator may read the audit trail." in html
    assert "省社会救助系统" not in html
    denial = Entry.objects.exclude(pk=pulled.pk).get()
    assert (denial.actor_id, denial.result) == (str(person.pk), "denied")


@pytest.mark.parametrize("url", ["/audit/?date_from=x", "/audit/export.csv?date_from=x"])
def test_a_stranger_with_a_wrong_question_is_refused_all_the_same(db: None, url: str) -> None:
    # given
    client = Client()
    client.force_login(UserFactory(duties=[DutyKind.STEWARD]))

    # then
    assert client.get(url).status_code == 403
    assert Entry.objects.get().result == "denied"


@pytest.mark.parametrize("url", ["/audit/", "/audit/1/", "/audit/export.csv"])
def test_who_is_not_signed_in_is_sent_to_the_login(db: None, url: str) -> None:
    response = Client().get(url)

    assert response.status_code == 302
    assert response["Location"].startswith(reverse("account_login"))


@pytest.mark.parametrize("url", ["/audit/", "/audit/1/", "/audit/export.csv"])
def test_the_pages_change_nothing_and_take_no_post(client: Client, url: str) -> None:
    assert client.post(url).status_code == 405
    assert not Entry.objects.exists()


def test_the_plot_tells_its_numbers_in_words(db: None) -> None:
    # given
    record(actor=None, action="audit.search", target=None, result="denied")
    today = timezone.localdate()

    # when
    timeline = selectors.timeline(Criteria(date_from=today - timedelta(days=6), date_to=today))
    assert timeline is not None
    drawn = plot.columns(timeline)

    # then
    assert drawn.count('class="chart-fill-1"') == 1
    assert drawn.count('class="chart-fill-stop"') == 1
    assert plot.in_words(timeline) in drawn


@pytest.mark.parametrize(
    ("value", "lines"),
    [
        (1000, ["1,000"]),
        (None, ["—"]),
        ("", ["—"]),
        ([], ["—"]),
        (["a", 2], ["a", "2"]),
        ({"a": [1, 2], "b": None}, ["a: 1, 2", "b: —"]),
        (1.5, ["1.5"]),
    ],
)
def test_values_are_shown_in_words(value: object, lines: list[str]) -> None:
    assert presentation.lines(value) == lines


def test_a_single_value_before_and_after_is_the_state() -> None:
    entry = Entry(data={"before": "draft", "after": "published", "opinion": "可"})

    (change,) = presentation.changes(entry)
    assert (change.before, change.after) == ("draft", "published")
    (detail,) = presentation.details(entry)
    assert detail.lines == ["可"]
