"""Those who use the portal while it is killed. Each sees old rows or new ones, whole, or a refusal."""

import csv
import io
import random
import time
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from threading import Event, Thread
from typing import Any

import requests
from celery import current_app
from django.db import Error, connection
from django.utils import timezone
from kombu.exceptions import OperationalError as BrokerError
from redis.exceptions import RedisError
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection

from catalog.models import RunState, SyncRun
from catalog.services import run_queue
from portal.common.errors import DomainError
from sharing.delivery.prepared import SILENT
from sharing.models import UNDER_WAY, Agreement, PreparedExport, Push, PushState
from sharing.services import pushes

from .stage import FILLING, Home, Stage

# What a database or a broker that is away does to who acts in its own process.
AWAY = (Error, BrokerError, RedisError, OSError)
TIMEOUT = 30
# A worker says each second that it is at an export.
WITHOUT_A_SIGN = timedelta(seconds=8)
# So many pushes send all rows, though what changed would do.
WHOLE = 0.2
SWEEPS = ("sharing.sweep", "sharing.sweep_exports", "catalog.tick_schedules", "audit.seal")


class Narrow(HTTPAdapter):
    """A client whose kernel keeps little, so that the server has not sent all before all is read."""

    def init_poolmanager(self, *given: Any, **named: Any) -> None:
        import socket

        options = [*HTTPConnection.default_socket_options]
        options.append((socket.SOL_SOCKET, socket.SO_RCVBUF, 16 * 1024))
        super().init_poolmanager(*given, **named, socket_options=options)


class Actor(ABC):
    """Acts until it is told to end; whatever must not be is a word in `faults`."""

    def __init__(self, stage: Stage, dice: random.Random) -> None:
        self.stage, self.dice = stage, dice
        self.faults: list[str] = []
        self.tally: Counter[str] = Counter()
        self.ending = Event()
        self._thread = Thread(target=self._run, name=type(self).__name__, daemon=True)

    @abstractmethod
    def act(self) -> None:
        """One go at what it does; called until the end, again at once."""

    def begin(self) -> None:
        self._thread.start()

    def end(self) -> None:
        self.ending.set()
        self._thread.join(TIMEOUT * 3)
        if self._thread.is_alive():
            self.fault("does not end")

    def fault(self, words: str) -> None:
        self.faults.append(f"{type(self).__name__}: {words}")

    def _run(self) -> None:
        try:
            while not self.ending.is_set():
                self.patiently(self.act)
        except Exception as error:  # noqa: BLE001 - a thread's end is told by the soak
            self.fault(f"{type(error).__name__}: {error}")
        finally:
            connection.close()

    def patiently(self, act: Callable[[], object]) -> bool:
        """Whether it could be done; what is away is asked again later."""
        try:
            act()
        except AWAY as away:
            self.tally[f"away: {type(away).__name__}"] += 1
            connection.close()
            self.ending.wait(0.2)
            return False
        return True


class Department(Actor):
    """Changes its rows, and asks for a run."""

    def __init__(self, stage: Stage, dice: random.Random) -> None:
        super().__init__(stage, dice)
        self.number = 0

    def act(self) -> None:
        self.number += 1
        self.stage.change_source(self.number)
        self.ask()
        self.ending.wait(self.dice.uniform(0.5, 2))

    def ask(self) -> None:
        try:
            run_queue.start_run(job=self.stage.job, by=self.stage.steward)
            self.tally["runs"] += 1
        except DomainError:
            self.tally["under way"] += 1


class Clock(Actor):
    """Time that passes faster: sweeps come each second, and what waits for later is due."""

    def act(self) -> None:
        now = timezone.now()
        later = now + timedelta(minutes=3)
        waits = {"next_attempt_at__gt": now}
        SyncRun.objects.filter(state=RunState.RETRYING, **waits).update(next_attempt_at=now)
        Push.objects.filter(state=PushState.RETRYING, **waits).update(next_attempt_at=now)
        runs, sent = run_queue.left_behind(now=later), pushes.left_behind(now=later)
        SyncRun.objects.filter(pk__in=runs).update(sent_at=now)
        Push.objects.filter(pk__in=sent).update(sent_at=now)
        for task, keys in ((run_queue.TASK, runs), (pushes.TASK, sent)):
            for key in keys:
                current_app.send_task(task, args=[key])
        PreparedExport.objects.filter(
            state__in=UNDER_WAY, noted_at__lt=now - WITHOUT_A_SIGN, noted_at__gt=now - SILENT
        ).update(noted_at=now - SILENT * 2)
        for sweep in SWEEPS:
            current_app.send_task(sweep)
        self.ending.wait(1)


class Caller(Actor):
    """An information system that calls the agreement's addresses."""

    def __init__(self, stage: Stage, dice: random.Random, agreement: Agreement) -> None:
        super().__init__(stage, dice)
        self.agreement = agreement
        self.calls = requests.Session()
        self.calls.mount("http://", Narrow())
        self.calls.headers["Authorization"] = f"Api-Key {stage.keys[agreement]}"
        self.newest = -1
        # Of each export or file that had begun: rows that came of it, when it was asked for, when it ended.
        self.receipts: dict[str, tuple[int, float, float]] = {}

    def get(self, last: str, **named: Any) -> requests.Response:
        where = f"{self.stage.house.address}/api/v1/agreements/{self.agreement.number}/{last}"
        return self.calls.get(where, timeout=TIMEOUT, **named)

    def refused(self, answer: requests.Response) -> None:
        self.tally[f"refused {answer.status_code}"] += 1
        if answer.status_code not in {429, 503}:
            self.fault(f"{answer.status_code} {answer.text[:300]}")
        self.ending.wait(0.2)

    def noted(self, receipt: str, rows: int, asked: float) -> None:
        """So many rows came of what this receipt is for."""
        self.receipts[receipt.rstrip("/").rpartition("/")[2]] = (rows, asked, time.monotonic())

    def judge(self, rows: dict[str, str], what: str) -> None:
        """Whether these are all rows of one version, and of none older than what was seen before."""
        versions = set(rows.values())
        if len(versions) != 1:
            self.fault(f"{what} of versions {sorted(versions)}")
            return
        (version,) = versions
        agreed, number = self.stage.agreed(version), int(version[1:])
        if len(rows) != agreed:
            self.fault(f"{what} of {version} has {len(rows)} rows, not {agreed}")
        if number < self.newest:
            self.fault(f"{what} of {version} came after v{self.newest}")
        self.newest = max(self.newest, number)
        self.tally[f"{what} whole"] += 1


class Reader(Caller):
    """Takes exports, slowly. One that looks like an end is whole."""

    def __init__(self, stage: Stage, dice: random.Random) -> None:
        super().__init__(stage, dice, stage.pulled)

    def act(self) -> None:
        body = b""
        receipt = ""
        asked = time.monotonic()
        try:
            with self.get("export.csv", stream=True) as answer:
                if answer.status_code != 200:
                    self.refused(answer)
                    return
                receipt = answer.headers["Export-Receipt"]
                for chunk in answer.iter_content(64 * 1024):
                    body += chunk
                    time.sleep(0.02)
        except requests.RequestException:
            self.tally["export cut" if receipt else "not reached"] += 1
            self.ending.wait(0.2)
        else:
            self.whole(body)
        finally:
            if receipt:
                self.noted(receipt, body.count(b"\n") - 1, asked)

    def whole(self, body: bytes) -> None:
        """As a reader of CSV that is strict about its quotes takes it."""
        try:
            header, *lines = csv.reader(io.StringIO(body.decode()), strict=True)
        except (csv.Error, ValueError):
            self.tally["export told as broken"] += 1
            return
        if header != ["code", "name", "filling"]:
            self.fault(f"an export of {header}")
        elif any(len(line) != 3 or len(line[2]) != FILLING for line in lines):
            self.fault("an export that ends in a line that is none")
        elif len({code for code, *_rest in lines}) != len(lines):
            self.fault("an export with a row twice")
        else:
            self.judge({code: name for code, name, _filling in lines}, "export")


class Follower(Caller):
    """Holds a copy, from an export on by changes; an answer that got lost is asked for again."""

    def __init__(self, stage: Stage, dice: random.Random) -> None:
        super().__init__(stage, dice, stage.followed)
        self.rows: dict[str, str] = {}
        self.cursor = ""

    def act(self) -> None:
        try:
            self.take() if not self.cursor else self.catch_up(wait=2)
        except requests.RequestException:
            self.tally["answer lost"] += 1
            self.ending.wait(0.2)

    def take(self) -> None:
        answer = self.get("export.csv")
        if answer.status_code != 200:
            self.refused(answer)
            return
        try:
            _header, *lines = csv.reader(io.StringIO(answer.text), strict=True)
        except csv.Error:
            self.tally["beginning told as broken"] += 1
            return
        self.rows = dict(lines)
        self.judge(self.rows, "beginning")
        self.cursor = answer.headers["Changes-Cursor"]

    def catch_up(self, *, wait: int = 0) -> bool:
        """Whether it stands at the end of what there is."""
        answer = self.get("changes/", params={"since": self.cursor, "limit": 2500, "wait": wait})
        if answer.status_code != 200:
            self.refused(answer)
            return False
        told = answer.json()
        for change in told["changes"]:
            self.apply(change["kind"], change["row"])
        self.cursor = told["next"]
        self.tally["changes"] += len(told["changes"])
        if not told["more"]:
            self.judge(self.rows, "copy")
        return not told["more"]

    def apply(self, kind: str, row: dict[str, str]) -> None:
        code, is_held = row["code"], row["code"] in self.rows
        if is_held == (kind == "insert"):
            self.fault(f"{kind} of a row that is {'here' if is_held else 'not here'}")
        if kind == "delete":
            self.rows.pop(code, None)
        else:
            self.rows[code] = row["name"]


class Requester(Actor):
    """Has rows pushed into its table, and looks at it."""

    def __init__(self, stage: Stage, dice: random.Random, home: Home) -> None:
        super().__init__(stage, dice)
        self.home = home

    def act(self) -> None:
        self.ask()
        self.look()
        self.ending.wait(self.dice.uniform(0.1, 0.5))

    def ask(self) -> None:
        try:
            is_whole = self.dice.random() < WHOLE
            pushes.start(agreement=self.home.agreement, by=self.home.requester, is_whole=is_whole)
            self.tally["pushes"] += 1
        except DomainError:
            self.tally["under way"] += 1

    def look(self) -> None:
        found = self.home.ask("SELECT name, count(*) FROM pushed GROUP BY name")
        if not found:
            self.tally["empty"] += 1
            return
        if len(found) != 1:
            self.fault(f"the table holds versions {sorted(name for name, _rows in found)}")
            return
        ((version, rows),) = found
        if rows != self.stage.agreed(version):
            self.fault(f"the table holds {rows} rows of {version}")
        self.tally["looks"] += 1
