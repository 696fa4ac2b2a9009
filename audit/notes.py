"""A head as signed text: the form of C2SP tlog-checkpoint, so that witnesses elsewhere can read it.

portal.example/audit                        whose trail it is
20852                                       how many entries it covers
q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA=  the root, Base64
number 173                                  the head's own number; there are no gaps
time 2026-11-29T12:47:25.123456Z
hash sha256
previous 3f2a…                              hash of the whole text of the head before

— portal.example/audit czBqLpE…             a signature by each key
"""

import base64
import binascii
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from audit.signing import PublicKey, SigningKey
from audit.tree import digest

ED25519 = b"\x01"
MOMENT = "%Y-%m-%dT%H:%M:%S.%fZ"
TEXT = re.compile(
    r"(?P<origin>[^\n]+)\n(?P<size>\d+)\n(?P<root>[A-Za-z0-9+/]{43}=)\n"
    r"number (?P<number>\d+)\ntime (?P<time>[0-9T:.-]+Z)\nhash (?P<hash>sha256|sm3)\n"
    r"previous (?P<previous>[0-9a-f]{64})\n"
)
SIGNATURE = re.compile(r"— (?P<name>[^\n ]+) (?P<signature>[A-Za-z0-9+/]+={0,2})\n")


class Unreadable(ValueError):
    """The text is no signed head."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HeadFacts:
    """What a head says; `signatures` are the lines below it, one a key."""

    origin: str
    size: int
    root: bytes
    number: int
    at: datetime
    algorithm: str
    previous: bytes
    signatures: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """What is signed."""
        return (
            f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"
            f"number {self.number}\ntime {self.at.astimezone(UTC).strftime(MOMENT)}\n"
            f"hash {self.algorithm}\nprevious {self.previous.hex()}\n"
        )

    @property
    def note(self) -> str:
        """The whole: text, empty line, signatures."""
        return "\n".join([self.text, *self.signatures, ""])

    @property
    def hash(self) -> bytes:
        """What the next head calls `previous`."""
        return digest(self.algorithm)(self.note.encode())


def signature_line(origin: str, text: str, key: SigningKey) -> str:
    signed = _key_hash(origin, key.public) + key.sign(text.encode())
    return f"— {origin} {base64.b64encode(signed).decode()}"


def read(note: str) -> HeadFacts:
    """The head that `note` tells of. Says nothing about its signatures; raises `Unreadable`."""
    text, separator, below = note.partition("\n\n")
    found = TEXT.fullmatch(text + "\n")
    lines = below.splitlines()
    if not separator or not found or not lines:
        raise Unreadable("this is no signed head of an audit trail")
    if not all(SIGNATURE.fullmatch(line + "\n") for line in lines):
        raise Unreadable("a line below the head is no signature")
    try:
        at = datetime.strptime(found["time"], MOMENT).replace(tzinfo=UTC)
    except ValueError:
        raise Unreadable("the time of the head is unreadable") from None
    return HeadFacts(
        origin=found["origin"],
        size=int(found["size"]),
        root=base64.b64decode(found["root"]),
        number=int(found["number"]),
        at=at,
        algorithm=found["hash"],
        previous=bytes.fromhex(found["previous"]),
        signatures=tuple(lines),
    )


def signers(head: HeadFacts, known: Mapping[str, PublicKey]) -> set[str]:
    """The ids of the known keys that signed it; none at all when one of its signatures is false.

    A signature by nobody known counts as false: see `signed_by` for outsiders who know one key.
    """
    found = [_signer(head, line, known) for line in head.signatures]
    return {key for key in found if key is not None} if None not in found else set()


def signed_by(head: HeadFacts, known: Mapping[str, PublicKey]) -> set[str]:
    """The ids of the known keys that signed it, whoever else did."""
    found = [_signer(head, line, known) for line in head.signatures]
    return {key for key in found if key is not None}


def _signer(head: HeadFacts, line: str, known: Mapping[str, PublicKey]) -> str | None:
    name, _, encoded = line.removeprefix("— ").partition(" ")
    try:
        signed = base64.b64decode(encoded, validate=True)
    except binascii.Error:
        return None
    if name != head.origin:
        return None
    text = head.text.encode()
    for key_id, key in known.items():
        if signed[:4] == _key_hash(head.origin, key) and key.verifies(signed[4:], text):
            return key_id
    return None


def _key_hash(origin: str, key: PublicKey) -> bytes:
    """The four bytes by which a signed note names a key."""
    return hashlib.sha256(origin.encode() + b"\n" + ED25519 + key.raw).digest()[:4]


def read_all(text: str) -> list[HeadFacts]:
    """The heads of a file, as the file witness writes them: note after note, an empty line between."""
    parts = [part for part in text.split("\n\n") if part.strip()]
    if len(parts) % 2:
        raise Unreadable("the file ends in the middle of a head")
    return [
        read(f"{head}\n\n{below.rstrip(chr(10))}\n")
        for head, below in zip(parts[::2], parts[1::2], strict=True)
    ]
