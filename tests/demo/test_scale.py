"""The synthetic province for measuring is small here, and as true as one made through the services."""

import io

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from audit.models import Entry
from catalog.models import DataItem, Resource, ResourceGroupPermission
from catalog.parties import VISITOR
from catalog.projection import visible_to_of
from catalog.store.tables import count, table_of
from portal.demo.scale.province import READER, STRANGER
from portal.organisation.models import Department, User
from tests.factories import DepartmentFactory, UserFactory

# VACUUM runs outside transactions.
pytestmark = pytest.mark.django_db(transaction=True)

SIZE = {"departments": 30, "resources": 60, "grants": 200, "rows": 50}


@pytest.fixture
def province():
    call_command("seed_scale", stdout=io.StringIO(), **SIZE)


def seen_by(party) -> set[int]:
    return set(Resource.objects.permitted(party, "view_resource").values_list("pk", flat=True))


def truly_seen_by(party) -> set[int]:
    return set(Resource.objects.truly_visible(party).values_list("pk", flat=True))


def test_it_is_as_large_as_asked(province):
    assert Department.objects.count() == 30
    assert Resource.objects.count() == 60
    assert DataItem.objects.count() == 60 * 15
    assert ResourceGroupPermission.objects.count() == 200
    with_rows = Resource.objects.filter(rows_changed_at__isnull=False).get()
    with connection.cursor() as cursor:
        assert count(cursor, table_of(with_rows)) == with_rows.row_count == 50
    assert Entry.objects.get(action="demo.seed_scale").data["grants"] == 200


def test_what_it_projects_is_what_the_grants_say(province):
    for resource in Resource.objects.select_related("department__region"):
        assert resource.visible_to == visible_to_of(resource)
    reader, stranger = (User.objects.get(username=name) for name in (READER, STRANGER))
    competent = UserFactory(department=Department.objects.filter(is_competent=True)[0])
    for party in (reader, stranger, competent, VISITOR):
        assert seen_by(party) == truly_seen_by(party)
    assert len(seen_by(reader)) == 60
    assert 0 < len(seen_by(VISITOR)) < len(seen_by(stranger)) < 60


def test_entries_that_come_after_it_get_keys_of_their_own(province):
    last = Resource.objects.latest("pk").pk

    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(pg_get_serial_sequence('catalog_resource', 'id'))")
        assert cursor.fetchone()[0] == last + 1


def test_a_database_in_use_is_left_alone(db):
    DepartmentFactory()

    with pytest.raises(CommandError, match="take an empty one"):
        call_command("seed_scale", stdout=io.StringIO(), **SIZE)

    assert Department.objects.count() == 1
    assert Resource.objects.count() == 0
