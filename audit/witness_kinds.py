"""What a witness can be: a file, another system, a log server, another portal."""

import json
import os
import socket
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Protocol
from urllib.parse import urlsplit

from django.conf import settings
from django.utils import timezone

from audit import notes, proofs
from audit.models import TreeHead
from audit.notes import HeadFacts
from portal.common import webhook_signatures
from portal.common.addresses import NoAddress, checked_address
from portal.common.calling import get, post

SECONDS = 10
CONFLICT = 409
NOTHING_YET = 404
TAIL = 64 * 1024
LONGEST_HEAD = 4096
# Facility 13 (log audit), severity 6 (informational) of RFC 5424.
PRIORITY = 13 * 8 + 6


class Away(Exception):
    """The witness did not take the heads now. It is given them again."""


class Forked(Exception):
    """The witness holds another head than the trail: one of them was rebuilt, or restored from a copy."""


class Witness(Protocol):
    """`name` is its kind, of which there is one; `place` what the board shows."""

    @property
    def name(self) -> str: ...

    @property
    def place(self) -> str: ...

    @property
    def answers(self) -> bool:
        """Whether it is a party of its own, so that None of `last` says that it holds nothing."""

    def last(self) -> HeadFacts | None:
        """The last head that it holds, where it can be asked. Raises `Away`."""

    def give(self, heads: Sequence[TreeHead], *, before: TreeHead | None) -> None:
        """Hand over heads that follow on `before`. Raises `Away` or `Forked`."""


@dataclass(frozen=True, slots=True)
class FileWitness:
    """Notes, one after the other, in a file: on another machine's disk, or one that is written once."""

    path: Path
    name: str = "file"
    answers: bool = False

    @property
    def place(self) -> str:
        return str(self.path)

    def last(self) -> HeadFacts | None:
        try:
            with self.path.open("rb") as file:
                return _tail(file)[0]
        except FileNotFoundError:
            return None
        except OSError as error:
            raise Away(str(error)) from error

    def give(self, heads: Sequence[TreeHead], *, before: TreeHead | None) -> None:
        try:
            with self.path.open("a+b") as file:
                file.truncate(_tail(file)[1])
                file.write("".join(f"{head.facts.note}\n" for head in heads).encode())
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise Away(str(error)) from error


@dataclass(frozen=True, slots=True)
class WebhookWitness:
    """Another system: a POST, signed as Standard Webhooks has it. 409 says that it holds other heads."""

    url: str
    secret: str
    name: str = "webhook"
    answers: bool = False

    @property
    def place(self) -> str:
        return f"{urlsplit(self.url).scheme}://{urlsplit(self.url).netloc.rpartition('@')[2]}"

    def last(self) -> HeadFacts | None:
        return None

    def give(self, heads: Sequence[TreeHead], *, before: TreeHead | None) -> None:
        if settings.WEBHOOK_HTTPS_ONLY and not self.url.startswith("https://"):
            raise Away("AUDIT_WITNESS_WEBHOOK: only https:// is allowed")
        content: dict[str, Any] = {
            "origin": heads[-1].origin,
            "heads": [proofs.head_as_json(head) for head in heads],
            "keys": proofs.keys_as_json(),
        }
        if before is not None:
            content["consistency"] = proofs.consistency(before, heads[-1]).as_json()
        body = json.dumps(content).encode()
        key, now = f"audit-head-{heads[-1].number}", int(time.time())
        signed = webhook_signatures.signature(self.secret, event_id=key, timestamp=now, body=body)
        answer = post(
            self.url,
            body,
            {
                "Content-Type": "application/json",
                "webhook-id": key,
                "webhook-timestamp": str(now),
                "webhook-signature": signed,
            },
        )
        if answer.status == CONFLICT:
            raise Forked(answer.error)
        if answer.error:
            raise Away(answer.error)


@dataclass(frozen=True, slots=True)
class PortalWitness:
    """Another portal of this kind, which keeps the heads and is asked what it holds before each push.

    So a restored database is told at once, even one that is idle: see `audit.others`, the other end.
    """

    url: str
    key: str
    name: str = "portal"
    answers: bool = True

    @property
    def place(self) -> str:
        return self.url

    def last(self) -> HeadFacts | None:
        self._check()
        answer = get(f"{self.url}latest/", self._headers, most=LONGEST_HEAD * 2)
        if answer.status == NOTHING_YET:
            return None
        if answer.error:
            raise Away(answer.error)
        try:
            return notes.read(json.loads(answer.body)["note"])
        except (ValueError, KeyError, TypeError) as error:
            raise Away(f"the other portal answered with no head: {error}") from error

    def give(self, heads: Sequence[TreeHead], *, before: TreeHead | None) -> None:
        self._check()
        content: dict[str, Any] = {
            "heads": [{"note": head.facts.note} for head in heads],
            "keys": [{"public": key["public"]} for key in proofs.keys_as_json()],
        }
        if before is not None:
            content["path"] = proofs.consistency(before, heads[-1]).as_json()["path"]
        body = json.dumps(content).encode()
        answer = post(self.url, body, {**self._headers, "Content-Type": "application/json"})
        if answer.status == CONFLICT:
            raise Forked(answer.error)
        if answer.error:
            raise Away(answer.error)

    def _check(self) -> None:
        if settings.WEBHOOK_HTTPS_ONLY and not self.url.startswith("https://"):
            raise Away("AUDIT_WITNESS_PORTAL: only https:// is allowed")

    @property
    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Api-Key {self.key}", "Accept": "application/json"}


@dataclass(frozen=True, slots=True)
class SyslogWitness:
    """A log server (RFC 5424): by TCP each message is framed as RFC 6587 says. It answers nothing."""

    url: str
    name: str = "syslog"
    answers: bool = False

    @property
    def place(self) -> str:
        return self.url

    def last(self) -> HeadFacts | None:
        return None

    def give(self, heads: Sequence[TreeHead], *, before: TreeHead | None) -> None:
        parts = urlsplit(self.url)
        try:
            port = parts.port or 514
            address = checked_address(parts.hostname or "", port, settings.WEBHOOK_ALLOWED_NETWORKS)
            if parts.scheme == "tcp":
                with socket.create_connection((address, port), timeout=SECONDS) as stream:
                    for head in heads:
                        message = _message(head)
                        stream.sendall(f"{len(message)} ".encode() + message)
                return
            family = socket.AF_INET6 if ":" in address else socket.AF_INET
            with socket.socket(family, socket.SOCK_DGRAM) as sender:
                for head in heads:
                    sender.sendto(_message(head), (address, port))
        except NoAddress as error:
            raise Away(error.code) from error
        except (OSError, ValueError) as error:
            raise Away(str(error)) from error


def _message(head: TreeHead) -> bytes:
    at = timezone.now().isoformat(timespec="milliseconds")
    facts = {"number": head.number, "size": head.size, "note": head.facts.note}
    return f"<{PRIORITY}>1 {at} {socket.gethostname()} portal-audit - head - {json.dumps(facts)}".encode()


def _tail(file: BinaryIO) -> tuple[HeadFacts | None, int]:
    """The last whole head of the file, and how many bytes reach to its end.

    What a crash left unfinished after it is less than a head. Raises `Forked` for a file of something else.
    """
    size = file.seek(0, os.SEEK_END)
    begin = max(0, size - TAIL)
    file.seek(begin)
    blocks = file.read(TAIL).split(b"\n\n")
    for at in range(len(blocks) - 2, 0, -1):
        if blocks[at].startswith("— ".encode()):
            end = begin + sum(len(block) + 2 for block in blocks[: at + 1])
            note = b"\n\n".join(blocks[at - 1 : at + 1]).decode("utf-8", "replace") + "\n"
            try:
                return notes.read(note), end
            except notes.Unreadable as error:
                raise Forked(f"the file of heads holds something else: {error}") from error
    if size > LONGEST_HEAD:
        raise Forked("the file of heads holds something else")
    return None, 0
