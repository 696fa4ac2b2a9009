"""Publishing a holiday list: who may, from what is typed to what is in force."""

from datetime import date

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from audit.models import Entry
from portal.common.errors import NotAllowed
from portal.organisation.models import DutyKind
from portal.organisation.named_days import parsed, written
from portal.organisation.services.calendar import publish_calendar
from portal.workdays import add_working_days
from portal.workdays.models import HolidayCalendar
from tests.factories import DepartmentFactory, UserFactory
from tests.html_checks import problems
from tests.trail import acts, refused

PAGE = "/organisation/calendar/"
FORM = {
    "year": 2027,
    "holidays": "2027-01-01 ~ 2027-01-03 元旦\n2027-02-05至2027-02-12 春节",
    "makeup_days": "2027-01-30 春节\n2027-02-14",
    "source": "国办发明电〔2026〕7号",
    "published_on": "2026-11-04",
    "replaces": 0,
}


def test_days_are_read_as_a_notice_lists_them() -> None:
    assert parsed("2027-01-01 元旦\n\n 2027-02-05 ~ 2027-02-06 春节 \n2027-02-14") == [
        (date(2027, 1, 1), "元旦"),
        (date(2027, 2, 5), "春节"),
        (date(2027, 2, 6), "春节"),
        (date(2027, 2, 14), ""),
    ]


@pytest.mark.parametrize(
    "line",
    [
        "元旦",
        "2027-13-01",
        "2027-02-30 春节",
        "2027-1-1",
        "2027-02-06 ~ 2027-02-05",
        "1000-01-01~2999-01-01",
    ],
)
def test_a_line_that_is_no_day_is_named(line) -> None:
    with pytest.raises(ValidationError) as refused:
        parsed(f"2027-01-01 元旦\n{line}")

    assert line in refused.value.messages[0]


@given(
    st.dictionaries(
        st.dates(date(2027, 1, 1), date(2027, 12, 31)), st.sampled_from(["", "元旦", "春节"])
    )
)
def test_what_is_written_is_read_back(days) -> None:
    assert parsed(written(days.items())) == sorted(days.items())


@pytest.fixture
def officer(db):
    return UserFactory(
        department=DepartmentFactory(is_competent=True), duties=[DutyKind.COMPETENT_OFFICER]
    )


def test_a_new_year_is_published_on_the_page_and_counts_from_then_on(client, officer) -> None:
    assert add_working_days(date(2026, 12, 31), 1).provisional
    client.force_login(officer)

    answer = client.post(PAGE, FORM)

    assert answer.status_code == 302
    made = HolidayCalendar.objects.get(year=2027, is_current=True)
    assert (made.version, made.source, made.days.count()) == (1, FORM["source"], 13)
    entry = Entry.objects.get()
    assert (entry.action, entry.target_id) == ("organisation.calendar.publish", str(made.pk))
    assert entry.data["holidays"] == 11
    page = client.get(PAGE).content.decode()
    assert problems(page) == []
    assert FORM["source"] in page


def test_the_form_starts_from_the_list_in_force(client, officer) -> None:
    client.force_login(officer)

    page = client.get(PAGE, {"year": "2026"}).content.decode()

    assert "2026-10-01 ~ 2026-10-0" in page
    assert 'name="replaces" value="1"' in page


@pytest.mark.parametrize("year", ["", "x", "20²6", "9999", "0000"])
def test_another_word_for_a_year_is_no_error(client, officer, year) -> None:
    client.force_login(officer)

    assert client.get(PAGE, {"year": year}).status_code == 200


def test_a_list_that_somebody_has_replaced_since_is_refused(client, officer) -> None:
    client.force_login(officer)
    client.post(PAGE, FORM)

    answer = client.post(PAGE, FORM)

    assert answer.status_code == 422
    assert HolidayCalendar.objects.filter(year=2027).count() == 1
    assert Entry.objects.count() == 1


def test_wrong_days_are_told_at_their_field(client, officer) -> None:
    client.force_login(officer)

    answer = client.post(PAGE, FORM | {"makeup_days": "2027-01-29 春节"})

    assert answer.status_code == 422
    assert "id_makeup_days_error" in answer.content.decode()
    assert not HolidayCalendar.objects.filter(year=2027).exists()


@pytest.mark.django_db
@pytest.mark.parametrize(
    "kind", sorted(set(DutyKind) - {DutyKind.SYSTEM_ADMIN, DutyKind.COMPETENT_OFFICER})
)
def test_all_others_read_the_lists_and_publish_none(client, kind) -> None:
    person = UserFactory(duties=[kind])
    client.force_login(person)

    assert 'name="source"' not in client.get(PAGE).content.decode()
    assert client.post(PAGE, FORM).status_code == 422
    with pytest.raises(NotAllowed):
        publish_calendar(
            year=2027, holidays=[(date(2027, 1, 1), "")], makeup_days=[], source="x", by=person
        )

    assert not HolidayCalendar.objects.filter(year=2027).exists()
    assert refused() == ["deny"]  # of the form; outside of a request nobody is refused by a page
    assert not acts().exists()


def test_the_page_takes_the_same_queries_for_every_year_in_the_table(
    client, officer, django_assert_max_num_queries
) -> None:
    client.force_login(officer)
    client.get(reverse("organisation:calendar"))

    with django_assert_max_num_queries(15):
        client.get(reverse("organisation:calendar"))
