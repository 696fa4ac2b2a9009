"""Versions of an agreement's terms in words: one alone, and two side by side."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from catalog.models import MaskingRule
from portal.common.text import Text
from sharing.models import Agreement, AgreementConfirmation, AgreementVersion
from sharing.row_filters import in_words, kept

# In the order of the page; what no version states falls out.
SHOWN = (
    "basis",
    "purpose",
    "scope",
    "items",
    "row_filter",
    "masks",
    "modes",
    "system",
    "verification_only",
    "canary",
    "third_parties",
    "calls_a_day",
    "rows_a_day",
    "exports_at_once",
    "starts_on",
    "ends_on",
    "provider_duties",
    "requester_duties",
)


@dataclass(frozen=True, slots=True)
class TermRow:
    """One term in words; `before` is what the other version said."""

    name: str
    label: Text
    before: str
    after: str

    @property
    def is_changed(self) -> bool:
        return self.before != self.after


@dataclass(frozen=True, slots=True)
class VersionPage:
    """One version with its confirmations, beside `other`: the one before unless another was asked."""

    version: AgreementVersion
    other: AgreementVersion | None
    rows: list[TermRow]
    confirmations: list[AgreementConfirmation]
    numbers: list[int]
    is_in_force: bool
    is_proposed: bool


def versions_of(agreement: Agreement) -> QuerySet[AgreementVersion]:
    """Newest first, with who wrote and who confirmed."""
    return (
        AgreementVersion.objects.filter(agreement=agreement)
        .select_related("made_by__department")
        .prefetch_related("confirmations__by__department")
        .order_by("-number")
    )


def version_page(
    agreement: Agreement, number: int, *, beside: int | None = None
) -> VersionPage | None:
    """None when there is no such version, or none of the number to compare with."""
    known = {version.number: version for version in versions_of(agreement)}
    version = known.get(number)
    if version is None or (beside is not None and beside not in known):
        return None
    other = known.get(beside if beside is not None else number - 1)
    return VersionPage(
        version=version,
        other=other,
        rows=term_rows(version.terms, other.terms if other else None),
        confirmations=list(version.confirmations.all()),
        numbers=sorted(known),
        is_in_force=version.pk == agreement.version_in_force_id,
        is_proposed=version.pk == agreement.version_proposed_id,
    )


def term_rows(document: Mapping[str, Any], other: Mapping[str, Any] | None = None) -> list[TermRow]:
    labels = _labels()
    return [
        TermRow(
            name=name,
            label=labels[name],
            before=_words(name, other) if other is not None else "",
            after=_words(name, document),
        )
        for name in SHOWN
    ]


def _labels() -> dict[str, str]:
    return {
        "basis": _("Basis for use"),
        "purpose": _("Purpose of use"),
        "scope": _("Scope of use"),
        "items": _("Data items"),
        "row_filter": _("Row scope"),
        "masks": _("Masked items"),
        "modes": _("Sharing mode"),
        "system": _("Receiving system"),
        "verification_only": _("Verification only"),
        "canary": _("Canary row"),
        "third_parties": _("May be passed on to"),
        "calls_a_day": _("Calls a day"),
        "rows_a_day": _("Rows a day"),
        "exports_at_once": _("Exports at the same time"),
        "starts_on": _("From"),
        "ends_on": _("Until"),
        "provider_duties": _("Security duties of the provider"),
        "requester_duties": _("Security duties of the requester"),
    }


def _words(name: str, document: Mapping[str, Any]) -> str:
    """A term as people read it; what was not agreed is said so."""
    value = document.get(name)
    match name, value:
        case "row_filter", [] | None:
            return _("all rows")
        case "row_filter", list():
            names = {one["column"]: one["name"] for one in value}
            return _("; ").join(in_words(kept(value), names))
        case "masks", dict() if value:
            names = {one["column"]: one["name"] for one in document["items"]}
            return _("; ").join(
                f"{names.get(column, column)}: {MaskingRule(rule).label}"
                for column, rule in value.items()
            )
        case "canary", dict() if value:
            return _("Each delivery has one row that is not true and is of nobody: %(row)s.") % {
                "row": _("; ").join(
                    f"{one['name']} ({one['column']}): {value[one['column']]}"
                    for one in document["items"]
                    if one["column"] in value
                )
            }
        case "masks" | "canary", _:
            return _("none")
        case "items", list():
            return _(", ").join(f"{one['name']} ({one['column']})" for one in value)
        case "modes", list():
            field = Agreement._meta.get_field("sharing_mode")
            return _(", ").join(str(dict(field.flatchoices).get(one, one)) for one in value)
        case "verification_only", _:
            return _("yes: no row is delivered") if value else _("no")
        case "third_parties", "" | None:
            return _("nobody")
        case "system", None:
            return _("any of the requester's")
        case "calls_a_day" | "rows_a_day" | "exports_at_once", None:
            return _("not agreed")
        case "calls_a_day" | "rows_a_day" | "exports_at_once", int():
            return f"{value:,}"
    return str(value if value is not None else "")
