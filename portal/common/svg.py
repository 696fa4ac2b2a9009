"""Charts as SVG: pure functions from numbers to markup, without script, printable, readable aloud.

Colours and type come from the page's stylesheet by class; a series is told apart by its words and
its place, never by colour alone. Put the numbers in a table beside each chart.
"""

import itertools
import math
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

BAR_HEIGHT = 14
ROW_HEIGHT = 26
LABEL_WIDTH = 150
VALUE_WIDTH = 60
WIDTH = 480
COLOURS = 6
BOX_WIDTH = 190
BOX_HEIGHT = 56
BOX_GAP = 12
FLOW_GAP = 48
BOX_LETTERS = 26


@dataclass(frozen=True, slots=True)
class Part:
    """One value of a chart with its words; `tone` (go, run, wait, stop, rest) sets the colour."""

    label: str
    value: float
    tone: str = ""

    def __post_init__(self) -> None:
        if self.value < 0 or not math.isfinite(self.value):
            raise ValueError(f"a chart shows values from zero up, not {self.value}")


@dataclass(frozen=True, slots=True)
class Box:
    """A station of a flow; `tone` colours its edge, its words say what it is."""

    label: str
    note: str = ""
    tone: str = ""


def bars(parts: Sequence[Part], *, id: str, title: str) -> SafeString:
    """Bars, one under the other, each with its label at the left and its value at the right."""
    largest = max((part.value for part in parts), default=0)
    room = WIDTH - LABEL_WIDTH - VALUE_WIDTH
    rows = []
    for place, part in enumerate(parts):
        top = place * ROW_HEIGHT
        length = part.value / largest * room if largest else 0
        rows.append(
            format_html(
                '<text class="chart-label" x="{}" y="{}">{}</text>'
                '<rect class="{}" x="{}" y="{}" width="{}" height="{}"/>'
                '<text class="chart-value" x="{}" y="{}">{}</text>',
                LABEL_WIDTH - 8,
                top + 17,
                part.label,
                _fill(part, 0),
                LABEL_WIDTH,
                top + 6,
                _short(length),
                BAR_HEIGHT,
                _short(LABEL_WIDTH + length + 6),
                top + 17,
                _number(part.value),
            )
        )
    height = max(len(parts), 1) * ROW_HEIGHT
    return _chart("chart chart-bars", WIDTH, height, id, title, _told(parts), rows)


def donut(parts: Sequence[Part], *, id: str, title: str, centre: str = "") -> SafeString:
    """Shares of a whole as arcs of a ring, clockwise from the top, with `centre` in the middle."""
    whole = sum(part.value for part in parts)
    arcs = []
    before = 0.0
    for place, part in enumerate(parts):
        if part.value == 0:
            continue
        share = part.value / whole * 100
        arcs.append(
            format_html(
                '<circle class="{}" cx="60" cy="60" r="46" pathLength="100" '
                'stroke-dasharray="{} {}" stroke-dashoffset="{}" transform="rotate(-90 60 60)"/>',
                _stroke(part, place),
                _short(share),
                _short(100 - share),
                _short(-before),
            )
        )
        before += share
    if not arcs:
        arcs.append(SafeString('<circle class="chart-stroke-empty" cx="60" cy="60" r="46"/>'))
    if centre:
        arcs.append(format_html('<text class="chart-centre" x="60" y="66">{}</text>', centre))
    return _chart("chart chart-donut", 120, 120, id, title, _told(parts), arcs)


def histogram(parts: Sequence[Part], *, id: str, title: str) -> SafeString:
    """Bars side by side without an axis: the shape of a distribution; ends and rows are told."""
    largest = max((part.value for part in parts), default=0)
    width = 120 / max(len(parts), 1)
    shapes = [
        format_html(
            '<rect x="{}" y="{}" width="{}" height="{}"/>',
            _short(place * width),
            _short(40 - height),
            _short(max(width - 1, 0.5)),
            _short(height),
        )
        for place, part in enumerate(parts)
        if (height := part.value / largest * 40 if largest else 0)
    ]
    return _chart("spark spark-tall", 120, 40, id, title, _told(parts), shapes)


def flow(stations: Sequence[Sequence[Box]], *, id: str, title: str) -> SafeString:
    """Boxes from left to right, those of one station under one another, each joined to the next."""
    tallest = max((len(boxes) for boxes in stations), default=0)
    height = max(tallest * (BOX_HEIGHT + BOX_GAP) - BOX_GAP, 0)
    width = max(len(stations) * (BOX_WIDTH + FLOW_GAP) - FLOW_GAP, 0)
    shapes = []
    joints: list[list[tuple[float, float]]] = []
    for place, boxes in enumerate(stations):
        left = place * (BOX_WIDTH + FLOW_GAP)
        high = len(boxes) * (BOX_HEIGHT + BOX_GAP) - BOX_GAP
        top = (height - high) / 2
        joints.append([])
        for box in boxes:
            shapes.append(_box(box, left, top))
            joints[-1].append((left, top + BOX_HEIGHT / 2))
            top += BOX_HEIGHT + BOX_GAP
    lines = [
        format_html(
            '<path class="flow-line" d="M{} {}C{} {} {} {} {} {}"/>',
            *map(
                _short,
                (
                    *(x + BOX_WIDTH, y),
                    *(x + BOX_WIDTH + FLOW_GAP / 2, y),
                    *(other_x - FLOW_GAP / 2, other_y),
                    *(other_x, other_y),
                ),
            ),
        )
        for before, after in itertools.pairwise(joints)
        for x, y in before
        for other_x, other_y in after
    ]
    told = " → ".join(
        "; ".join(f"{box.label} ({box.note})" if box.note else box.label for box in boxes)
        for boxes in stations
    )
    return _chart("chart chart-flow", width, round(height), id, title, told, [*lines, *shapes])


def _box(box: Box, left: float, top: float) -> SafeString:
    return format_html(
        '<rect class="flow-box flow-{}" x="{}" y="{}" width="{}" height="{}" rx="4"/>'
        '<text class="flow-label" x="{}" y="{}">{}</text>'
        '<text class="chart-value" x="{}" y="{}">{}</text>',
        box.tone or "plain",
        _short(left + 1),
        _short(top + 1),
        BOX_WIDTH - 2,
        BOX_HEIGHT - 2,
        _short(left + 12),
        _short(top + 22),
        cut(box.label, BOX_LETTERS),
        _short(left + 12),
        _short(top + 42),
        cut(box.note, BOX_LETTERS),
    )


def cut(text: str, width: int) -> str:
    """The text within `width` Latin letters, of which Chinese characters take two each."""
    if sum(map(_width, text)) <= width:
        return text
    kept = text
    while kept and sum(map(_width, kept)) > width - 1:
        kept = kept[:-1]
    return f"{kept}…"


def _width(character: str) -> int:
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def sparkline(values: Sequence[float], *, id: str, title: str) -> SafeString:
    """The course of a figure in a line without axes; the last value has a dot."""
    if any(not math.isfinite(value) for value in values):
        raise ValueError("a sparkline shows finite values")
    told = ", ".join(_number(value) for value in values)
    if not values:
        return _chart("spark", 120, 28, id, title, told, [])
    low, high = min(values), max(values)
    span = (high - low) or 1
    step = 112 / max(len(values) - 1, 1)
    points = [
        (4 + place * step, 24 - (value - low) / span * 20 if high > low else 14)
        for place, value in enumerate(values)
    ]
    line = " ".join(f"{_short(x)},{_short(y)}" for x, y in points)
    last_x, last_y = points[-1]
    shapes = [
        format_html('<polyline points="{}"/>', line),
        format_html('<circle cx="{}" cy="{}" r="2.5"/>', _short(last_x), _short(last_y)),
    ]
    return _chart("spark", 120, 28, id, title, told, shapes)


def _chart(
    kind: str,
    width: int,
    height: int,
    id: str,
    title: str,
    told: str,
    shapes: Sequence[SafeString],
) -> SafeString:
    return format_html(
        '<svg class="{}" viewBox="0 0 {} {}" role="img" aria-labelledby="{}-title {}-desc">'
        '<title id="{}-title">{}</title><desc id="{}-desc">{}</desc>{}</svg>',
        kind,
        width,
        height,
        id,
        id,
        id,
        title,
        id,
        told,
        format_html_join("", "{}", ((shape,) for shape in shapes)),
    )


def _told(parts: Sequence[Part]) -> str:
    return "; ".join(f"{part.label} {_number(part.value)}" for part in parts)


def _fill(part: Part, place: int) -> str:
    return f"chart-fill-{part.tone or place % COLOURS + 1}"


def _stroke(part: Part, place: int) -> str:
    return f"chart-stroke-{part.tone or place % COLOURS + 1}"


def _number(value: float) -> str:
    return f"{value:,.10g}" if isinstance(value, float) else f"{value:,}"


def _short(value: float) -> str:
    return f"{value or 0:.2f}".rstrip("0").rstrip(".")
