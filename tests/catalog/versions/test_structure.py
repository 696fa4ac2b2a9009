"""A change of items, the rows in the store, those who draw them, and the sync that brings them."""

from dataclasses import replace

import pytest
from django.db import connection

from catalog.entry import ItemData
from catalog.selectors.versions import change_of
from catalog.services import review, visibility
from catalog.sources import lock
from catalog.store.tables import table_of
from portal.common.errors import DomainError
from portal.organisation.models import DutyKind
from sharing import outlet
from sharing.models import Agreement
from sharing.services import agreements, requests
from sharing.services.requests import RequestData
from tests.agreements import confirmed
from tests.catalog.conftest import at_once, published
from tests.factories import UserFactory, in_days

from .conftest import begun, changed, columns_in_store, filled, handed_on, items_of, written

LEVEL = ItemData(name="级别", column="level", type="I")


def rows_in_store(resource) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM store.r_{resource.pk} ORDER BY 1")
        return cursor.fetchall()


@pytest.fixture
def agreement(cast, live) -> Agreement:
    """Education draws the names of the divisions under a live agreement."""
    filled(live)
    staff = UserFactory(department=cast.education, duties=[DutyKind.STAFF])
    asking = UserFactory(department=cast.education, duties=[DutyKind.WORK_BODY_HEAD])
    giving = UserFactory(department=cast.civil, duties=[DutyKind.WORK_BODY_HEAD])
    asked = requests.start_request(
        resource=live,
        data=RequestData(
            items=("name",),
            use_basis="职责",
            use_scene="核验",
            use_scope="本厅",
            sharing_mode="interface",
            use_until=in_days(60),
            is_vouched_for=True,
        ),
        by=staff,
    )
    asked = requests.submit(request=asked, version=asked.version, by=staff)
    asked = requests.approve(request=asked, version=asked.version, by=asking)
    requests.agree(request=asked, version=asked.version, by=giving)
    return confirmed(Agreement.objects.get(request=asked), giving, asking)


def ended(agreement: Agreement) -> None:
    head = agreement.requester.people.get(duty_set__kind=DutyKind.WORK_BODY_HEAD)
    agreements.terminate(agreement=agreement, reason="用毕", by=head)


def refused_at_submission(cast, live, items) -> DomainError:
    change = written(cast, begun(cast, live), items=items)
    with pytest.raises(DomainError) as refused:
        review.submit(resource=change, version=change.version, by=cast.steward)
    change.refresh_from_db()
    assert change.state == "draft"
    return refused.value


def first_without_key(live) -> list[ItemData]:
    code, name = items_of(live)
    return [replace(code, is_key=False), replace(name, is_key=True, is_nullable=False)]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda code, name: [code], "区划名称 was removed"),
        (lambda code, name: [code, replace(name, type="M")], "区划名称 has another type"),
        (lambda code, name: [code, replace(name, length=50)], "区划名称 has another type"),
        (lambda code, name: [code, replace(name, length=200)], "区划名称 has another type"),
        (
            lambda code, name: [code, replace(name, is_nullable=False)],
            "区划名称 must now be filled",
        ),
        (lambda code, name: [code, replace(name, is_key=True)], "区划名称 entered or left the key"),
        (
            lambda code, name: [code, name, replace(LEVEL, is_nullable=False)],
            "级别 is new and may not be empty",
        ),
        (lambda code, name: [code, name, replace(LEVEL, is_key=True)], "级别 is new"),
    ],
    ids=["removed", "type", "shorter", "longer", "compulsory", "key", "new compulsory", "new key"],
)
def test_what_departments_draw_stays_as_it_is(cast, live, change, words):
    # given
    filled(live)
    visibility.grant_pull(resource=live, department=cast.education, by=cast.head)

    # when
    refused = refused_at_submission(cast, live, change(*items_of(live)))

    # then
    assert refused.code == "in_use"
    assert words in str(refused.message)
    assert "省教育厅" in str(refused.message)
    assert columns_in_store(live) == ["code", "name"]


def test_a_department_that_begins_to_draw_during_the_review_is_not_cut_off(cast, live):
    # given
    filled(live)
    change = written(cast, begun(cast, live), items=items_of(live)[:1])
    change = handed_on(cast, change)
    visibility.grant_pull(resource=live, department=cast.education, by=cast.head)

    # when
    with pytest.raises(DomainError) as refused:
        review.publish(resource=change, version=change.version, by=cast.officer)

    # then
    assert refused.value.code == "in_use"
    change.refresh_from_db()
    live.refresh_from_db()
    assert (change.state, live.items.count(), live.versions.count()) == ("competent_review", 2, 1)
    assert columns_in_store(live) == ["code", "name"]


def test_a_new_item_reaches_nobody_before_an_agreement_names_it(cast, live, agreement):
    # given
    assert agreement.state == "active"

    # when
    after = changed(cast, live, items=[*items_of(live), LEVEL])

    # then
    assert columns_in_store(after) == ["code", "name", "level"]
    assert [column.name for column in outlet.columns_of(agreement)] == ["code", "name"]
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM agreement.{agreement.view_name}")
        assert [column.name for column in cursor.description] == ["code", "name"]
        assert cursor.fetchone() == ("1", "名称1")


def test_relaxing_what_is_drawn_and_renaming_it_is_allowed(cast, live, agreement):
    # given
    code, name = items_of(live)

    # when
    after = changed(cast, live, items=[code, replace(name, name="地名", description="全称")])

    # then
    assert [one.item.name for one in agreement.agreed_items.order_by("item__position")] == [
        "区划代码",
        "地名",
    ]
    assert [one.name for one in after.items.order_by("position")] == ["区划代码", "地名"]


def test_an_item_that_was_agreed_once_stays_for_the_record(cast, live, agreement):
    # given
    ended(agreement)

    # when
    removed = refused_at_submission(cast, live, items_of(live)[:1])

    # then
    assert removed.code == "item_in_use"
    assert "区划名称" in str(removed.message)


def test_the_key_of_what_was_agreed_once_stays(cast, live, agreement):
    ended(agreement)

    refused = refused_at_submission(cast, live, first_without_key(live))

    assert refused.code == "item_in_use"


def test_nobody_draws_so_a_removed_item_leaves_the_store(cast, live):
    # given
    filled(live)

    # when
    after = changed(cast, live, items=items_of(live)[:1])

    # then
    assert columns_in_store(after) == ["code"]
    assert rows_in_store(after) == [("1",), ("2",), ("3",)]
    after.refresh_from_db()
    assert (after.row_count, after.has_rows) == (3, True)


@pytest.mark.parametrize(
    "change",
    [
        lambda code, name: [code, replace(name, type="I", length=None)],
        lambda code, name: [replace(code, is_key=False), replace(name, is_key=True)],
        lambda code, name: [code, name, replace(LEVEL, is_nullable=False)],
    ],
    ids=["type", "key", "new compulsory"],
)
def test_rows_that_contradict_the_change_are_removed_until_the_next_sync(cast, live, change):
    # given
    filled(live)
    draft = written(cast, begun(cast, live), items=change(*items_of(live)))
    told = [one.words for one in change_of(draft).effects]
    assert any("removed when it is published" in words for words in told)

    # when
    waiting = handed_on(cast, draft)
    after = review.publish(resource=waiting, version=waiting.version, by=cast.officer)

    # then
    after.refresh_from_db()
    assert columns_in_store(after) == []
    assert (after.row_count, after.has_rows) == (None, False)


def test_a_compulsory_item_that_all_rows_have_keeps_them(cast, live):
    # given
    filled(live)
    code, name = items_of(live)

    # when
    after = changed(cast, live, items=[code, replace(name, is_nullable=False)])

    # then
    after.refresh_from_db()
    assert after.has_rows
    assert len(rows_in_store(after)) == 3
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT is_nullable FROM information_schema.columns WHERE table_schema = 'store'"
            " AND table_name = %s AND column_name = 'name'",
            [f"r_{after.pk}"],
        )
        assert cursor.fetchone() == ("NO",)


def test_the_table_is_what_its_items_say_after_any_change(cast, live):
    filled(live)
    after = changed(cast, live, items=[*items_of(live), LEVEL])

    assert [column.name for column in table_of(after).columns] == columns_in_store(after)
    assert rows_in_store(after)[0] == ("1", "名称1", None)


def test_the_steward_is_told_before_submitting(cast, live, agreement):
    # when
    draft = written(cast, begun(cast, live), items=[*items_of(live), LEVEL])
    told = [(one.tone, one.words) for one in change_of(draft).effects]

    # then
    assert [tone for tone, _words in told] == ["warn", "warn"]
    assert "省教育厅 draw its rows" in told[0][1]
    assert "级别" in told[1][1]


def test_what_is_forbidden_is_told_before_submitting(cast, live, agreement):
    draft = written(cast, begun(cast, live), items=items_of(live)[:1])

    (told,) = change_of(draft).effects

    assert told.tone == "bad"
    assert "区划名称 was removed" in told.words


@pytest.mark.django_db(transaction=True)
def test_a_structure_is_not_changed_under_a_running_sync(committed_cast):
    # given
    cast = committed_cast
    live = filled(published(cast))
    change = handed_on(cast, written(cast, begun(cast, live), items=[*items_of(live), LEVEL]))

    # when
    with lock.held(live.pk):
        (refused,) = at_once(
            lambda: review.publish(resource=change, version=change.version, by=cast.officer)
        )

    # then
    assert (type(refused), refused.code) == (DomainError, "sync_under_way")
    assert columns_in_store(live) == ["code", "name"]
    live.refresh_from_db()
    assert live.versions.count() == 1
