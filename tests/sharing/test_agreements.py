from datetime import timedelta

import psycopg
import pytest
from django.db import connection, transaction

from audit.models import Entry
from catalog.models import Resource, ResourceGroupPermission
from portal.common.errors import DomainError, Invalid, NotAllowed, WrongState
from sharing import outlet
from sharing.delivery.reader import reading
from sharing.models import Agreement, AgreementState, Deadline
from sharing.services import agreements
from sharing.services.sweeping import sweep
from tests.factories import in_days

from .conftest import agreed_on, fill


def may_pull(cast) -> bool:
    return Resource.objects.permitted(cast.system, "pull_resource").exists()


def test_the_agreement_says_what_was_asked(cast, agreement):
    assert agreement.number.startswith("GXXY-")
    assert (agreement.provider, agreement.requester) == (cast.civil, cast.education)
    assert [one.item.column for one in agreement.agreed_items.all()] == ["code", "name"]
    assert agreement.ends_on == agreement.request.use_until
    assert agreement.state == AgreementState.ACTIVE
    assert agreement.activated_at is not None


def test_an_active_agreement_is_a_right_and_a_view(cast, agreement):
    assert may_pull(cast)
    assert outlet.view_exists(agreement)


def test_without_rows_it_waits(cast, resource):
    agreement = agreed_on(cast, resource)

    assert agreement.state == AgreementState.PENDING
    assert not may_pull(cast)
    assert not outlet.view_exists(agreement)
    with pytest.raises(DomainError) as refused:
        agreements.activate(agreement=agreement, by=cast.provider_steward)
    assert refused.value.code == "no_rows"


def test_the_provider_opens_what_has_come(cast, resource):
    agreement = agreed_on(cast, resource)
    fill(resource)

    opened = agreements.activate(agreement=agreement, by=cast.provider_steward)

    assert opened.state == AgreementState.ACTIVE
    assert may_pull(cast)


@pytest.mark.parametrize("who", ["applicant", "head", "officer", "stranger"])
def test_others_do_not_open_it(cast, resource, who):
    agreement = agreed_on(cast, resource)
    fill(resource)

    with pytest.raises(NotAllowed):
        agreements.activate(agreement=agreement, by=getattr(cast, who))

    agreement.refresh_from_db()
    assert agreement.state == AgreementState.PENDING
    assert not outlet.view_exists(agreement)


@pytest.mark.parametrize("who", ["head", "officer"])
def test_ending_it_takes_everything_away(cast, agreement, who):
    ended = agreements.terminate(agreement=agreement, reason="用途已实现", by=getattr(cast, who))

    assert (ended.state, ended.end_reason) == (AgreementState.TERMINATED, "用途已实现")
    assert not may_pull(cast)
    assert not outlet.view_exists(agreement)
    entry = Entry.objects.get(action="sharing.agreement.terminate")
    assert entry.data["reason"] == "用途已实现"


@pytest.mark.parametrize("who", ["applicant", "provider_steward", "stranger"])
def test_others_do_not_end_it(cast, agreement, who):
    with pytest.raises(NotAllowed):
        agreements.terminate(agreement=agreement, reason="不要了", by=getattr(cast, who))

    agreement.refresh_from_db()
    assert agreement.is_active
    assert may_pull(cast)
    assert outlet.view_exists(agreement)


def test_the_end_has_a_reason(cast, agreement):
    with pytest.raises(Invalid):
        agreements.terminate(agreement=agreement, reason=" ", by=cast.head)

    agreement.refresh_from_db()
    assert agreement.is_active


def test_it_ends_once(cast, agreement):
    agreements.terminate(agreement=agreement, reason="用途已实现", by=cast.head)

    with pytest.raises(WrongState):
        agreements.terminate(agreement=agreement, reason="再一次", by=cast.head)

    agreement.refresh_from_db()
    assert agreement.end_reason == "用途已实现"


def test_the_last_day_still_counts(cast, agreement, freeze):
    # given
    freeze(agreement.ends_on)
    assert sweep().expired == 0

    # when
    freeze(agreement.ends_on + timedelta(days=1))
    first, second = sweep(), sweep()

    # then
    assert (first.expired, second.expired) == (1, 0)
    agreement.refresh_from_db()
    assert agreement.state == AgreementState.EXPIRED
    assert not may_pull(cast)
    assert not outlet.view_exists(agreement)
    assert Entry.objects.get(action="sharing.agreement.expire").actor_kind == "portal"


def test_an_agreement_that_ends_undelivered_has_no_clock_left(cast, resource):
    agreement = agreed_on(cast, resource)

    agreements.terminate(agreement=agreement, reason="需求取消", by=cast.head)

    clock = Deadline.objects.get(request=agreement.request, kind="deliver")
    assert clock.cancelled_at is not None


def test_the_right_stays_while_another_agreement_needs_it(cast, agreement):
    # given a second live agreement of the same department on the same resource
    other = Agreement.objects.get(pk=agreement.pk)
    request = agreement.request
    request.pk, request.number, request.state = None, "GX-2026-90000", "withdrawn"
    request.save()
    other.pk, other.number, other.request = None, "GXXY-2026-9000", request
    other.save()

    # when
    agreements.terminate(agreement=agreement, reason="合并到新协议", by=cast.head)

    # then
    assert may_pull(cast)
    agreements.terminate(agreement=other, reason="用途已实现", by=cast.head)
    assert not may_pull(cast)


@pytest.mark.django_db(transaction=True)
class TestTheDatabaseHoldsTheBounds:
    """What `portal_reader` can do, asked of PostgreSQL on the very connection that delivers."""

    def test_the_view_has_the_agreed_columns_only(self, agreement):
        with reading(agreement) as reader:
            found = reader.execute(f"SELECT * FROM agreement.{agreement.view_name} LIMIT 1")

            assert [column.name for column in found.description] == ["code", "name"]

    @pytest.mark.parametrize(
        "statement",
        [
            "SELECT parent_code FROM agreement.{view}",
            "SELECT * FROM store.{table}",
            "SELECT * FROM public.sharing_agreement",
            "SELECT * FROM public.organisation_user",
            "DELETE FROM agreement.{view}",
            "UPDATE agreement.{view} SET name = ''",
            "CREATE TABLE agreement.mine (a int)",
            "CREATE TABLE public.mine (a int)",
            "CREATE TEMPORARY TABLE mine (a int)",
            "DROP VIEW agreement.{view}",
        ],
    )
    def test_everything_else_is_refused(self, agreement, statement):
        asked = statement.format(view=agreement.view_name, table=f"r_{agreement.resource_id}")

        with reading(agreement) as reader, pytest.raises(psycopg.Error) as refused:
            reader.execute(asked)

        assert refused.value.sqlstate in {"42501", "42703", "25006"}

    def test_the_reader_cannot_take_its_role_off_by_reset(self, agreement):
        with reading(agreement) as reader:
            reader.execute("RESET ROLE")
            who = reader.execute("SELECT current_user").fetchone()

        assert who == ("portal_reader",)

    def test_a_page_is_read_from_the_index(self, cast, resource):
        # given
        fill(resource, rows=50_000)
        agreement = agreed_on(cast, resource)
        with connection.cursor() as cursor:
            cursor.execute(f"ANALYZE store.r_{resource.pk}")

        # when
        with reading(agreement) as reader:
            plan = reader.execute(
                f"EXPLAIN SELECT * FROM agreement.{agreement.view_name}"
                " WHERE (code) > ('000000025000') ORDER BY code LIMIT 1000"
            ).fetchall()

        # then
        words = "\n".join(line for (line,) in plan)
        assert "Index Scan" in words
        assert "Sort" not in words


def test_a_term_shorter_than_a_day_is_possible(cast, filled):
    agreement = agreed_on(cast, filled, use_until=in_days(0))

    assert agreement.starts_on == agreement.ends_on


def standing(cast, agreement):
    """State, right and view: what begins and ends together."""
    state = Agreement.objects.get(pk=agreement.pk).state
    return state, may_pull(cast), outlet.view_exists(agreement)


OPEN = (AgreementState.ACTIVE, True, True)


class StopError(Exception):
    pass


@pytest.mark.parametrize(
    ("end", "after"),
    [
        (
            lambda cast, one: agreements.terminate(agreement=one, reason="x", by=cast.head),
            AgreementState.TERMINATED,
        ),
        (
            lambda _cast, one: agreements.expire(
                agreement=one, today=one.ends_on + timedelta(days=1)
            ),
            AgreementState.EXPIRED,
        ),
    ],
)
def test_state_right_and_view_end_in_one_transaction(cast, agreement, end, after):
    # given an end that is taken back
    with pytest.raises(StopError), transaction.atomic():  # noqa: PT012
        end(cast, agreement)
        assert standing(cast, agreement) == (after, False, False)
        raise StopError
    assert standing(cast, agreement) == OPEN

    # then
    end(cast, agreement)
    assert standing(cast, agreement) == (after, False, False)


def test_state_right_and_view_begin_in_one_transaction(cast, resource):
    agreement = agreed_on(cast, resource)
    fill(resource)

    with pytest.raises(StopError), transaction.atomic():  # noqa: PT012
        agreements.activate(agreement=agreement, by=cast.provider_head)
        assert standing(cast, agreement) == OPEN
        raise StopError

    assert standing(cast, agreement) == (AgreementState.PENDING, False, False)


def test_the_rights_go_to_the_requesters_group_and_to_nobody_else(cast, agreement):
    held = ResourceGroupPermission.objects.filter(content_object=agreement.resource)

    assert sorted(held.values_list("group_id", "permission__codename")) == [
        (cast.education.group_id, "pull_resource"),
        (cast.education.group_id, "view_resource"),
    ]


def test_the_view_is_a_security_barrier_for_the_reader_alone(agreement):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT reloptions FROM pg_class WHERE oid = %s::regclass",
            [f"agreement.{agreement.view_name}"],
        )
        options = cursor.fetchone()
        cursor.execute(
            "SELECT grantee, privilege_type FROM information_schema.role_table_grants"
            " WHERE table_schema = 'agreement' AND table_name = %s AND grantee <> current_user",
            [agreement.view_name],
        )
        grants = cursor.fetchall()

    assert options == (["security_barrier=true"],)
    assert grants == [("portal_reader", "SELECT")]


def test_what_waits_is_opened_by_the_sweep_when_its_rows_have_come(cast, resource):
    # given
    agreement = agreed_on(cast, resource)
    assert sweep().activated == 0

    # when
    fill(resource)
    first, second = sweep(), sweep()

    # then
    assert (first.activated, second.activated) == (1, 0)
    assert standing(cast, agreement) == OPEN
    assert Entry.objects.get(action="sharing.agreement.activate").actor_kind == "portal"


def test_what_waits_ends_with_its_term_too(cast, resource, freeze):
    agreement = agreed_on(cast, resource)

    freeze(agreement.ends_on + timedelta(days=1))
    fill(resource)
    swept = sweep()

    assert (swept.expired, swept.activated) == (1, 0)
    assert standing(cast, agreement) == (AgreementState.EXPIRED, False, False)
