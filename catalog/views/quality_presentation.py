"""How rules, faults and reports look: words, choices, figures, trends."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_DOWN, Decimal
from typing import Any

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from catalog.models import DataItem, IdentifierKind, QuarantineFault, RunReport
from catalog.sources.checks import Kind
from catalog.sources.rule_words import DIMENSIONS, FAULTS, fault_words
from catalog.store.rules import Dimension
from portal.common import svg
from portal.common.text import Text

__all__ = ["FAULTS"]


@dataclass(frozen=True, slots=True)
class RuleRow:
    """`item` must be as `words` say. `number` is its place in the declaration."""

    item: str
    words: str
    number: int = 0


def derived_rules(items: Sequence[DataItem]) -> list[RuleRow]:
    """What the items imply, in words: it changes with them and not here."""
    rows = []
    for item in items:
        words = [str(item.get_type_display())]
        if item.is_key:
            words.append(_("key: filled, and only once"))
        elif not item.is_nullable:
            words.append(_("filled"))
        if item.length:
            words.append(_("at most %(length)s characters") % {"length": item.length})
        if item.code_list_id:
            words.append(_("a code of %(list)s") % {"list": item.code_list_id})
        if item.identifier_kind in {IdentifierKind.RESIDENT_ID, IdentifierKind.CREDIT_CODE}:
            words.append(_("with a right check character"))
        rows.append(RuleRow(item.name, _(", ").join(words)))
    return rows


def rule_rows(rules: Sequence[Mapping[str, Any]], labels: Mapping[str, str]) -> list[RuleRow]:
    return [
        RuleRow(labels.get(rule["column"], rule["column"]), _rule_words(rule, labels), number)
        for number, rule in enumerate(rules)
    ]


def _rule_words(rule: Mapping[str, Any], labels: Mapping[str, str]) -> str:
    other = labels.get(rule.get("other", ""), rule.get("other", ""))
    match rule["kind"]:
        case Kind.PATTERN:
            return _("matches %(pattern)s") % {"pattern": rule["pattern"]}
        case Kind.LENGTH:
            return _("has %(ends)s characters") % {
                "ends": _ends(rule.get("least"), rule.get("most"))
            }
        case Kind.RANGE:
            return _("lies in %(ends)s") % {"ends": _ends(rule.get("low"), rule.get("high"))}
        case Kind.ORDER:
            return _("is not greater than “%(other)s”") % {"other": other}
        case Kind.REQUIRED_IF if rule.get("values"):
            return _("is filled when “%(other)s” is %(values)s") % {
                "other": other,
                "values": _(", ").join(rule["values"]),
            }
        case Kind.REQUIRED_IF:
            return _("is filled when “%(other)s” is") % {"other": other}
        case Kind.FRESHNESS:
            return _("newest value at most %(days)s days old") % {"days": rule["days"]}
    return str(Kind(rule["kind"]).label)


def _ends(low: Any, high: Any) -> str:
    return f"{'…' if low is None else low} – {'…' if high is None else high}"


def cast_rows(casts: Mapping[str, Mapping[str, Any]], labels: Mapping[str, str]) -> list[RuleRow]:
    return [RuleRow(labels.get(name, name), _cast_words(cast)) for name, cast in casts.items()]


def _cast_words(cast: Mapping[str, Any]) -> str:
    words = []
    if cast.get("trim"):
        words.append(_("spaces cut off"))
    if cast.get("date_format"):
        words.append(_("dates as %(format)s") % {"format": cast["date_format"]})
    if cast.get("factor"):
        words.append(_("times %(factor)s") % {"factor": cast["factor"]})
    if cast.get("codes_from"):
        words.append(_("codes of %(list)s") % {"list": cast["codes_from"]})
    if cast.get("default"):
        words.append(_("empty ones become %(value)s") % {"value": cast["default"]})
    return _(", ").join(words)


@dataclass(frozen=True, slots=True)
class FaultRow:
    fault: QuarantineFault
    item: str
    words: Text


def fault_row(fault: QuarantineFault, labels: Mapping[str, str]) -> FaultRow:
    return FaultRow(fault, labels.get(fault.column, fault.column), fault_words(fault.code))


def choices(
    counts: Sequence[Mapping[str, Any]], name: str, labels: Mapping[str, Text]
) -> list[tuple[str, str]]:
    """The values of a filter, each with how many faults it has."""
    found: dict[str, int] = {}
    for one in counts:
        found[one[name]] = found.get(one[name], 0) + one["number"]
    return [(value, f"{labels.get(value, value)} ({times:,})") for value, times in found.items()]


@dataclass(frozen=True, slots=True)
class FaultCount:
    item: str
    words: Text
    rows: int


def fault_counts(report: RunReport, labels: Mapping[str, str]) -> list[FaultCount]:
    return [
        FaultCount(labels.get(one["column"], one["column"]), fault_words(one["code"]), one["rows"])
        for one in report.faults
    ]


@dataclass(frozen=True, slots=True)
class DimensionRow:
    """One dimension of the last report, and its course over those before; `percent` rounded down."""

    name: Text
    part: int
    whole: int
    percent: Decimal | None
    trend: SafeString | None


def dimension_rows(reports: Sequence[RunReport]) -> list[DimensionRow]:
    if not reports:
        return []
    rows = []
    for dimension in Dimension:
        part, whole = reports[-1].dimensions.get(dimension, (0, 0))
        course = [
            float(percent)
            for report in reports
            if (percent := _percent(*report.dimensions.get(dimension, (0, 0)))) is not None
        ]
        name = DIMENSIONS[dimension]
        trend = (
            svg.sparkline(course, id=f"trend-{dimension}", title=_trend(name))
            if len(course) > 1
            else None
        )
        rows.append(DimensionRow(name, part, whole, _percent(part, whole), trend))
    return rows


def _trend(name: Text) -> str:
    return _("%(dimension)s in per cent, run by run") % {"dimension": name}


def _percent(part: int, whole: int) -> Decimal | None:
    """Rounded down, so that only the whole is 100."""
    if not whole:
        return None
    return (Decimal(100) * part / whole).quantize(Decimal("0.01"), ROUND_DOWN)


@dataclass(frozen=True, slots=True)
class ReportRow:
    report: RunReport
    percent_bad: Decimal | None


def report_rows(reports: Sequence[RunReport]) -> list[ReportRow]:
    """The reports, the latest first."""
    return [ReportRow(report, _percent(report.bad, report.rows)) for report in reversed(reports)]
