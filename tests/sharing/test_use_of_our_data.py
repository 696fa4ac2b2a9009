"""How others use a department's data: its own agreements alone, by agreement and over time."""

from datetime import timedelta

import pytest
from django.utils import timezone

from audit.criteria import Criteria
from audit.selectors import search
from portal.organisation.models import DutyKind
from sharing.delivery import pages
from sharing.models import Pull, PullKind, PullResult
from sharing.selectors.used import use_of_ours
from tests.factories import UserFactory
from tests.html_checks import problems

pytestmark = pytest.mark.django_db


def pulled(agreement, days_ago, rows, result=PullResult.OK):
    at = timezone.now() - timedelta(days=days_ago)
    return Pull.objects.create(
        agreement=agreement,
        kind=PullKind.ROWS,
        caller="学籍系统",
        started_at=at,
        rows=rows,
        bytes=rows * 10,
        result=result,
    )


def test_the_provider_sees_who_drew_how_much_and_when(cast, agreement):
    # given
    pulled(agreement, 0, 7)
    pulled(agreement, 3, 5)
    pulled(agreement, 3, 0, PullResult.DENIED)
    pulled(agreement, 40, 100)

    # when
    use = use_of_ours(cast.provider_head, days=30)
    longer = use_of_ours(cast.provider_head, days=365)

    # then
    (line,) = use.lines
    assert line.agreement == agreement
    assert (line.calls, line.refused, line.rows, line.bytes) == (3, 1, 12, 120)
    today = timezone.localdate()
    assert len(use.slots) == 30
    assert {day: rows for day, rows in use.slots if rows} == {
        today: 7,
        today - timedelta(days=3): 5,
    }
    assert (longer.rows, longer.is_monthly) == (112, True)
    assert sum(rows for _month, rows in longer.slots) == 112


def test_an_unused_agreement_is_told_too(cast, agreement):
    (line,) = use_of_ours(cast.provider_head, days=30).lines
    assert (line.agreement, line.calls, line.last) == (agreement, 0, None)


@pytest.mark.parametrize("who", ["applicant", "head", "officer", "stranger"])
def test_nobody_else_sees_it_here(cast, agreement, who):
    pulled(agreement, 0, 7)
    use = use_of_ours(getattr(cast, who), days=30)
    assert (use.lines, use.rows) == ([], 0)
    assert use_of_ours(getattr(cast, who), days=30, resource_id=agreement.resource_id).lines == []


def test_the_page_of_an_entry_leads_to_its_use_and_that_to_each_call(signed_in, cast, agreement):
    # given
    pulled(agreement, 0, 7)
    client = signed_in(cast.provider_head)

    # when
    entry = client.get(agreement.resource.get_absolute_url()).content.decode()
    address = f"/sharing/use/?resource={agreement.resource_id}"
    page = client.get(address)

    # then
    assert address in entry
    text = page.content.decode()
    assert problems(text) == []
    assert f"/sharing/agreements/{agreement.number}/drawn/" in text
    other = client.get("/sharing/use/?resource=999999&days=365").context["use"]
    assert (other.lines, other.resource) == ([], None)


@pytest.mark.parametrize("duty", [DutyKind.SYSTEM_ADMIN, DutyKind.AUDIT_ADMIN])
def test_administrators_have_no_such_page(signed_in, duty):
    assert signed_in(UserFactory(duties=[duty])).get("/sharing/use/").status_code == 403


@pytest.mark.django_db(transaction=True)
def test_the_trail_tells_who_saw_data_about_an_entry_and_under_which_agreement(
    signed_in, cast, agreement
):
    # given
    pages.rows(number=agreement.number, party=cast.system, asked={})
    about = f"catalog.resource:{agreement.resource_id}"

    # when
    seen = search(Criteria(about=about, seen=True))
    everything = search(Criteria(about=about))

    # then
    assert [(one.action, one.target_id) for one in seen] == [
        ("sharing.pull.finish", str(agreement.pk))
    ]
    assert everything.filter(action="sharing.agreement.activate").count() == 1
    assert not search(Criteria(about="catalog.resource:x")).exists()
    assert not search(Criteria(about="nothing")).exists()


def test_the_audit_administrator_comes_from_the_entrys_page_to_that_search(signed_in, agreement):
    # given
    client = signed_in(UserFactory(duties=[DutyKind.AUDIT_ADMIN]))

    # when
    entry = client.get(agreement.resource.get_absolute_url()).content.decode()
    address = f"/audit/?about=catalog.resource:{agreement.resource_id}&amp;seen=on"

    # then
    assert address in entry
