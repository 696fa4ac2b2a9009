"""SYNTHETIC: what a trail of ordinary months might hold, made by a seeded generator.

Nothing in it is an abuse, so every alert that rules raise over it is a false one. It has what ordinary
months have: nightly, weekly and monthly exports, case work in office hours, months' ends, a busy season,
jobs that fail and are made up for by day, expired tokens, quotas used up, late evenings, systems that
move to another network, a service that ends in good order, a system that is needed twice a year.
"""

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import Enum, auto
from zoneinfo import ZoneInfo

from django.db import connection

from portal.workdays import is_working_day

SHANGHAI = ZoneInfo("Asia/Shanghai")
BEGIN = date(2026, 3, 2)
FIRST_AGREEMENT = 980_000
COLUMNS = (
    "at, actor_kind, actor_id, actor_name, department_id, department_name, action, target_type,"
    " target_id, target_label, department_ids, result, data, request_id, ip"
)


class Use(Enum):
    """How an agreement is used, and of a hundred how many are."""

    CASES = 40
    NIGHTLY = 24
    WEEKLY = 12
    MONTHLY = 10
    BY_HAND = 11
    SEASONAL = 3


class Event(Enum):
    NOTHING = auto()
    QUOTA = auto()
    RESTART = auto()
    MADE_UP_FOR = auto()
    LATE = auto()
    MISTYPED = auto()


# Of a thousand days of an agreement, so many have it.
OF_A_THOUSAND = {
    Event.QUOTA: 4,
    Event.RESTART: 8,
    Event.MADE_UP_FOR: 15,
    Event.LATE: 6,
    Event.MISTYPED: 2,
}


@dataclass(slots=True)
class Agreement:
    key: int
    use: Use
    size: int
    network: str
    moves_on: int
    ends_on: int
    busy_from: int


@dataclass(frozen=True, slots=True)
class Act:
    at: datetime
    action: str
    agreement: Agreement
    result: str
    data: dict[str, object]

    def row(self) -> tuple[object, ...]:
        one = self.agreement
        kind = "person" if one.use == Use.BY_HAND else "system"
        target = ("sharing.agreement", str(one.key)) if "number" not in self.data else ("", "")
        who = (kind, f"b{one.key}", f"合成{kind}{one.key}", 1, "合成部门")
        rest = ("合成协议", [1, 2], self.result, json.dumps(self.data), "", one.network)
        return (self.at, *who, self.action, *target, *rest)


class OrdinaryMonths:
    """`agreements` of them, the same for the same seed; `days()` gives the acts of each day in order."""

    def __init__(self, agreements: int, days: int, seed: int = 809) -> None:
        self.dice = random.Random(seed)  # noqa: S311 - the same months every time
        self.length = days
        uses = self.dice.choices(list(Use), [use.value for use in Use], k=agreements)
        self.agreements = [self._agreement(n, use) for n, use in enumerate(uses)]

    def _agreement(self, number: int, use: Use) -> Agreement:
        dice = self.dice
        return Agreement(
            key=FIRST_AGREEMENT + number,
            use=use,
            size=int(dice.lognormvariate(9, 1.2)),
            network=f"10.{number // 250}.{number % 250}.7",
            moves_on=dice.randrange(self.length * 10),
            ends_on=dice.randrange(self.length * 12),
            busy_from=dice.randrange(self.length * 8),
        )

    def days(self) -> Iterator[tuple[date, list[Act]]]:
        for number in range(self.length):
            day = BEGIN + timedelta(days=number)
            acts = [act for one in self.agreements for act in self._day(one, day, number)]
            yield day, sorted(acts, key=lambda act: act.at)

    def _day(self, one: Agreement, day: date, number: int) -> Iterator[Act]:
        if number == one.moves_on:
            one.network = one.network.replace("10.", "172.", 1)
        if number == one.ends_on:
            yield self._act(one, day, 10, "sharing.agreement.consult", {})
        works = is_working_day(day)
        match one.use:
            case Use.CASES | Use.BY_HAND if works:
                yield from self._by_day(one, day, number)
            case Use.NIGHTLY:
                yield self._export(one, day, number, self.dice.randrange(1, 5))
            case Use.WEEKLY if day.weekday() == 0:
                yield self._export(one, day, number, 7)
            case Use.MONTHLY if day.day == 3:
                yield self._export(one, day, number, 9)
            case Use.SEASONAL if number % 115 in {0, 1, 2}:
                yield self._export(one, day, number, 14)
        if works:
            yield from self._event(one, day, number)

    def _by_day(self, one: Agreement, day: date, number: int) -> Iterator[Act]:
        busy = 4 if one.busy_from <= number < one.busy_from + 7 else 1
        end = 2 if day.day >= 28 else 1
        by_hand = one.use == Use.BY_HAND
        calls = self.dice.randrange(1, 4) if by_hand else self.dice.randrange(6, 19)
        for _ in range(calls * busy * end):
            rows = int(self.dice.lognormvariate(5.5, 0.8)) if by_hand else self.dice.randrange(3)
            query = f"limit={rows}" if by_hand else f"id={self.dice.randrange(10**17, 10**18)}"
            told = {"kind": "rows", "rows": rows, "query": query}
            yield self._act(one, day, self.dice.randrange(8, 18), "sharing.pull.finish", told)

    def _export(self, one: Agreement, day: date, number: int, hour: int) -> Act:
        rows = int(one.size * 1.002**number * self.dice.gauss(1, 0.03))
        told: dict[str, object] = {"kind": "csv", "rows": rows, "query": ""}
        return self._act(one, day, hour, "sharing.pull.finish", told)

    def _event(self, one: Agreement, day: date, number: int) -> Iterator[Act]:
        chances = [1000 - sum(OF_A_THOUSAND.values()), *OF_A_THOUSAND.values()]
        match self.dice.choices([Event.NOTHING, *OF_A_THOUSAND], chances)[0]:
            case Event.QUOTA:
                yield from self._denied(one, day, self.dice.randrange(2, 60))
            case Event.RESTART:
                yield from self._denied(one, day, self.dice.randrange(1, 12))
            case Event.MADE_UP_FOR if one.use in {Use.NIGHTLY, Use.WEEKLY}:
                yield self._export(one, day, number, 10)
            case Event.LATE if one.use in {Use.CASES, Use.BY_HAND}:
                told: dict[str, object] = {
                    "kind": "rows",
                    "rows": int(self.dice.lognormvariate(4, 1)),
                    "query": "limit=500",
                }
                yield self._act(one, day, self.dice.randrange(20, 24), "sharing.pull.finish", told)
            case Event.MISTYPED:
                yield from self._denied(one, day, 1, number=f"GXXY-{self.dice.randrange(10**6)}")

    def _denied(self, one: Agreement, day: date, times: int, **told: object) -> Iterator[Act]:
        hour = self.dice.randrange(8, 18)
        for _ in range(times):
            given = {"kind": "rows", **told}
            yield self._act(one, day, hour, "sharing.pull.deny", given, result="denied")

    def _act(
        self,
        one: Agreement,
        day: date,
        hour: int,
        action: str,
        data: dict[str, object],
        result: str = "ok",
    ) -> Act:
        at = time(hour, self.dice.randrange(60), self.dice.randrange(60))
        return Act(datetime.combine(day, at, SHANGHAI), action, one, result, data)


def write(acts: list[Act]) -> None:
    """Into the trail, in one transaction."""
    with (
        connection.cursor() as cursor,
        cursor.copy(f"COPY audit_entry ({COLUMNS}) FROM STDIN") as copy,
    ):
        for act in acts:
            copy.write_row(act.row())
