"""Everybody at work, one of the four killed at a random moment, again and again; then the proof."""

import random
import sys
import time
from collections.abc import Callable
from functools import partial

from django.db import connection

from catalog.models import SyncRun
from catalog.models.source import LIVE
from sharing.delivery import running
from sharing.models import PUSHES_UNDER_WAY, UNDER_WAY, PreparedExport, Push
from tests.catalog.sources.mariadb import mariadb

from . import proof
from .actors import Actor, Clock, Department, Follower, Reader, Requester
from .house import VICTIMS, House
from .preparing import Preparer
from .stage import Stage, set_up

SETTLES = 120


def soak(house: House, *, seconds: float, seed: int) -> list[str]:
    """The faults that were found, in words."""
    with mariadb() as maria:
        return _soaked(house, set_up(house, maria), seconds=seconds, seed=seed)


def _soaked(house: House, stage: Stage, *, seconds: float, seed: int) -> list[str]:
    dice = random.Random(seed)  # noqa: S311
    for process in ("worker", "web"):
        house.up(process)
    department, clock = Department(stage, dice), Clock(stage, dice)
    reader = Reader(stage, random.Random(dice.random()))  # noqa: S311
    follower = Follower(stage, random.Random(dice.random()))  # noqa: S311
    preparer = Preparer(stage, random.Random(dice.random()))  # noqa: S311
    requesters = [
        Requester(stage, random.Random(dice.random()), home)  # noqa: S311
        for home in stage.homes
    ]
    askers: list[Actor] = [department, reader, follower, preparer, *requesters]
    connection.close()
    for actor in (clock, *askers):
        actor.begin()
    kills = _kill(house, dice, until=time.monotonic() + seconds)
    for actor in askers:
        actor.end()
    faults = _settled(department, requesters, follower)
    if not faults:
        faults += _given_again(reader, "export whole") + _given_again(preparer, "file whole")
    clock.end()
    for actor in (clock, *askers):
        _say(f"{type(actor).__name__}: {dict(actor.tally)}")
        faults += actor.faults
    _say(f"{len(stage.versions)} versions, {SyncRun.objects.count()} runs, {kills}")
    callers = (reader, preparer)
    return faults + list(proof.faults(stage, callers, follower, kills=sum(kills.values())))


def _given_again(caller: Reader | Preparer, what: str) -> list[str]:
    """One more, of the last version, now that nobody is killed."""
    wholes = caller.tally[what]
    caller.ending.clear()
    caller.act()
    return [] if caller.tally[what] > wholes else [f"after all that it is not so: {what}"]


def _kill(house: House, dice: random.Random, *, until: float) -> dict[str, int]:
    kills = dict.fromkeys(VICTIMS, 0)
    while time.monotonic() < until:
        time.sleep(dice.uniform(0, 2.5))
        victim = dice.choice(VICTIMS)
        house.kill(victim)
        kills[victim] += 1
        time.sleep(dice.choice((0, dice.uniform(0, 1))))
        house.up(victim)
    return kills


def _settled(department: Department, requesters: list[Requester], follower: Follower) -> list[str]:
    """Nobody asks for more: what is under way ends, and all come to hold the last version."""
    department.stage.change_source(department.number + 1)

    def runs_ended() -> bool:
        return not SyncRun.objects.filter(state__in=LIVE).exists()

    def pushes_ended() -> bool:
        return not Push.objects.filter(state__in=PUSHES_UNDER_WAY).exists()

    def exports_ended() -> bool:
        return not PreparedExport.objects.filter(state__in=UNDER_WAY).exists()

    steps: list[tuple[str, Callable[[], bool]]] = [
        ("the runs end", runs_ended),
        ("the last run is asked for", lambda: department.patiently(department.ask)),
        ("the last run ends", runs_ended),
        ("the pushes end", pushes_ended),
        *(
            ("the last push is asked for", partial(requester.patiently, requester.ask))
            for requester in requesters
        ),
        ("the last pushes end", pushes_ended),
        ("the exports are made", exports_ended),
        ("the streams that died are noted", lambda: not running.known()),
        ("the copy is begun", lambda: bool(follower.cursor) or follower.take() is not None),
        ("the copy is caught up with", follower.catch_up),
    ]
    until = time.monotonic() + SETTLES
    for what, is_done in steps:
        while not is_done():
            if time.monotonic() > until:
                return [f"{SETTLES} s after the last kill it is not so that {what}"]
            time.sleep(0.1)
    return []


def _say(words: str) -> None:
    sys.stdout.write(f"{words}\n")
