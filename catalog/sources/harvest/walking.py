"""What holds for every walk: its bounds, and that it comes to an end."""

import time
from collections.abc import Callable

from django.conf import settings

from catalog.sources.failures import SourceFailure

from .dataset import LONGEST_IDENTIFIER, LONGEST_PAGE, Dataset, Walked

Seen = Callable[[int], None]


class Walk:
    """Takes pages of datasets until there is none, or raises SourceFailure.

    A page that names a next one must bring something new: else a portal that gives the same page
    for ever, or makes up addresses of pages without end, would never be done.
    """

    def __init__(self, seen: Seen) -> None:
        self.walked = Walked()
        self.seen = seen
        self.pages = 0
        self.until = time.monotonic() + settings.HARVEST_SECONDS

    def take(self, datasets: list[Dataset], *, is_last: bool) -> None:
        self.pages += 1
        before = self.walked.count
        for one in datasets:
            if not one.identifier or len(one.identifier) > LONGEST_IDENTIFIER:
                self.walked.unnamed.append(one.title or one.page)
            else:
                self.walked.datasets.setdefault(one.identifier, one)
        if self.walked.count > settings.HARVEST_MOST_DATASETS:
            raise SourceFailure("harvest_too_many", most=settings.HARVEST_MOST_DATASETS)
        if not is_last:
            if self.walked.count == before:
                raise SourceFailure("harvest_endless", page=self.pages)
            if time.monotonic() > self.until:
                raise SourceFailure("harvest_too_slow", count=self.walked.count)
        self.seen(self.walked.count)

    def ended(self, announced: int | None) -> Walked:
        """All of it, and no fewer than the portal says that it has."""
        if announced is not None and self.walked.count < announced:
            raise SourceFailure("harvest_count", announced=announced, count=self.walked.count)
        return self.walked


def page_address(told: str) -> str:
    """An address that a page of ours may link to; else nothing."""
    is_web = told.startswith(("https://", "http://")) and told.isprintable() and " " not in told
    return told if is_web and len(told) <= LONGEST_PAGE else ""
