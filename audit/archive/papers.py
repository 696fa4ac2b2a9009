"""What is signed about the file of a month: which entries it holds, and under which head they lie."""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from audit import notes, signing, tree
from audit.notes import HeadFacts

SIGNED = b"audit archive 1\n"


class Unfit(ValueError):
    """The file of a month, or what is signed about it, is not what it must be; the words say why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Papers:
    """`sha256` is that of the file, `first` and `last` its outermost leaves.

    `beside` are the hashes of the subtrees that no leaf of the file lies in, left to right: see `cover`.
    """

    origin: str
    month: str
    begins: str
    ends: str
    entries: int
    first: int
    last: int
    file: str
    size: int
    sha256: str
    head: HeadFacts
    beside: tuple[tuple[tree.Place, bytes], ...]

    def signed(self) -> str:
        """The text that goes beside the file: what it says, and a signature by each key held."""
        said = json.dumps(self._as_json(), ensure_ascii=False, indent=1)
        lines = [
            {
                "key": key.public.key_id,
                "signature": base64.b64encode(key.sign(SIGNED + said.encode())).decode(),
            }
            for key in signing.held()
        ]
        return json.dumps({"archive": said, "signatures": lines}, ensure_ascii=False, indent=1)

    @classmethod
    def read(cls, text: str, known: Mapping[str, signing.PublicKey]) -> Self:
        """What a signed text says. Raises `Unfit` unless one of the known keys signed it."""
        try:
            outer = json.loads(text)
            said: str = outer["archive"]
            if not any(_is_signed(said, line, known) for line in outer["signatures"]):
                raise Unfit("no key of this trail signed it")
            return cls._of_json(json.loads(said))
        except Unfit:
            raise
        except (KeyError, TypeError, ValueError) as error:
            raise Unfit(f"it cannot be read: {error!r}") from error

    def _as_json(self) -> dict[str, Any]:
        return {
            "origin": self.origin,
            "month": self.month,
            "begins": self.begins,
            "ends": self.ends,
            "entries": self.entries,
            "first_leaf": self.first,
            "last_leaf": self.last,
            "file": self.file,
            "bytes": self.size,
            "sha256": self.sha256,
            "head": self.head.note,
            "beside": [[level, index, known.hex()] for (level, index), known in self.beside],
        }

    @classmethod
    def _of_json(cls, said: dict[str, Any]) -> Self:
        return cls(
            origin=said["origin"],
            month=said["month"],
            begins=said["begins"],
            ends=said["ends"],
            entries=int(said["entries"]),
            first=int(said["first_leaf"]),
            last=int(said["last_leaf"]),
            file=said["file"],
            size=int(said["bytes"]),
            sha256=said["sha256"],
            head=notes.read(said["head"]),
            beside=tuple(
                ((int(level), int(index)), bytes.fromhex(known))
                for level, index, known in said["beside"]
            ),
        )


def _is_signed(said: str, line: Any, known: Mapping[str, signing.PublicKey]) -> bool:
    key = known.get(line["key"])
    signature = base64.b64decode(line["signature"], validate=True)
    return key is not None and key.verifies(signature, SIGNED + said.encode())
