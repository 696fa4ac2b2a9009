"""Who has exports prepared by a worker and takes the files, in parts when they break off."""

import csv
import hashlib
import io
import random
import time
from typing import Any

import requests

from .actors import TIMEOUT, Caller
from .stage import Stage

LOOKS_EVERY = 0.3
# So often the taker itself hangs up, though nothing broke.
HANGS_UP = 0.02


class Preparer(Caller):
    """Asks for a file and takes it. It is whole by its own word, or the portal says that it failed."""

    def __init__(self, stage: Stage, dice: random.Random) -> None:
        super().__init__(stage, dice, stage.prepared)
        self.parts = 0

    def act(self) -> None:
        try:
            manifest = self.ask()
            while manifest is not None and manifest["state"] in {"waiting", "running"}:
                if self.ending.wait(LOOKS_EVERY):
                    return
                manifest = self.look(manifest)
            if manifest is not None:
                self.judge_state(manifest)
        except requests.RequestException:
            self.tally["not reached"] += 1
            self.ending.wait(0.2)

    def ask(self) -> dict[str, Any] | None:
        where = f"{self.stage.house.address}/api/v1/agreements/{self.agreement.number}/exports/"
        # Beyond all codes: other words for all rows, so that a file is made each time.
        beyond = f"{self.dice.randrange(10**11, 10**12)}"
        asked = {"format": "csv", "filter": {"column": "code", "op": "le", "value": beyond}}
        return self.told(self.calls.post(where, json=asked, timeout=TIMEOUT))

    def look(self, manifest: dict[str, Any]) -> dict[str, Any]:
        """Now; as it was when nobody answers."""
        return self.told(self.get(f"exports/{manifest['number']}/")) or manifest

    def told(self, answer: requests.Response) -> dict[str, Any] | None:
        if answer.status_code not in {200, 202}:
            self.refused(answer)
            return None
        told: dict[str, Any] = answer.json()
        return told

    def judge_state(self, manifest: dict[str, Any]) -> None:
        if manifest["state"] == "ready":
            self.take(manifest)
        elif manifest["state"] == "failed" and manifest["reason"]:
            self.tally["told as failed"] += 1
        else:
            self.fault(f"an export that is {manifest['state']}: {manifest['reason']}")

    def take(self, manifest: dict[str, Any]) -> None:
        """The whole file, however many calls it takes."""
        body = b""
        begun = self.parts
        while len(body) < manifest["bytes"]:
            if self.ending.is_set() and self.parts > begun:
                self.tally["left"] += 1
                return
            body += self.part(manifest, len(body))
        if hashlib.sha256(body).hexdigest() != manifest["sha256"]:
            self.fault(f"a file of {len(body)} bytes of another sum than was said")
            return
        _header, *lines = csv.reader(io.StringIO(body.decode()), strict=True)
        if len(lines) != manifest["rows"]:
            self.fault(f"a file of {len(lines)} rows, of which {manifest['rows']} were said")
        self.judge({code: name for code, name, _filling in lines}, "file")
        if self.parts - begun > 1:
            self.tally["file in parts whole"] += 1

    def part(self, manifest: dict[str, Any], first: int) -> bytes:
        """What comes from there on before the end, a break, or before it is had enough of."""
        named = {"Accept-Encoding": "identity"}
        if first:
            named |= {"Range": f"bytes={first}-", "If-Range": f'"{manifest["sha256"]}"'}
        got = b""
        receipt, asked = "", time.monotonic()
        try:
            last = f"exports/{manifest['number']}/file"
            with self.get(last, stream=True, headers=named) as answer:
                if answer.status_code != (206 if first else 200):
                    self.refused(answer)
                    return b""
                self.parts += 1
                receipt = answer.headers["Export-Receipt"]
                for chunk in answer.iter_content(64 * 1024):
                    got += chunk
                    time.sleep(0.01)
                    if self.dice.random() < HANGS_UP:
                        self.tally["hung up"] += 1
                        break
        except requests.RequestException:
            self.tally["file cut" if receipt else "not reached"] += 1
            self.ending.wait(0.2)
        finally:
            if receipt:
                self.noted(receipt, max(got.count(b"\n") - 1, 0), asked)
        return got
