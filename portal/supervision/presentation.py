"""The figures as pages and files say them, each with its way to the cases behind it."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from portal.common.numbers import grouped, percent
from portal.common.svg import sparkline

from .indicators import INDICATORS, Group, Indicator
from .scope import Scope
from .selectors.answers import Extensions, Refusals
from .selectors.compliance import Chapter, ClockFigure
from .selectors.figures import Figure, Month, Share, by_department
from .selectors.league import GOOD_RATE, WATCHED_RATE, Judgement, Standing
from .selectors.work import STATES, Row, Tally, steps

# What the table of departments and its files show of each.
COMPARED = ("answers", "deliveries", "satisfaction", "freshness", "mounted")
TONES = {
    Judgement.GOOD: "go",
    Judgement.WATCHED: "wait",
    Judgement.URGED: "stop",
    Judgement.NONE: "rest",
}


def query_of(scope: Scope, **more: str) -> str:
    """The scope as a query string, for the ways on from a page."""
    words = {"period": scope.period.key, "reach": scope.reach}
    if scope.department:
        words["department"] = str(scope.department.pk)
    return urlencode({**words, **{key: value for key, value in more.items() if value}})


def address(view: str, scope: Scope, *args: str, **more: str) -> str:
    return f"{reverse(f'supervision:{view}', args=args)}?{query_of(scope, **more)}"


def figure_rows(figures: Sequence[Figure], scope: Scope) -> list[tuple[str, list[dict[str, Any]]]]:
    """The figures of timeliness in one row, those of quality, use and security in another."""
    timely = [one for one in figures if one.indicator.group == Group.TIMELINESS]
    others = [one for one in figures if one.indicator.group != Group.TIMELINESS]
    return [
        (_("Timeliness, each figure with its cases"), _cards(timely, scope)),
        (_("Quality, use and security, each figure with its cases"), _cards(others, scope)),
    ]


def _cards(figures: Iterable[Figure], scope: Scope) -> list[dict[str, Any]]:
    """What `components/figures.html` shows, each with its way to the cases."""
    return [
        {
            "label": one.indicator.label,
            "value": percent(one.share.part, one.share.whole),
            "words": _("%(part)s of %(whole)s")
            % {"part": grouped(one.share.part), "whole": grouped(one.share.whole)},
            "tone": tone_of(one.share),
            "url": address("indicator", scope, one.indicator.key),
        }
        for one in figures
    ]


def tone_of(share: Share) -> str:
    """By the platform's own targets."""
    rate = share.rate
    if rate is None or rate >= GOOD_RATE:
        return "quiet"
    return "warn" if rate >= WATCHED_RATE else "bad"


def meter_tone(share: Share) -> str:
    return {"quiet": "go", "warn": "wait", "bad": "stop"}[tone_of(share)]


def trends(months: Sequence[Month], indicators: Sequence[Indicator]) -> list[dict[str, Any]]:
    """A line a figure over the months in which something was due, and what it says in words."""
    found = []
    for place, one in enumerate(indicators):
        rates = [100 * rate for month in months if (rate := month.shares[place].rate) is not None]
        picture = sparkline(
            [round(rate, 1) for rate in rates], id=f"trend-{one.key}", title=str(one.label)
        )
        found.append({"indicator": one, "picture": picture if len(rates) > 1 else ""})
    return found


def month_rows(
    months: Sequence[Month], indicators: Sequence[Indicator], scope: Scope
) -> list[dict[str, Any]]:
    """The months with each share, beside the name of its indicator and the way to its cases."""
    return [
        {
            "month": one.month,
            "shares": [
                (
                    indicator.label,
                    share,
                    address("indicator", scope.in_month(one.month), indicator.key),
                )
                for indicator, share in zip(indicators, one.shares, strict=True)
            ],
        }
        for one in months
    ]


def step_rows(tallies: dict[str, Tally], scope: Scope) -> list[dict[str, Any]]:
    """Each step with its counts, each a link to the list of what it counted."""
    return [
        {
            "step": step,
            "tally": tallies[step.key],
            "urls": {
                state: address("deadlines", scope, step=step.key, state=state) for state in STATES
            },
        }
        for step in steps()
    ]


def refusal_rows(refusals: Iterable[Refusals], scope: Scope) -> list[dict[str, Any]]:
    return [
        {
            "refusals": one,
            "url": address("refusals", scope, reason=one.reason),
            "contested_url": address("refusals", scope, reason=one.reason, contested="1"),
        }
        for one in refusals
    ]


def extension_rows(extensions: Iterable[Extensions], scope: Scope) -> list[dict[str, Any]]:
    labels = {"answer": _("Answers to requests (Art. 21)"), "update": _("Updates (Art. 17)")}
    return [
        {
            "extensions": one,
            "label": labels[one.kind],
            "urls": {
                outcome or "all": address("extensions", scope, kind=one.kind, outcome=outcome)
                for outcome, _label in outcomes()
            },
        }
        for one in extensions
    ]


def outcomes() -> list[tuple[str, str]]:
    return [
        ("", _("all")),
        ("open", _("not decided")),
        ("granted", pgettext("extensions", "granted")),
        ("denied", pgettext("extensions", "denied")),
    ]


def parts(indicator: Indicator, share: Share, scope: Scope) -> list[dict[str, Any]]:
    """The tabs of an indicator's cases: denominator, numerator, and what lies between."""
    counted = (
        ("all", _("all"), share.whole),
        ("good", _("counted as good"), share.part),
        ("missed", _("missed"), share.missed),
    )
    return [
        {
            "key": key,
            "label": label,
            "count": count,
            "url": address("indicator", scope, indicator.key, part=key),
        }
        for key, label, count in counted
    ]


def department_rows(indicator: Indicator, scope: Scope) -> list[dict[str, Any]]:
    """The share of each department that has a case, lowest rate first."""
    shares = by_department(indicator, scope)
    rows = [
        {
            "department": one,
            "share": shares[one.pk],
            "tone": meter_tone(shares[one.pk]),
            "percent": percent(shares[one.pk].part, shares[one.pk].whole),
            "url": address(
                "indicator", scope, indicator.key, part="missed", department=str(one.pk)
            ),
        }
        for one in scope.departments()
        if one.pk in shares
    ]
    return sorted(rows, key=lambda row: (row["share"].rate or 0, row["department"].name))


def standing_rows(standings: Iterable[Standing], scope: Scope) -> list[dict[str, Any]]:
    return [
        {
            "standing": one,
            "tone": TONES[one.judgement],
            "meter": meter_tone(one.answers),
            "shares": [
                {
                    "percent": percent(one.shares[key].part, one.shares[key].whole),
                    "share": one.shares[key],
                    "label": INDICATORS[key].label,
                    "url": address("indicator", scope, key, department=str(one.department.pk)),
                }
                for key in COMPARED
            ],
            "url": address("desk", scope, department=str(one.department.pk)),
            "work": address("work", scope, department=str(one.department.pk)),
        }
        for one in standings
    ]


def targets() -> str:
    return _(
        "Good: at least %(good)s of answers on time and nothing overdue. To be watched: at least"
        " %(watched)s, and at most one overdue. To be urged: all others. Targets of the platform,"
        " no legal standard."
    ) % {
        "good": percent(round(GOOD_RATE * 100), 100),
        "watched": percent(round(WATCHED_RATE * 100), 100),
    }


def standing_heading() -> list[str]:
    heading = [_("Department"), _("Region")]
    for label in (
        _("On-time answer rate"),
        _("On-time delivery rate"),
        _("Demand satisfaction rate"),
        _("Data updated in time"),
        _("Entries with usable data"),
    ):
        heading += [
            label,
            _("%(figure)s: numerator") % {"figure": label},
            _("%(figure)s: denominator") % {"figure": label},
        ]
    return [
        *heading,
        _("Mean working days to the answer"),
        _("Overdue"),
        _("Lapsed"),
        _("Judgement"),
    ]


def standing_row(one: Standing) -> list[Any]:
    row: list[Any] = [one.department.name, one.department.region.name]
    for key in COMPARED:
        share = one.shares[key]
        row += [None if share.rate is None else round(share.rate, 4), share.part, share.whole]
    days = None if one.days is None else round(one.days, 1)
    return [*row, days, one.overdue, one.lapsed, str(one.judgement.label)]


def work_rows(rows: Iterable[Row], scope: Scope) -> list[dict[str, Any]]:
    """A department a row, a step a cell, each cell a link to its list."""
    known = steps()
    return [
        {
            "row": row,
            "cells": [
                {
                    "step": step,
                    "tally": row.counts.get(step.key, Tally()),
                    "urls": {
                        state: address(
                            "deadlines",
                            scope,
                            step=step.key,
                            state=state,
                            department=str(row.department.pk),
                        )
                        for state in ("open", "today", "overdue")
                    },
                }
                for step in known
            ],
            "url": address("desk", scope, department=str(row.department.pk)),
        }
        for row in rows
    ]


def work_heading() -> list[str]:
    return [
        _("Department"),
        _("Step"),
        _("Open"),
        _("Due today"),
        _("Due within a week"),
        _("Overdue"),
        _("Stands"),
        _("Lapsed in the period"),
    ]


def work_lines(rows: Iterable[Row]) -> Iterator[list[Any]]:
    labels = {step.key: step.label for step in steps()}
    for row in rows:
        for kind, one in sorted(row.counts.items()):
            counts = [one.open, one.today, one.soon, one.overdue, one.stands, one.lapsed]
            yield [row.department.name, labels[kind], *counts]


def compliance_heading() -> list[str]:
    return [
        _("Article"),
        _("What it asks"),
        _("What the portal does"),
        _("What it does not do, and why"),
        _("Figure"),
        _("Open"),
        _("In time"),
        _("Overdue or late"),
    ]


def compliance_rows(chapters: Iterable[Chapter]) -> Iterator[list[Any]]:
    """A row a figure; an article without figures has one row."""
    for chapter in chapters:
        for told in chapter.articles:
            one = told.article
            words = [one.number, str(one.asks), str(one.does), str(one.lacks)]
            if not told.figures:
                yield [*words, "", None, None, None]
            for figure in told.figures:
                if isinstance(figure, ClockFigure):
                    yield [*words, str(figure.label), figure.open, figure.in_time, figure.late]
                else:
                    yield [*words, str(figure.label), figure.number, None, None]
