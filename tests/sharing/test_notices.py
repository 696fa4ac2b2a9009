"""A new version of an entry is told to the requesters of its live agreements, who acknowledge it."""

from datetime import timedelta

import pytest
from django.utils import timezone

from audit.models import Entry
from catalog.models import ResourceVersion
from catalog.services.versions import keep_version
from portal.clocks.models import Notice
from portal.common.errors import NotAllowed, WrongState
from sharing.models import ChangeNotice
from sharing.services import agreements, notices
from sharing.services.sweeping import sweep
from tests.factories import DataItemFactory

from .conftest import agreed_on


def published_again(resource, **changes) -> ResourceVersion:
    """The entry as it is, kept as a version, changed, and kept again."""
    items = lambda: list(resource.items.order_by("position"))  # noqa: E731
    if not resource.versions.exists():
        keep_version(resource, items(), step=None)
    if column := changes.pop("added", None):
        DataItemFactory(resource=resource, column=column, position=9)
    for name, value in changes.items():
        setattr(resource, name, value)
    resource.published_at = timezone.now() + timedelta(seconds=1)
    return keep_version(resource, items(), step=None)


def test_new_items_and_another_frequency_are_told_once(cast, agreement):
    version = published_again(agreement.resource, added="note", update_frequency="4")

    told = [sweep().told for _round in range(3)]

    assert told == [1, 0, 0]
    notice = ChangeNotice.objects.get()
    assert (notice.agreement, notice.version) == (agreement, version)
    assert notice.items == {"added": ["note"]}
    assert (notice.frequency_before, notice.frequency_after) == ("6", "4")
    assert Entry.objects.filter(action="sharing.notice.tell").count() == 1
    people = Notice.objects.filter(kind="changed", about_id=agreement.pk, occasion="2")
    assert {one.recipient for one in people} == {cast.applicant, cast.head}


def test_other_words_are_no_notice_and_are_not_looked_at_again(
    cast, agreement, django_assert_num_queries
):
    published_again(agreement.resource, abstract="换了说法")

    assert sweep().told == 0

    with django_assert_num_queries(1):
        assert notices.tell_of_changes() == 0


def test_what_was_published_before_the_agreement_is_not_told(cast, filled):
    version = published_again(filled, added="note")
    agreed_on(cast, filled)
    assert version.number == 2

    ResourceVersion.objects.get(pk=version.pk)
    agreements_after = timezone.now() + timedelta(minutes=1)
    type(filled.agreements.get()).objects.update(created_at=agreements_after)

    assert sweep().told == 0


def test_an_agreement_that_has_ended_is_not_told(cast, agreement):
    agreements.terminate(agreement=agreement, reason="完", by=cast.head)
    published_again(agreement.resource, added="note")

    assert sweep().told == 0


def test_the_agreed_shape_stays_as_it_is(cast, agreement):
    published_again(agreement.resource, added="note")
    sweep()

    assert [one.item.column for one in agreement.agreed_items.all()] == ["code", "name"]


def test_the_requester_acknowledges_once(cast, agreement):
    published_again(agreement.resource, added="note")
    sweep()

    for who in (cast.provider_head, cast.officer, cast.stranger):
        with pytest.raises(NotAllowed):
            notices.acknowledge(agreement=agreement, version=2, by=who)
    notices.acknowledge(agreement=agreement, version=2, by=cast.applicant)
    with pytest.raises(WrongState):
        notices.acknowledge(agreement=agreement, version=2, by=cast.head)

    assert ChangeNotice.objects.get().acknowledged_by == cast.applicant


def test_the_page_shows_it_and_takes_the_acknowledgement(cast, agreement, client):
    published_again(agreement.resource, added="note")
    sweep()
    client.force_login(cast.applicant)
    address = f"{agreement.get_absolute_url()}notices/2/acknowledge/"

    before = client.get(agreement.get_absolute_url()).content.decode()
    answer = client.post(address)
    after = client.get(agreement.get_absolute_url()).content.decode()

    assert answer.status_code == 302
    assert address in before
    assert address not in after
