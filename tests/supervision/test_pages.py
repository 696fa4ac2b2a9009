"""Every page of supervision opens, for who may see it, with what it counted."""

import html
import io
import re
from datetime import timedelta

import pytest
from django.test.utils import CaptureQueriesContext
from openpyxl import load_workbook

from portal.organisation.models import DutyKind
from portal.workdays.clocks import today
from sharing.services import disputes
from tests.factories import DepartmentFactory, UserFactory
from tests.html_checks import problems

pytestmark = pytest.mark.django_db
INDICATORS = (
    "answers",
    "deliveries",
    "satisfaction",
    "updates",
    "freshness",
    "mounted",
    "use",
    "order",
)
PAGES = (
    "",
    "departments/",
    "steps/",
    *(f"indicators/{key}/" for key in INDICATORS),
    "deadlines/",
    "refusals/",
    "extensions/",
    "compliance/",
)
FILES = [page for page in PAGES if page]


@pytest.mark.parametrize("page", PAGES)
def test_an_officer_and_a_department_open_each_page(cast, agreement, refused, signed_in, page):
    for person in (cast.officer, cast.provider_head, cast.applicant):
        shown = signed_in(person).get(f"/supervision/{page}?period=twelve")
        assert shown.status_code == 200
        assert problems(shown.content.decode()) == []


@pytest.mark.parametrize("page", FILES)
def test_each_table_leaves_as_csv_and_as_a_workbook_with_the_same_lines(
    cast, agreement, refused, signed_in, page
):
    client = signed_in(cast.officer)
    text = client.get(f"/supervision/{page}export.csv").getvalue().decode("utf-8-sig")
    book = load_workbook(io.BytesIO(client.get(f"/supervision/{page}export.xlsx").getvalue()))
    assert book.active.max_row == len(text.splitlines())
    assert client.get(f"/supervision/{page}export.pdf").status_code == 404


@pytest.mark.parametrize("duty", [DutyKind.SYSTEM_ADMIN, DutyKind.SECURITY_ADMIN])
@pytest.mark.parametrize("page", [page for page in PAGES if page != "compliance/"])
def test_an_administrator_sees_no_figures(cast, signed_in, page, duty):
    admin = UserFactory(department=cast.bigdata, duties=[duty])
    assert signed_in(admin).get(f"/supervision/{page}").status_code == 403


def test_an_administrator_reads_the_articles_without_figures(cast, agreement, signed_in):
    admin = UserFactory(department=cast.bigdata, duties=[DutyKind.AUDIT_ADMIN])
    shown = signed_in(admin).get("/supervision/compliance/").content.decode()
    assert 'id="article-44"' in shown
    assert "/supervision/deadlines/" not in shown


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/supervision/?period=decade", 422),
        ("/supervision/?reach=moon", 422),
        ("/supervision/?department=0", 404),
        ("/supervision/?department=abc", 404),
        ("/supervision/departments/?sort=luck", 422),
        ("/supervision/deadlines/?step=sleep", 422),
        ("/supervision/deadlines/?state=asleep", 422),
        ("/supervision/indicators/luck/", 404),
        ("/supervision/indicators/answers/?part=half", 422),
        ("/supervision/refusals/?reason=mood", 422),
        ("/supervision/extensions/?outcome=mood", 422),
        ("/api/v1/supervision/indicators/?period=decade", 422),
        ("/api/v1/supervision/indicators/luck/cases/", 404),
    ],
)
def test_a_word_that_means_nothing_is_refused_and_not_guessed(cast, signed_in, address, status):
    assert signed_in(cast.officer).get(address).status_code == status


@pytest.mark.parametrize("page", ["", "departments/", "steps/", "compliance/", "deadlines/"])
def test_a_page_asks_as_often_for_many_departments_as_for_few(
    cast, refused, asked, signed_in, page, django_assert_num_queries
):
    client = signed_in(cast.officer)
    asked(due=-3)
    client.get(f"/supervision/{page}")
    with CaptureQueriesContext(_connection()) as few:
        client.get(f"/supervision/{page}")
    for _ in range(3):
        asked(due=-3, provider=DepartmentFactory(region=cast.civil.region))
    with django_assert_num_queries(len(few)):
        client.get(f"/supervision/{page}")


@pytest.mark.parametrize(
    ("page", "kept"),
    [
        ("deadlines/", {"step": "answer", "state": "overdue"}),
        ("indicators/answers/", {"part": "missed"}),
        ("refusals/", {"reason": "duplicate"}),
        ("extensions/", {"outcome": "granted"}),
        ("departments/", {"sort": "overdue"}),
    ],
)
def test_another_period_or_department_keeps_what_else_was_chosen(cast, signed_in, page, kept):
    shown = signed_in(cast.officer).get(f"/supervision/{page}", kept).content.decode()
    for name, value in kept.items():
        assert f'<input type="hidden" name="{name}" value="{value}">' in shown


@pytest.mark.parametrize("page", ["", "steps/"])
def test_every_figure_of_the_desk_leads_to_a_list(cast, refused, asked, signed_in, page):
    # given
    client = signed_in(cast.officer)
    asked(due=-3)
    asked(due=-40, met=-41)
    disputes.raise_dispute(
        request=refused, version=refused.version, opinion="法定职责需要", by=cast.applicant
    )

    # when
    shown = client.get(f"/supervision/{page}?period=twelve").content.decode()
    links = re.findall(r'href="(/supervision/[^"]*)"', shown)
    addresses = {html.unescape(one) for one in links if "/export." not in one}

    # then
    assert {one: client.get(one).status_code for one in addresses} == dict.fromkeys(addresses, 200)
    month = f"{today() - timedelta(days=40):%Y-%m}"
    wanted = {
        "": ["state=lapsed", "contested=1", "kind=answer&outcome=granted", f"period={month}"],
        "steps/": ["step=answer&state=overdue", "step=answer&state=open"],
    }
    for part in wanted[page]:
        assert any(part in one for one in addresses), part


def _connection():
    from django.db import connection

    return connection
