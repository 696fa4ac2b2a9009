"""Everybody at work, one of the four killed at a random moment, again and again; then the proof."""

import random
import sys
import time
from collections.abc import Callable

from django.db import connection

from catalog.models import SyncRun
from catalog.models.source import LIVE
from sharing.delivery import running
from sharing.models import PUSHES_UNDER_WAY, Push

from . import proof
from .actors import Actor, Clock, Department, Follower, Reader, Requester
from .house import VICTIMS, House
from .stage import set_up

SETTLES = 120


def soak(house: House, *, seconds: float, seed: int) -> list[str]:
    """The faults that were found, in words."""
    dice = random.Random(seed)  # noqa: S311
    stage = set_up(house)
    for process in ("worker", "web"):
        house.up(process)
    department, clock = Department(stage, dice), Clock(stage, dice)
    reader, follower, requester = (
        made(stage, random.Random(dice.random()))  # noqa: S311
        for made in (Reader, Follower, Requester)
    )
    actors: list[Actor] = [department, clock, reader, follower, requester]
    connection.close()
    for actor in actors:
        actor.begin()
    kills = _kill(house, dice, until=time.monotonic() + seconds)
    for actor in (department, reader, follower, requester):
        actor.end()
    wholes = reader.tally["export whole"]
    faults = _settled(department, requester, follower)
    reader.act()
    if not reader.tally["export whole"] > wholes:
        faults.append("no export is given any more")
    clock.end()
    for actor in actors:
        _say(f"{type(actor).__name__}: {dict(actor.tally)}")
        faults += actor.faults
    _say(f"{len(stage.versions)} versions, {SyncRun.objects.count()} runs, {kills}")
    return faults + list(proof.faults(stage, reader, follower, kills=sum(kills.values())))


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


def _settled(department: Department, requester: Requester, follower: Follower) -> list[str]:
    """Nobody asks for more: what is under way ends, and all come to hold the last version."""
    department.stage.change_source(department.number + 1)

    def runs_ended() -> bool:
        return not SyncRun.objects.filter(state__in=LIVE).exists()

    def pushes_ended() -> bool:
        return not Push.objects.filter(state__in=PUSHES_UNDER_WAY).exists()

    steps: list[tuple[str, Callable[[], bool]]] = [
        ("the runs end", runs_ended),
        ("the last run is asked for", lambda: department.patiently(department.ask)),
        ("the last run ends", runs_ended),
        ("the pushes end", pushes_ended),
        ("the last push is asked for", lambda: requester.patiently(requester.ask)),
        ("the last push ends", pushes_ended),
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
