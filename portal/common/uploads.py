"""A file that somebody hands in, before it is kept: its name, what it is, the scanner's word, its sum."""

import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from typing import IO

from django.utils.translation import gettext as _

from .errors import Invalid
from .file_kinds import KINDS, kind_of
from .malware import is_clean
from .plain_text import fault_of

LONGEST_NAME = 200


@dataclass(frozen=True, slots=True)
class Passed:
    """`is_scanned` is False where the installation has no scanner; `sha256` is in hex."""

    is_scanned: bool
    sha256: str


def plain_name(name: str) -> str:
    """The name without the folders it came from; raises Invalid at `file` for one that is none."""
    name = name.replace("\\", "/").rpartition("/")[2].strip()
    if not name or len(name) > LONGEST_NAME or fault_of(name, of_one_line=True):
        raise refused(_("Give the file a name of at most 200 plain characters."))
    return name


def check_size(size: int, *, most: int) -> None:
    """Raise Invalid at `file` for what is empty or has more than `most` bytes."""
    if size == 0:
        raise refused(_("The file is empty."))
    if size > most:
        words = _("The file is larger than %(most)s MB.") % {"most": most // 1024 // 1024}
        raise refused(words)


def media_type_of(name: str, file: IO[bytes], *, among: Collection[str] = KINDS.keys()) -> str:
    """What the bytes are; raises Invalid at `file` when that is not what the name says, or not taken."""
    media_type = kind_of(name, file, among=among)
    if media_type is None:
        words = _(
            "Not taken: it has to be what its name says, and one of %(kinds)s without macros."
        )
        raise refused(words % {"kinds": _(", ").join(sorted(among))})
    return media_type


def passed(file: IO[bytes]) -> Passed:
    """Scan the file and sum it up; it stands at its beginning then. Raises Invalid or ScanFailed."""
    clean = is_clean(file)
    if clean is False:
        raise refused(_("The scanner found malware in it. It was not kept."))
    file.seek(0)
    digest = hashlib.file_digest(file, "sha256").hexdigest()  # type: ignore[arg-type]
    file.seek(0)
    return Passed(is_scanned=clean is not None, sha256=digest)


def refused(words: str) -> Invalid:
    return Invalid(_("The file was not taken."), fields={"file": [words]})
