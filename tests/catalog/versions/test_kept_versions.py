"""Published versions stay; a publication that fails leaves nothing half saved."""

from dataclasses import replace

import pytest
from django.db import IntegrityError, connection, transaction

from catalog.models import Announcement, ResourceVersion
from catalog.services import review
from catalog.snapshot import snapshot_in, snapshot_of
from portal.common.errors import Invalid
from tests.catalog.conftest import published
from tests.factories import ResourceFactory

from .conftest import changed, items_of, numbers, waiting


def test_the_database_refuses_to_change_or_remove_a_version(live):
    version = live.versions.get()

    with pytest.raises(IntegrityError, match="stay as they are"), transaction.atomic():
        ResourceVersion.objects.filter(pk=version.pk).update(number=7)
    with (
        pytest.raises(IntegrityError, match="stay as they are"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute("DELETE FROM catalog_resourceversion WHERE id = %s", [version.pk])
    with pytest.raises(IntegrityError, match="versions_are_numbered"), transaction.atomic():
        ResourceVersion.objects.create(resource=live, number=1, entry={}, items=[])

    assert live.versions.get() == version


def test_an_entry_that_came_in_published_gets_its_first_version_before_it_changes(cast, live):
    # given
    came = ResourceFactory(department=cast.civil, state="published")
    before = snapshot_of(came, list(came.items.order_by("position")))

    # when
    after = changed(cast, came, abstract="新")

    # then
    assert numbers(after) == [1, 2]
    first = after.versions.get(number=1)
    assert snapshot_in(first) == before
    assert first.published_by is None


def test_a_name_taken_meanwhile_stops_the_publication_and_nothing_is_half_saved(cast, live):
    # given
    change = waiting(cast, live, name="新名称")
    published(cast, name="新名称")
    before = snapshot_of(live, list(live.items.order_by("position")))

    # when
    with pytest.raises(Invalid) as refused:
        review.publish(resource=change, version=change.version, by=cast.officer)

    # then
    assert list(refused.value.fields) == ["name"]
    live.refresh_from_db()
    change.refresh_from_db()
    assert snapshot_of(live, list(live.items.order_by("position"))) == before
    assert (change.state, numbers(live)) == ("competent_review", [1])


def test_items_may_exchange_names_and_places(cast, live):
    # given
    code, name = items_of(live)
    swapped = [replace(name, name=code.name), replace(code, name=name.name)]
    keys = {one.column: one.pk for one in live.items.all()}

    # when
    after = changed(cast, live, items=swapped)

    # then
    assert [(one.column, one.name) for one in after.items.order_by("position")] == [
        ("name", "区划代码"),
        ("code", "区划名称"),
    ]
    assert {one.column: one.pk for one in after.items.all()} == keys


def test_a_narrower_audience_takes_the_title_of_today_out_of_earlier_notices(cast, live):
    # when
    after = changed(cast, live, visibility="reviewers", name="不再公开的名称")

    # then
    assert cast.education.group_id not in after.visible_to
    assert {tuple(one.announced_to) for one in Announcement.objects.all()} == {
        tuple(after.visible_to)
    }
    assert after.versions.get(number=1).visible_to == [0]
