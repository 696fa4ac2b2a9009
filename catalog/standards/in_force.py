"""Which version of a code list holds today, and its codes."""

from collections.abc import Collection
from datetime import date

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from catalog.models import CodeListEntry, CodeListVersion, VersionState


def versions_in_force(today: date | None = None) -> QuerySet[CodeListVersion]:
    """Of each list the published version with the highest number whose first day has come."""
    holding = CodeListVersion.objects.filter(
        state=VersionState.PUBLISHED, valid_from__lte=today or timezone.localdate()
    )
    later = holding.filter(code_list=OuterRef("code_list"), number__gt=OuterRef("number"))
    return holding.filter(~Exists(later))


def codes_in_force(
    identifiers: Collection[str], *, most: int | None = None
) -> dict[str, list[str]]:
    """The codes of these lists today, in one query; lists with more than `most` are left out.

    A list without a version in force is left out too: there is nothing to hold values against. No
    identifier, no query.
    """
    if not identifiers:
        return {}
    found = versions_in_force().filter(code_list__identifier__in=identifiers)
    if most is not None:
        found = found.filter(entry_count__lte=most)
    return dict(
        CodeListEntry.objects.filter(version__in=found.values("pk"))
        .values("version__code_list__identifier")
        .annotate(codes=ArrayAgg("code", order_by="position"))
        .values_list("version__code_list__identifier", "codes")
        .order_by()
    )


def names_in_force(identifiers: Collection[str]) -> dict[str, dict[str, str]]:
    """Of each of these lists what each code is called today; a list without a version is left out."""
    found: dict[str, dict[str, str]] = {}
    entries = (
        CodeListEntry.objects.filter(
            version__in=versions_in_force()
            .filter(code_list__identifier__in=identifiers)
            .values("pk")
        )
        .order_by("position")
        .values_list("version__code_list__identifier", "code", "name")
    )
    for identifier, code, name in entries:
        found.setdefault(identifier, {})[code] = name
    return found
