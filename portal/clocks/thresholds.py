"""When a date turns amber and red, and when who is told: each competent department's own choice.

They are targets of the platform, never of the law. Kept in the memory of each process like the
calendar, since every page with a due date asks: `RECHECK_SECONDS` after a change all have it.
"""

import threading
import time
from dataclasses import dataclass

from django.db import transaction

RECHECK_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Thresholds:
    """In working days: left until the last day, or passed since. Amber and red include their day."""

    remind_days: int = 3
    amber_days: int = 3
    red_days: int = 0
    head_days: int = 2
    competent_days: int = 5


PLATFORM = Thresholds()


@dataclass(frozen=True, slots=True)
class _Kept:
    by_region: dict[str, Thresholds]
    read_at: float


_shared: _Kept | None = None
_lock = threading.Lock()


def thresholds_now() -> dict[str, Thresholds]:
    """The regions that have chosen, from the database."""
    from .models import ThresholdPolicy  # this module is imported before Django's models are ready

    return {one.region_code: one.thresholds for one in ThresholdPolicy.objects.all()}


def thresholds_of(region: str) -> Thresholds:
    """Those of the region with this division code; the platform's own where it has chosen none."""
    global _shared
    kept = _shared
    if kept is None or time.monotonic() - kept.read_at > RECHECK_SECONDS:
        with _lock:
            _shared = kept = _Kept(thresholds_now(), time.monotonic())
    return kept.by_region.get(region, PLATFORM)


def forget_on_commit() -> None:
    """For who changes them: after the commit this process reads them again."""
    transaction.on_commit(forget)


def forget() -> None:
    global _shared
    _shared = None
