"""Pseudonyms in the requester's own table: those of its pages and other agreements, and no clear value."""

import json
import logging

import pytest
from django.db import connection, transaction
from django.forms.models import model_to_dict

from audit.models import Entry
from catalog.models import Resource, ResourceState, SharingMode
from catalog.store.tables import table_of
from portal.common.errors import Invalid
from sharing import waking
from sharing.delivery import pages
from sharing.models import Agreement, Pull, Push, PushMode, PushState, TargetKind
from tests.agreements import confirmed, proposed
from tests.catalog.store.shared import give
from tests.factories import ResourceFactory
from tests.sharing.conftest import agreed_on, fill

from .homes import pushed

pytestmark = pytest.mark.django_db(transaction=True)

CLEAR = "明文姓名"
YEARS = 987_650_000_000


def person(i: int, *, name: str = "", year: int | None = None):
    """A row (area, no, name, year, day, at, share, amount, told) whose name and year are to be hidden."""
    shown = name or f"{CLEAR} {i}"
    return (f"1{i % 2}", i, shown, YEARS + i if year is None else year, *[None] * 5)


def sync(resource, rows):
    with transaction.atomic(), connection.cursor() as wrapped:
        counts = give(wrapped.cursor, table_of(resource), rows)
        Resource.objects.filter(pk=resource.pk).update(row_count=counts.total)
    waking.call_out(resource.pk)


@pytest.fixture
def persons(plain):
    plain.sharing_modes = [SharingMode.BATCH]
    plain.save(update_fields=["sharing_modes"])
    sync(plain, [person(i) for i in range(1, 6)])
    return plain


def hidden(cast, resource, *columns, items):
    """An agreement that lets the columns out as pseudonyms."""
    made = agreed_on(cast, resource, items=items, sharing_mode=SharingMode.BATCH)
    proposed(made, cast.provider_steward, masks=dict.fromkeys(columns, "pseudonym"))
    return confirmed(made, cast.provider_head, cast.head)


@pytest.fixture
def agreement(cast, persons):
    return hidden(cast, persons, "name", "year", items=("name", "year"))


def on_pages(agreement, party):
    page = pages.rows(number=agreement.number, party=party, asked={"limit": ["1000"]})
    columns = ("area", "no", "name", "year")
    return sorted(tuple(row[name] for name in columns) for row in json.loads(page)["rows"])


def in_table(home):
    return home.rows("area, no, name, year")


def everything_in(home) -> str:
    """All that the requester's database keeps, the portal's books too."""
    tables = "SELECT table_name FROM information_schema.tables WHERE table_schema = " + (
        "DATABASE()" if home.kind == TargetKind.MYSQL else "'public'"
    )
    names = [name for (name,) in home.run(tables)]
    assert len(names) == 2
    return "\n".join(str(row) for name in names for row in home.run(f"SELECT * FROM {name}"))


def everything_told() -> str:
    """Receipts, pulls and the trail."""
    told = [model_to_dict(one) for model in (Push, Pull) for one in model.objects.all()]
    told += list(Entry.objects.values())
    return json.dumps(told, default=str, ensure_ascii=False)


def test_the_table_holds_the_pseudonyms_of_the_pages_and_reconciles(cast, agreement, home):
    # given
    home.register(agreement, cast.applicant)

    # when
    push = pushed(agreement, cast.applicant)

    # then
    assert in_table(home) == on_pages(agreement, cast.system)
    assert {len(text) for row in in_table(home) for text in row[2:]} == {32}
    assert (push.state, push.is_equal) == (PushState.DELIVERED, True)
    assert push.agreed_rows == push.found_rows == push.inserted == 5
    assert push.agreed_checksum == push.found_checksum != ""

    # and once more there is nothing to write
    push = pushed(agreement, cast.applicant)
    assert (push.inserted, push.updated, push.deleted, push.is_equal) == (0, 0, 0, True)


def test_tables_of_two_agreements_of_one_requester_can_be_joined(cast, agreement, home):
    # given names that another resource of another key has too
    other = fill(ResourceFactory(department=cast.civil, state=ResourceState.PUBLISHED))
    Resource.objects.filter(pk=other.pk).update(sharing_modes=[SharingMode.BATCH])
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE store.r_{other.pk} SET name = %s || ' ' || code::int", [CLEAR])
    second = hidden(cast, Resource.objects.get(pk=other.pk), "name", items=("name",))
    home.register(agreement, cast.applicant)
    home.register(second, cast.applicant, relation=f"{home.relation}_too")

    # when
    pushed(agreement, cast.applicant)
    push = pushed(second, cast.applicant)

    # then
    assert push.is_equal is True
    joined = home.run(
        "SELECT one.no, two.code FROM divisions one JOIN divisions_too two ON two.name = one.name"
    )
    assert sorted((int(no), int(code)) for no, code in joined) == [(i, i) for i in range(1, 6)]


def test_a_push_of_changes_writes_the_rows_whose_pseudonyms_changed(cast, agreement, persons, home):
    # given
    home.register(agreement, cast.applicant, mode=PushMode.CHANGES)
    pushed(agreement, cast.applicant)
    before = {row[1]: row for row in in_table(home)}

    # when 1 and 2 change names, 3 gets another number, 4 goes, 5 stays, 6 comes with the name of 5
    sync(
        persons,
        [
            person(1, name=f"{CLEAR} 2"),
            person(2, name=f"{CLEAR} 1"),
            person(3, year=YEARS),
            person(5),
            person(6, name=f"{CLEAR} 5"),
        ],
    )
    push = pushed(agreement, cast.applicant)

    # then
    after = {row[1]: row for row in in_table(home)}
    assert sorted(after.values()) == on_pages(agreement, cast.system)
    assert after.keys() == {1, 2, 3, 5, 6}
    assert (after[1][2], after[2][2]) == (before[2][2], before[1][2])
    assert (after[1][3], after[2][3]) == (before[1][3], before[2][3])
    assert after[3][2] == before[3][2]
    assert after[3][3] not in {row[3] for row in before.values()}
    assert after[5] == before[5]
    assert after[6][2] == before[5][2]
    assert (push.kind, push.rows) == (PushMode.CHANGES, 5)
    assert (push.inserted, push.updated, push.deleted) == (1, 3, 1)
    assert (push.is_equal, push.found_rows) == (True, 5)


def test_other_pseudonyms_in_the_table_are_told_by_column_and_put_right(cast, agreement, home):
    # given
    home.register(agreement, cast.applicant, mode=PushMode.CHANGES)
    pushed(agreement, cast.applicant)
    home.run(f"UPDATE divisions SET name = '{'0' * 32}' WHERE no = 3")

    # when
    told = pushed(agreement, cast.applicant)
    mended = pushed(agreement, cast.applicant)

    # then
    assert told.differences == {"missing": 0, "extra": 0, "other": 1, "columns": ["name"]}
    assert (mended.updated, mended.is_equal) == (1, True)
    assert in_table(home) == on_pages(agreement, cast.system)


def test_a_key_is_no_pseudonym_and_the_push_goes_on_by_the_terms_before(cast, agreement, home):
    # given
    home.register(agreement, cast.applicant, mode=PushMode.CHANGES)
    pushed(agreement, cast.applicant)
    before = in_table(home)

    # when
    with pytest.raises(Invalid) as refused:
        proposed(agreement, cast.provider_steward, masks={"area": "pseudonym"})

    # then
    assert list(refused.value.fields) == ["masks"]
    held = Agreement.objects.get(pk=agreement.pk)
    assert held.masks == {"name": "pseudonym", "year": "pseudonym"}
    push = pushed(held, cast.applicant)
    assert (push.kind, push.rows, push.is_equal) == (PushMode.CHANGES, 0, True)
    assert in_table(home) == before


@pytest.mark.parametrize("ends", ["well", "badly"])
def test_the_clear_value_is_nowhere_but_in_the_store(
    cast, agreement, persons, home, caplog, capfd, ends
):
    # given
    home.register(agreement, cast.applicant, mode=PushMode.CHANGES)
    clear = [CLEAR, str(YEARS)[:6]]
    # The trail tells no values, so it must be the push alone that could bring them in.
    assert not any(word in everything_told() for word in clear)

    # when
    with caplog.at_level(logging.DEBUG):
        pushed(agreement, cast.applicant)
        sync(persons, [person(1, name=f"{CLEAR} x"), person(2), person(9)])
        if ends == "badly":
            home.run("ALTER TABLE divisions DROP COLUMN name")
        push = pushed(agreement, cast.applicant)

    # then
    assert push.state == (PushState.DELIVERED if ends == "well" else PushState.FAILED)
    seen = capfd.readouterr()
    places = {
        "target": everything_in(home),
        "receipts and trail": everything_told(),
        "log": caplog.text,
        "output": seen.out + seen.err,
    }
    found = {(place, word) for place, text in places.items() for word in clear if word in text}
    assert found == set()
    assert len(places["target"]) > 100
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM store.r_{persons.pk} WHERE name LIKE '{CLEAR}%'")
        assert cursor.fetchone() == (3,)
