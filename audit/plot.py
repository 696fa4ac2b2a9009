"""The timeline of a search as columns, in SVG without script."""

from collections.abc import Iterator

from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from audit.selectors import Slot, Timeline
from portal.common.dates import prose_date

WIDTH, HEIGHT = 1060, 132
LEFT, TOP, BOTTOM = 44, 18, 20
LABELS = 12  # as many as stand beside each other without touching


def columns(timeline: Timeline) -> SafeString:
    """One column a slot; the denied part at its foot in red, with its number above the column."""
    largest = max((slot.entries for slot in timeline.slots), default=0)
    return format_html(
        '<svg class="chart chart-timeline" viewBox="0 0 {} {}" role="img" aria-label="{}">{}{}</svg>',
        WIDTH,
        HEIGHT,
        in_words(timeline),
        _axis(largest),
        format_html_join("", "{}", ((shape,) for shape in _shapes(timeline, largest))),
    )


def in_words(timeline: Timeline) -> str:
    """What the plot shows, for who does not see it."""
    words = ngettext("%(number)s entry", "%(number)s entries", timeline.entries) % {
        "number": f"{timeline.entries:,}"
    }
    most = max(timeline.slots, key=lambda slot: slot.entries)
    if most.entries == 0:
        return words
    told = {"words": words, "slot": name(most, timeline), "most": f"{most.entries:,}"}
    return _("%(words)s; most in one slot: %(most)s (%(slot)s)") % told


def name(slot: Slot, timeline: Timeline) -> str:
    """The hour or the day of a slot."""
    if not timeline.is_hourly:
        return prose_date(slot.at, weekday=False)
    here = timezone.localtime(slot.at)
    if len(timeline.slots) > 24:
        return f"{prose_date(here, weekday=False)} {here:%H:%M}"
    return f"{here:%H:%M}"


def _label(slot: Slot, timeline: Timeline) -> str:
    """What stands under a column: short, so that the day is named only where it begins."""
    here = timezone.localtime(slot.at)
    if timeline.is_hourly and (here.hour or len(timeline.slots) <= 24):
        return f"{here:%H:%M}"
    return prose_date(here, weekday=False)


def _axis(largest: int) -> SafeString:
    base = HEIGHT - BOTTOM
    return format_html(
        '<text text-anchor="end" x="{}" y="{}">{}</text>'
        '<text text-anchor="end" x="{}" y="{}">0</text>'
        '<rect class="chart-fill-rest" x="{}" y="{}" width="{}" height="1"/>',
        LEFT - 6,
        TOP + 8,
        f"{largest:,}" if largest else "",
        LEFT - 6,
        base,
        LEFT,
        base,
        WIDTH - LEFT,
    )


def _shapes(timeline: Timeline, largest: int) -> Iterator[SafeString]:
    step = (WIDTH - LEFT) / max(len(timeline.slots), 1)
    every = -(-len(timeline.slots) // LABELS)
    base = HEIGHT - BOTTOM
    for place, slot in enumerate(timeline.slots):
        x = LEFT + place * step
        if place % every == 0:
            yield format_html(
                '<text text-anchor="middle" x="{}" y="{}">{}</text>',
                round(x + step / 2, 1),
                HEIGHT - 4,
                _label(slot, timeline),
            )
        if slot.entries == 0:
            continue
        yield _column(x + step * 0.15, step * 0.7, base, slot.entries / largest, "chart-fill-1")
        if slot.denied:
            share = slot.denied / largest
            yield _column(x + step * 0.15, step * 0.7, base, share, "chart-fill-stop")
            yield format_html(
                '<text text-anchor="middle" x="{}" y="{}">{}</text>',
                round(x + step / 2, 1),
                round(base - max(slot.entries / largest * (base - TOP), 2) - 4, 1),
                _("%(number)s denied") % {"number": slot.denied} if step > 60 else slot.denied,
            )


def _column(x: float, width: float, base: int, share: float, fill: str) -> SafeString:
    height = max(share * (base - TOP), 2)  # a single one among thousands is still seen
    return format_html(
        '<rect class="{}" x="{}" y="{}" width="{}" height="{}"/>',
        fill,
        round(x, 1),
        round(base - height, 1),
        round(width, 1),
        round(height, 1),
    )
