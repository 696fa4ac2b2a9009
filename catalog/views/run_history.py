"""How the last runs of a job look: rows read, rows changed and seconds, column by column."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from catalog.models import RunState
from catalog.selectors.sync import PastRun
from portal.common import svg

TONES: dict[str, str] = {RunState.FAILED: "stop", RunState.UNCHANGED: "rest"}


@dataclass(frozen=True, slots=True)
class Plot:
    title: str
    chart: SafeString


def history_plots(past: Sequence[PastRun]) -> list[Plot]:
    """Of the last ended runs, the oldest first; a failed one is red. None before there are two.

    Loads into an empty table are left out of the changed rows: beside them nothing else could be
    seen.
    """
    if len(past) < 2:
        return []
    settled = [one for one in past if not one.is_first_load]
    plots = [
        _plot("history-read", _("Rows read by run"), past, lambda one: one.read),
        _plot("history-changed", _("Rows changed by run"), settled, lambda one: one.changed),
        _plot("history-seconds", _("Seconds by run"), past, lambda one: one.seconds or 0.0),
    ]
    return [plot for plot in plots if plot is not None]


def _plot(
    id: str, title: str, past: Sequence[PastRun], value: Callable[[PastRun], float]
) -> Plot | None:
    if len(past) < 2:
        return None
    parts = [
        svg.Part(label=_label(one), value=value(one), tone=TONES.get(one.run.state, "run"))
        for one in past
    ]
    return Plot(title, svg.columns(parts, id=id, title=title))


def _label(past: PastRun) -> str:
    at = timezone.localtime(past.run.queued_at)
    label = f"#{past.run.number} {at:%m-%d}"
    if past.run.state == RunState.FAILED:
        return f"{label} {_('failed')}"
    return label
