"""The profile and the quality of a resource's rows, as its page and the API tell them to one party."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from catalog.models import (
    ColumnProfile,
    DataItem,
    Resource,
    ResourceProfile,
    RunState,
    SyncRun,
)
from catalog.parties import Party
from catalog.quality import RUNS, Quality, quality_of
from catalog.selectors.resources import items_of
from catalog.showing import Showing, showing


@dataclass(frozen=True, slots=True)
class ColumnTold:
    """An item with what was counted of it; None when it was not. `tells_values` to this party."""

    item: DataItem
    counted: ColumnProfile | None
    tells_values: bool

    @property
    def is_protected(self) -> bool:
        """Whether nobody is told any value; else an agreement is what is missing."""
        return self.counted is not None and self.counted.is_withheld


@dataclass(frozen=True, slots=True)
class ProfileTold:
    """`is_outdated`: rows or items changed since, and are being counted anew."""

    resource: Resource
    profile: ResourceProfile | None
    columns: Sequence[ColumnTold]
    quality: Quality
    showing: Showing
    is_outdated: bool


def profile_of(
    party: Party,
    resource: Resource,
    items: Sequence[DataItem] | None = None,
    *,
    now: datetime | None = None,
) -> ProfileTold:
    """What was counted of the rows; three queries. The caller has found that the party may look.

    Nothing is told of rows that are gone, and no value of an item that is protected by now, whatever
    it was when it was counted.
    """
    items = items_of(resource) if items is None else items
    shown = showing(party, resource, items)
    profile, counted, runs = None, list[ColumnProfile](), list[SyncRun]()
    if resource.has_rows:
        profile = ResourceProfile.objects.filter(resource=resource).first()
        runs = _ended_runs(resource)
    if profile is not None:
        counted = list(profile.columns.all())
    by_name = {one.column: one for one in counted}
    columns = [
        ColumnTold(item, by_name.get(item.column), tells_values=shown.tells(item.column))
        for item in items
    ]
    return ProfileTold(
        resource=resource,
        profile=profile,
        columns=columns if profile else [],
        quality=quality_of(
            profile=profile,
            columns=[one.counted for one in columns if one.counted],
            runs=runs,
            frequency=resource.update_frequency,
            now=now or timezone.now(),
        ),
        showing=shown,
        is_outdated=profile is not None
        and (profile.rows_changed_at, profile.entry_version)
        != (resource.rows_changed_at, resource.version),
    )


def _ended_runs(resource: Resource) -> list[SyncRun]:
    return list(
        SyncRun.objects.filter(
            job__resource=resource,
            state__in=[RunState.SUCCEEDED, RunState.UNCHANGED, RunState.FAILED],
        )
        .only("state", "failure_code", "finished_at", "rows_read")
        .order_by("-number")[:RUNS]
    )
