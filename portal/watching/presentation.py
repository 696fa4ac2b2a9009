"""Cases and rules in words."""

from collections.abc import Iterable
from typing import Any

from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from portal.common.text import Text

from .forms import StepForm
from .limits import InForce
from .models import Alert, CaseMove, CaseState, CaseStep
from .rules import RULES
from .selectors import Case

TONES: dict[str, str] = {
    CaseState.OPEN: "wait",
    CaseState.LOOKED_AT: "run",
    CaseState.TRUE: "stop",
    CaseState.FALSE: "rest",
}
BUTTONS: dict[CaseMove, Text] = {
    CaseMove.LOOK: gettext_lazy("Take the case up"),
    CaseMove.NOTE: gettext_lazy("Add a note"),
    CaseMove.CONFIRM: gettext_lazy("Close: a true alarm"),
    CaseMove.DISMISS: gettext_lazy("Close: a false alarm"),
    CaseMove.REOPEN: gettext_lazy("Open the case again"),
}
HELP: dict[CaseMove, Text] = {
    CaseMove.LOOK: gettext_lazy(
        "The others see that you are at it. A case is closed after it was taken up."
    ),
    CaseMove.NOTE: gettext_lazy("Whoever works on the case reads it; the requester does not."),
    CaseMove.CONFIRM: gettext_lazy(
        "Say what happened and what follows. The agreement itself is suspended on its own page."
    ),
    CaseMove.DISMISS: gettext_lazy("Say what explains it; the false alarms of a rule are counted."),
    CaseMove.REOPEN: gettext_lazy("Say why it is not settled."),
}
# What the figures of an alert are called; any other name is shown as it is.
FIGURES: dict[str, Text] = {
    "rows": gettext_lazy("Rows"),
    "calls": gettext_lazy("Calls"),
    "most_before": gettext_lazy("Most rows of a day before"),
    "days_before": gettext_lazy("Days with draws before"),
    "nights_before": gettext_lazy("Nights with draws before"),
    "denied": gettext_lazy("Denials of the day"),
    "at_once": gettext_lazy("Most of them within the time"),
    "network": gettext_lazy("Network"),
    "networks_before": gettext_lazy("Networks known before"),
    "numbers": gettext_lazy("Different numbers tried"),
    "steps": gettext_lazy("Steps upwards"),
    "first": pgettext_lazy("value", "First value"),
    "last": pgettext_lazy("value", "Last value"),
    "days": gettext_lazy("Days of silence"),
    "act": gettext_lazy("What it did"),
    "last_seen": gettext_lazy("Last seen"),
    "announced": gettext_lazy("End of the service announced"),
}


def tone(alert: Alert) -> str:
    return TONES[alert.state]


def facts(case: Case) -> list[dict[str, Any]]:
    """Who and what it is about, for the head of the page."""
    alert = case.alert
    who = alert.actor_name or _("the requester of the agreement")
    rows: list[dict[str, Any]] = [
        {"name": _("Day"), "value": alert.day.isoformat()},
        {"name": _("Who"), "value": _linked(who, case.actor_url)},
    ]
    if alert.agreement is not None:
        one = alert.agreement
        rows += [
            {
                "name": _("Agreement"),
                "value": _linked(
                    one.number, one.get_absolute_url() if case.opens_agreement else ""
                ),
            },
            {
                "name": _("Resource"),
                "value": _linked(str(one.resource), one.resource.get_absolute_url()),
            },
            {"name": _("Requester"), "value": one.requester},
            {"name": _("Provider"), "value": one.provider},
        ]
    return rows


def _linked(words: str, url: str) -> str:
    """The words as a link, for who may go there."""
    return format_html('<a href="{}">{}</a>', url, words) if url else words


def figures(alert: Alert) -> list[dict[str, Any]]:
    """What was counted."""
    return [
        {"name": FIGURES.get(name, name), "value": _plain(value)}
        for name, value in alert.figures["found"].items()
    ]


def limits(alert: Alert) -> list[dict[str, Any]]:
    """By what it was judged, in the words of the rule."""
    labels = (
        {one.name: one.label for one in RULES[alert.rule].thresholds} if alert.rule in RULES else {}
    )
    return [
        {"name": labels.get(name, name), "value": _plain(value)}
        for name, value in alert.figures["limits"].items()
    ]


def _plain(value: object) -> str:
    return f"{value:,}" if isinstance(value, int) else str(value)


def acts(case: Case, wrong: dict[CaseMove, StepForm]) -> list[dict[str, Any]]:
    """The steps that this person can take now, the usual one first."""
    usual = [how for how in case.moves if how != CaseMove.NOTE]
    ordered = usual + [how for how in case.moves if how == CaseMove.NOTE]
    return [
        {
            "move": how.value,
            "label": BUTTONS[how],
            "help": HELP[how],
            "form": wrong.get(how) or StepForm(initial={"version": case.alert.version}, how=how),
            "is_danger": how == CaseMove.CONFIRM,
            "is_open": how in wrong,
        }
        for how in ordered
    ]


def record(steps: Iterable[CaseStep]) -> list[dict[str, Any]]:
    return [
        {
            "who": one.by or _("The portal"),
            "did": one.get_move_display(),
            "words": one.words,
            "at": one.at,
        }
        for one in steps
    ]


def thresholds(held: InForce) -> list[dict[str, Any]]:
    return [
        {"name": one.label, "value": _plain(held.limits[one.name])} for one in held.rule.thresholds
    ]


def evidence_url(case: Case) -> str:
    """The pack of the agreement's request: whoever sees the case may take it."""
    if case.alert.agreement is None:
        return ""
    return reverse("watching:case_evidence", args=[case.alert.pk])
