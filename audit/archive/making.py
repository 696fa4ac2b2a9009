"""Writes the file of a month, signs what is said about it, and reads it back before anybody relies on it."""

import hashlib
import tempfile
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import structlog
from django.core.files import File
from django.core.files.base import ContentFile
from django.db import connection, transaction
from django.utils import timezone

from audit import notes, proofs, tree
from audit.archive import cover, files
from audit.archive.files import Archived
from audit.archive.papers import Papers, Unfit
from audit.archive.shelf import AWAY, PIECE, fetch, storage
from audit.models import Month, TreeHead
from audit.nodes import hashes_of

ENTRIES = """
SELECT leaf.index, leaf.hash, entry.xid::text, audit_canonical(entry)
FROM audit_entry AS entry LEFT JOIN audit_leaf AS leaf ON leaf.entry_id = entry.id
WHERE entry.at >= %s AND entry.at < %s ORDER BY leaf.index
"""
logger = structlog.get_logger(__name__)

SINCE_EVER = "-infinity"


class CannotArchive(Exception):
    """The month is not to be taken out of the table now; the words say why."""


def make(month: Month) -> Papers | None:
    """The file of the month in the storage, read back and found whole; None for a month without entries.

    What a run that was killed left in the storage is removed. Raises `CannotArchive` while an entry is
    not sealed, and when one is not as it was sealed.
    """
    with tempfile.TemporaryDirectory(prefix="audit-month-") as folder:
        path = Path(folder) / "made"
        made = _write(month, path)
        if made is None:
            return None
        _sweep(month)
        _store(made, path)
        check(made, Path(folder) / "back")
    return made


def check(papers: Papers, copy: Path) -> None:
    """Fetch the file to `copy` and hold it against what was signed. Asks nothing of the database but keys.

    Raises `Unfit` unless each entry of it lies under the head, which a key of this trail has signed.
    """
    fetch(papers, copy)
    if not notes.signers(papers.head, proofs.public_keys()):
        raise Unfit(f"the signature of head {papers.head.number} is false")
    try:
        entries, root = _climbed(papers, copy)
    except ValueError as error:
        raise Unfit(f"its file {papers.file}: {error}") from error
    if entries != papers.entries or root.size != papers.head.size or root.hash != papers.head.root:
        raise Unfit(f"the entries of {papers.file} do not lie under head {papers.head.number}")


def _climbed(papers: Papers, copy: Path) -> tuple[int, cover.Root]:
    """How many entries the file has, and the root that they make with the hashes beside them."""
    hashed = tree.digest(papers.head.algorithm)
    root = cover.Root(hashed)
    beside, entries = list(papers.beside), 0
    beside.reverse()

    def reach(leaf: int) -> None:
        while beside and beside[-1][0][1] << beside[-1][0][0] < leaf:
            (level, _index), known = beside.pop()
            root.add(level, known)

    for some in files.read(copy):
        for entry in some:
            reach(entry.leaf)
            if root.size != entry.leaf:
                raise Unfit(f"leaf {entry.leaf} stands out of its place")
            root.add(0, tree.leaf_hash(hashed, entry.content.encode()))
            entries += 1
    reach(papers.head.size)
    return entries, root


def _write(month: Month, path: Path) -> Papers | None:
    with transaction.atomic(durable=True), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        head = TreeHead.objects.order_by("-number").first()
        runs: list[list[int]] = []
        with path.open("wb") as file, files.writing(file) as writer:
            for some in _entries(month, head):
                writer.add(some)
                for entry in some:
                    if runs and runs[-1][1] == entry.leaf:
                        runs[-1][1] += 1
                    else:
                        runs.append([entry.leaf, entry.leaf + 1])
        if head is None or not runs:
            return None
        beside = list(cover.around(((begin, end) for begin, end in runs), head.size))
        known = hashes_of(beside)
        sha256 = hashlib.sha256()
        with path.open("rb") as written:
            while piece := written.read(PIECE):
                sha256.update(piece)
        return Papers(
            origin=head.origin,
            month=month.name,
            begins=_iso(month.begins),
            ends=_iso(month.ends),
            entries=sum(end - begin for begin, end in runs),
            first=runs[0][0],
            last=runs[-1][1] - 1,
            file=f"{month.name}/{month.name}-{head.number}.parquet",
            size=path.stat().st_size,
            sha256=sha256.hexdigest(),
            head=head.facts,
            beside=tuple((place, known[place]) for place in beside),
        )


def _entries(month: Month, head: TreeHead | None) -> Iterator[list[Archived]]:
    hashed = tree.digest(head.algorithm) if head else None
    with connection.connection.cursor("audit_month", binary=True) as found:
        found.itersize = files.GROUP
        found.execute(ENTRIES, [month.begins or SINCE_EVER, month.ends])
        while rows := found.fetchmany(files.GROUP):
            some = []
            for index, stored, xid, content in rows:
                if index is None or hashed is None:
                    raise CannotArchive(f"an entry of {month} is not sealed yet")
                if tree.leaf_hash(hashed, content) != stored:
                    raise CannotArchive(f"leaf {index} is not that of its entry: run verify_audit")
                some.append(Archived(index, xid, content.decode()))
            yield some


def _sweep(month: Month) -> None:
    """Files of the month that nothing speaks of: whoever made them did not come to an end."""
    try:
        _folders, names = storage().listdir(month.name)
    except FileNotFoundError:
        return
    for name in (f"{month.name}/{name}" for name in names):
        if not month.file or name not in (month.file, _beside(month.file)):
            storage().delete(name)


def _store(papers: Papers, path: Path) -> None:
    """Under exactly this name; the copy of before, when no seal came since, makes room."""
    store = storage()
    beside = ContentFile(papers.signed().encode())
    with path.open("rb") as file:
        for name, content in ((papers.file, File(file)), (_beside(papers.file), beside)):
            store.delete(name)
            if store.save(name, content) != name:
                raise CannotArchive(f"{name} is being written by another just now")


def discard(file: str) -> None:
    """Remove a copy that a newer one has replaced; one that stays behind is told to the log."""
    for name in (file, _beside(file)):
        try:
            storage().delete(name)
        except AWAY as away:
            logger.warning("audit_copy_left_behind", file=name, words=str(away))


def _beside(file: str) -> str:
    return file.removesuffix(".parquet") + ".json"


def _iso(moment: datetime | None) -> str:
    return "" if moment is None else timezone.localtime(moment).isoformat()
