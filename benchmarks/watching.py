"""Watching: whether a round keeps up with the trail, and how often ordinary months raise an alarm."""

import os
import time
from collections import Counter
from datetime import timedelta

from django.utils import timezone

from portal.watching.models import Alert
from portal.watching.rules import RULES
from portal.watching.services.watching import watch

from .framework import Contender, Pair, Stage, benchmark
from .ordinary_months import Act, OrdinaryMonths, write

AGREEMENTS = int(os.environ.get("BENCH_WATCHED", "300"))
DAYS = 120
A_MONTH = 30
NEW_AT_ONCE = 50_000


def false_alarms(months: OrdinaryMonths) -> Counter[str]:
    """The months played day by day, each day watched when it is over; alerts by rule."""
    watch()  # what was there before is none of it
    before = Counter(Alert.objects.values_list("rule", flat=True))
    for _day, acts in months.days():
        write(acts)
        watch()
    return Counter(Alert.objects.values_list("rule", flat=True)) - before


@benchmark(
    "watching-false-alarms",
    what=f"{AGREEMENTS} synthetic agreements in {DAYS} ordinary days: every alarm is a false one",
    against="writing the same days, watched by nobody",
    aim=None,
)
def ordinary(stage: Stage) -> Pair:
    found: list[Counter[str]] = []
    share = AGREEMENTS * DAYS / A_MONTH / 100

    def watched() -> None:
        if not found:
            found.append(false_alarms(OrdinaryMonths(AGREEMENTS, DAYS)))

    def written() -> None:
        for _day, acts in OrdinaryMonths(AGREEMENTS, DAYS).days():
            write(acts)

    def told() -> str:
        rates = (f"{code} {found[0][code] / share:.2f}" for code in RULES)
        return "a hundred agreements and month: " + ", ".join(rates)

    return Pair(Contender(watched), Contender(written), AGREEMENTS * DAYS, told)


@benchmark(
    "watching-round",
    what=f"one round over {NEW_AT_ONCE:,} new entries, all rules",
    against="the ten seconds in which 5,000 a second bring them",
    aim=1.0,
)
def a_round(stage: Stage) -> Pair:

    def ready() -> None:
        watch()
        months = OrdinaryMonths(AGREEMENTS, 1)
        now = timezone.now() - timedelta(minutes=10)
        acts: list[Act] = []
        while len(acts) < NEW_AT_ONCE:
            for one in months.agreements:
                told: dict[str, object] = {"kind": "rows", "rows": 1, "query": f"id={len(acts)}7"}
                acts.append(Act(now, "sharing.pull.finish", one, "ok", told))
        write(acts)

    def round_now() -> None:
        if watch() is None:
            raise RuntimeError("another round is on")

    wait = Contender(lambda: time.sleep(NEW_AT_ONCE / 5_000))
    return Pair(Contender(round_now, ready), wait, NEW_AT_ONCE)
