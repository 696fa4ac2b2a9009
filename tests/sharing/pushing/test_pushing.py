"""Rows into the requester's own table: exactly those agreed, each once, and a receipt that is true."""

import pytest
from django.utils import timezone

from audit.models import Entry
from sharing.models import Pull, PullKind, PullResult, PushMode, PushState, WhyWhole
from tests.agreements import confirmed, proposed
from tests.sharing.follower import row, sync

from .homes import pushed

pytestmark = pytest.mark.django_db(transaction=True)
CODES = [f"{i:012d}" for i in range(10)]


def test_a_full_push_makes_the_table_hold_exactly_the_agreed_rows(cast, batch, home):
    # given
    home.register(batch, cast.applicant)

    # when
    push = pushed(batch, cast.applicant)

    # then
    assert home.rows() == [(CODES[i], "name") for i in (1, 2, 3)]
    assert (push.state, push.kind, push.failure_code) == (PushState.DELIVERED, PushMode.FULL, "")
    assert (push.rows, push.inserted, push.updated, push.deleted) == (3, 3, 0, 0)
    assert push.is_equal is True
    assert push.agreed_rows == push.found_rows == 3
    assert push.agreed_checksum == push.found_checksum != ""
    assert len(push.sha256) == 64

    # and the parties and the trail know of it
    pull = Pull.objects.get(kind=PullKind.PUSH)
    assert (pull.result, pull.rows, pull.bytes) == (PullResult.OK, 3, push.bytes)
    assert pull.sha256 == push.sha256
    assert Entry.objects.filter(action="sharing.pull.finish").count() == 1
    assert Entry.objects.get(action="sharing.push.finish").data["is_equal"] is True


def test_a_second_full_push_writes_what_is_other_alone(cast, batch, home, stored):
    # given
    home.register(batch, cast.applicant)
    pushed(batch, cast.applicant)
    sync(stored, [row(1, "other"), row(2, parent="2"), row(3), row(5)])

    # when
    push = pushed(batch, cast.applicant)

    # then
    assert home.rows() == [(CODES[1], "other"), (CODES[3], "name"), (CODES[5], "name")]
    assert (push.rows, push.inserted, push.updated, push.deleted) == (3, 1, 1, 1)
    assert push.is_equal is True

    # and once more there is nothing to write
    push = pushed(batch, cast.applicant)
    assert (push.rows, push.inserted, push.updated, push.deleted) == (3, 0, 0, 0)


def test_a_push_of_changes_sends_what_changed_alone(cast, batch, home, stored):
    # given
    home.register(batch, cast.applicant, mode=PushMode.CHANGES)
    first = pushed(batch, cast.applicant)
    assert (first.kind, first.why_whole) == (PushMode.FULL, WhyWhole.FIRST)

    # when 1 changes twice, 2 leaves the scope, 3 stays, 4 comes into it, 5 is new
    sync(stored, [row(1, "once"), row(2, parent="2"), row(3), row(4)])
    sync(stored, [row(1, "twice"), row(2, parent="2"), row(3), row(4), row(5, "居民\t\\\n'")])
    push = pushed(batch, cast.applicant)

    # then
    assert home.rows() == [
        (CODES[1], "twice"), (CODES[3], "name"), (CODES[4], "name"), (CODES[5], "居民\t\\\n'"),
    ]  # fmt: skip
    assert (push.kind, push.why_whole) == (PushMode.CHANGES, "")
    assert (push.rows, push.inserted, push.updated, push.deleted) == (4, 2, 1, 1)
    assert (push.is_equal, push.found_rows) == (True, 4)

    # and when nothing changed, nothing is sent
    push = pushed(batch, cast.applicant)
    assert (push.rows, push.bytes, push.is_equal) == (0, 0, True)


def test_other_terms_send_all_rows_again(cast, batch, home, stored):
    # given
    home.register(batch, cast.applicant, mode=PushMode.CHANGES)
    pushed(batch, cast.applicant)
    proposed(batch, cast.applicant, masks={"name": "hidden"})
    confirmed(batch, cast.provider_head, cast.head)

    # when
    push = pushed(batch, cast.applicant)

    # then
    assert (push.kind, push.why_whole, push.updated) == (PushMode.FULL, WhyWhole.TERMS, 3)
    assert {name for _code, name in home.rows()} == {"****"}
    assert push.is_equal is True


def test_what_somebody_changed_in_the_target_is_put_right_and_before_that_told(
    cast, batch, home, stored
):
    # given
    home.register(batch, cast.applicant, mode=PushMode.CHANGES)
    pushed(batch, cast.applicant)
    home.run(f"UPDATE divisions SET name = 'forged' WHERE code = '{CODES[1]}'")

    # when what changed since is nothing
    push = pushed(batch, cast.applicant)

    # then
    assert (push.state, push.is_equal) == (PushState.DELIVERED, False)
    assert push.differences == {"missing": 0, "extra": 0, "other": 1, "columns": ["name"]}
    assert push.found_checksum != push.agreed_checksum

    # and the next one does not trust the changes
    push = pushed(batch, cast.applicant)
    assert (push.kind, push.why_whole) == (PushMode.FULL, WhyWhole.DIFFERED)
    assert (push.updated, push.is_equal) == (1, True)


def test_rows_that_are_missing_or_too_many_are_counted(cast, batch, home):
    # given
    home.register(batch, cast.applicant, mode=PushMode.CHANGES)
    pushed(batch, cast.applicant)
    home.run(f"DELETE FROM divisions WHERE code = '{CODES[1]}'")
    home.run("INSERT INTO divisions VALUES ('x', 'more'), ('y', 'more')")

    # when
    push = pushed(batch, cast.applicant)

    # then
    assert push.is_equal is False
    assert push.differences == {"missing": 1, "extra": 2, "other": 0}
    assert (push.agreed_rows, push.found_rows) == (3, 4)


def test_a_table_of_the_requester_may_have_columns_of_its_own(cast, batch, home):
    # given
    home.make()
    home.run("ALTER TABLE divisions ADD COLUMN remark varchar(20), ADD COLUMN at timestamp"
             " DEFAULT CURRENT_TIMESTAMP")  # fmt: skip
    home.let("SELECT", "INSERT", "UPDATE", "DELETE")
    home.register(batch, cast.applicant, makes_table=False)
    pushed(batch, cast.applicant)
    home.run("UPDATE divisions SET remark = 'ours'")

    # when
    push = pushed(batch, cast.applicant)

    # then
    assert push.is_equal is True
    assert {remark for (remark,) in home.run("SELECT remark FROM divisions")} == {"ours"}


def test_a_quota_of_rows_holds_for_pushes_too(cast, batch, home):
    # given
    home.register(batch, cast.applicant)
    proposed(batch, cast.applicant, rows_a_day=2)
    agreement = confirmed(batch, cast.provider_head, cast.head)

    # when
    push = pushed(agreement, cast.applicant)

    # then
    assert (push.state, push.failure_code) == (PushState.FAILED, "refused")
    assert "2" in push.failure_data["reason"]
    assert home.rows() == []
    assert Pull.objects.get(kind=PullKind.PUSH).result == PullResult.DENIED


def test_a_schedule_pushes_by_itself(cast, batch, home):
    from catalog.sources.schedule import Rhythm, Schedule
    from sharing.delivery import pushing
    from sharing.models import Push, PushSchedule
    from sharing.services import pushes

    # given
    home.register(batch, cast.applicant, schedule=Schedule(Rhythm.DAILY))
    assert pushes.tick(now=timezone.now()) == 0
    PushSchedule.objects.update(next_due_at=timezone.now())

    # when
    assert pushes.tick(now=timezone.now()) == 1

    # then
    push = Push.objects.get()
    assert (push.state, push.started_by) == (PushState.WAITING, None)
    pushing.execute(push_id=push.pk)
    assert len(home.rows()) == 3
    assert PushSchedule.objects.get().next_due_at > timezone.now()
    assert pushes.tick(now=timezone.now()) == 0
