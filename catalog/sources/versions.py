"""Whether a file is still the one that was read: as its server tells it, by ETag or Last-Modified.

What a run learnt is kept with the rows that it published, and with what they were read by: a file
that is the same is read all the same when the mapping, a rule, a code list or the store's table has
changed since, or when a rule asks how old the rows are.
"""

import hashlib
import json
from collections.abc import Mapping
from typing import Protocol, runtime_checkable

from django.utils import timezone

from catalog.models import JobRules, SyncJob, SyncPosition
from catalog.store.rules import Checking
from catalog.store.tables import StoreTable

from .failures import SourceFailure
from .web import Answer

NOT_MODIFIED = 304
ETAG = "ETag"
MODIFIED = "Last-Modified"
CONDITIONS = {ETAG: "If-None-Match", MODIFIED: "If-Modified-Since"}
LONGEST = 500


class Unchanged(Exception):
    """The source's file is the one whose rows are published: there is nothing to read."""


@runtime_checkable
class Versioned(Protocol):
    """A connector that has learnt which version of a file it read."""

    shown: dict[str, str]


def unless(seen: Mapping[str, str]) -> dict[str, str]:
    """Headers that ask for the file unless it is the one that was seen."""
    return {CONDITIONS[name]: value for name, value in seen.items()}


def versions_of(answer: Answer, seen: Mapping[str, str]) -> dict[str, str]:
    """What tells the version of the file in the answer. Raises Unchanged when it is the one seen."""
    if answer.status == NOT_MODIFIED:
        if not seen:
            raise SourceFailure("http_status", status=answer.status, host=answer.host)
        raise Unchanged
    told = {name: answer.headers.get(name, "") for name in CONDITIONS}
    return {name: value for name, value in told.items() if 0 < len(value) <= LONGEST}


def circumstances(
    job: SyncJob, table: StoreTable, rules: JobRules | None, checking: Checking
) -> str:
    """A digest of all that decides what the rows of one file become."""
    told = [
        job.version,
        rules.version if rules else 0,
        [repr(column) for column in table.columns],
        {name: sorted(codes) for name, codes in sorted(checking.codes.items())},
        timezone.localdate().isoformat() if checking.freshness else "",
    ]
    return hashlib.sha256(json.dumps(told, ensure_ascii=False).encode()).hexdigest()


def seen_before(job: SyncJob, told: str) -> dict[str, str]:
    """The versions that were read under these circumstances; empty when nothing was."""
    position = SyncPosition.objects.filter(job=job).first()
    if position is None or position.seen.get("circumstances") != told:
        return {}
    versions: dict[str, str] = position.seen["versions"]
    return versions


def keep_seen(job: SyncJob, source: object, told: str) -> None:
    """Write down what was read, in the transaction of the rows."""
    if isinstance(source, Versioned) and source.shown:
        SyncPosition.objects.update_or_create(
            job=job, defaults={"seen": {"circumstances": told, "versions": source.shown}}
        )
