"""A round over the stream: nothing twice, nothing passed over, and whom it tells."""

import threading
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.db import connection, transaction

from audit.models import Entry
from portal.clocks.models import Notice
from portal.organisation.models import DutyKind
from portal.watching.models import Alert, AlertEntry, CaseStep, DrawnDay, WatchPlace
from portal.watching.services.watching import watch
from sharing.models import Agreement
from tests.factories import UserFactory
from tests.sharing.conftest import agreement as agreement_of_the_cast  # noqa: F401 - a fixture
from tests.sharing.conftest import cast, filled, resource  # noqa: F401 - fixtures
from tests.watching.replay import AGREEMENT, TODAY, at, denied, draw, replay


def burst(times: int = 30, agreement: int = AGREEMENT, begin: int = 0) -> list[Entry]:
    return [
        denied(at(TODAY, 9) + timedelta(seconds=begin + n), agreement=agreement)
        for n in range(times)
    ]


@pytest.mark.usefixtures("stream")
class TestOverTheTrailAlone:
    def test_what_was_seen_raises_nothing_again(self) -> None:
        # given
        replay(burst())
        first = watch()

        # when
        second = watch()
        WatchPlace.objects.all().delete()  # as in another cluster: everything is looked at anew
        third = watch()

        # then
        assert first is not None
        assert second is not None
        assert third is not None
        assert (len(first.raised), second.raised, third.raised) == (1, [], [])
        assert Alert.objects.count() == 1
        assert AlertEntry.objects.count() == 30
        assert CaseStep.objects.count() == 1
        assert Entry.objects.filter(action="watching.alert.raise").count() == 1

    def test_entries_in_two_rounds_are_counted_together(self) -> None:
        # given
        replay(burst(29))
        before = watch()

        # when
        replay(burst(2, begin=29))
        after = watch()

        # then
        assert before is not None
        assert before.raised == []
        assert after is not None
        assert len(after.raised) == 1
        assert Alert.objects.get().figures["found"] == {"denied": 31, "at_once": 31}

    def test_an_alert_grows_with_its_day_and_keeps_its_case(self) -> None:
        # given
        replay(burst(30))
        watch()
        Alert.objects.update(state="looked_at")

        # when
        replay(burst(5, begin=30))
        again = watch()

        # then
        assert again is not None
        assert again.raised == []
        alert = Alert.objects.get()
        assert (alert.state, alert.figures["found"]["denied"]) == ("looked_at", 35)
        assert alert.evidence.count() == 35

    def test_an_act_that_stays_open_over_rounds_is_not_passed_over(self) -> None:
        # given
        written, end = threading.Event(), threading.Event()

        def act() -> None:
            try:
                with transaction.atomic():
                    replay(burst())
                    written.set()
                    end.wait(60)
            finally:
                connection.close()

        thread = threading.Thread(target=act)
        thread.start()
        assert written.wait(30)

        # when
        replay([draw(at(TODAY, 11), 1)])
        during = watch()
        end.set()
        thread.join(60)
        after = watch()

        # then
        assert during is not None
        assert during.raised == []
        assert after is not None
        assert len(after.raised) == 1

    def test_two_rounds_at_once_are_one(self) -> None:
        # given
        replay(burst())
        held, end = threading.Event(), threading.Event()

        def hold() -> None:
            try:
                with transaction.atomic(), connection.cursor() as cursor:
                    cursor.execute(
                        "SELECT pg_advisory_xact_lock('watching_watchplace'::regclass::oid::int, 0)"
                    )
                    held.set()
                    end.wait(60)
            finally:
                connection.close()

        thread = threading.Thread(target=hold)
        thread.start()
        assert held.wait(30)

        # when
        beside = watch()
        end.set()
        thread.join(60)

        # then
        assert beside is None
        assert not Alert.objects.exists()
        assert not WatchPlace.objects.exists()

    def test_a_day_is_summed_anew_when_more_of_it_comes(self) -> None:
        # given
        replay([draw(at(TODAY, 9), 10), draw(at(TODAY, 23), 5, kind="csv")])
        watch()

        # when
        replay([draw(at(TODAY, 9), 7)])
        watch()

        # then
        day = DrawnDay.objects.get()
        assert (day.agreement_id, day.day) == (AGREEMENT, TODAY)
        assert (day.calls, day.rows, day.exported) == (3, 22, 5)
        assert day.hours == 1 << 9 | 1 << 23


@pytest.fixture
def agreement(
    transactional_db: None,
    agreement_of_the_cast: Agreement,  # noqa: F811
) -> Iterator[Agreement]:
    """Committed, with nothing watched before."""
    watch()
    return agreement_of_the_cast


def test_the_provider_and_the_security_administrator_are_told_once_and_nobody_else(
    agreement: Agreement,
) -> None:
    # given
    administrator = UserFactory(duties=[DutyKind.SECURITY_ADMIN])
    UserFactory(duties=[DutyKind.AUDIT_ADMIN])
    replay(burst(agreement=agreement.pk))

    # when
    watch()
    watch()

    # then
    alert = Alert.objects.get()
    assert alert.agreement == agreement
    told = set(Notice.objects.filter(kind="alert").values_list("recipient__name", flat=True))
    assert told == {"吴科员", "孙处长", administrator.name}
    assert Notice.objects.filter(kind="alert").count() == 3
    entry = Entry.objects.get(action="watching.alert.raise")
    assert entry.department_ids == [agreement.provider_id]
    assert entry.data["figures"] == {"denied": 30, "at_once": 30}


def test_a_rule_that_is_switched_off_finds_nothing(agreement: Agreement) -> None:
    # given
    from portal.watching.rules import RULES
    from portal.watching.services.rules import set_rule

    set_rule(
        code="denials",
        version=0,
        is_on=False,
        limits=RULES["denials"].defaults,
        reason="试运行",
        by=UserFactory(duties=[DutyKind.SECURITY_ADMIN]),
    )
    replay(burst(agreement=agreement.pk))

    # when
    watch()

    # then
    assert not Alert.objects.exists()
    assert not Notice.objects.filter(kind="alert").exists()
