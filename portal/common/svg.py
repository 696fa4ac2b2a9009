"""Charts as SVG: pure functions from numbers to markup, without script, printable, readable aloud.

Colours and type come from the page's stylesheet by class; a series is told apart by its words and
its place, never by colour alone. Put the numbers in a table beside each chart.
"""

import math
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
COLUMNS_WIDTH = 240
COLUMN_TOP = 16
COLUMN_HEIGHT = 60
WIDEST_COLUMN = 24


@dataclass(frozen=True, slots=True)
class Part:
    """One value of a chart with its words; `tone` (go, run, wait, stop, rest) sets the colour."""

    label: str
    value: float
    tone: str = ""

    def __post_init__(self) -> None:
        if self.value < 0 or not math.isfinite(self.value):
            raise ValueError(f"a chart shows values from zero up, not {self.value}")


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
                short(length),
                BAR_HEIGHT,
                short(LABEL_WIDTH + length + 6),
                top + 17,
                _number(part.value),
            )
        )
    height = max(len(parts), 1) * ROW_HEIGHT
    return drawing("chart chart-bars", WIDTH, height, id, title, _told(parts), rows)


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
                short(share),
                short(100 - share),
                short(-before),
            )
        )
        before += share
    if not arcs:
        arcs.append(SafeString('<circle class="chart-stroke-empty" cx="60" cy="60" r="46"/>'))
    if centre:
        arcs.append(format_html('<text class="chart-centre" x="60" y="66">{}</text>', centre))
    return drawing("chart chart-donut", 120, 120, id, title, _told(parts), arcs)


def histogram(parts: Sequence[Part], *, id: str, title: str) -> SafeString:
    """Bars side by side without an axis: the shape of a distribution; ends and rows are told."""
    largest = max((part.value for part in parts), default=0)
    width = 120 / max(len(parts), 1)
    shapes = [
        format_html(
            '<rect x="{}" y="{}" width="{}" height="{}"/>',
            short(place * width),
            short(40 - height),
            short(max(width - 1, 0.5)),
            short(height),
        )
        for place, part in enumerate(parts)
        if (height := part.value / largest * 40 if largest else 0)
    ]
    return drawing("spark spark-tall", 120, 40, id, title, _told(parts), shapes)


def columns(parts: Sequence[Part], *, id: str, title: str) -> SafeString:
    """Columns side by side on a common floor, oldest left: the largest value and both ends are told."""
    largest = max((part.value for part in parts), default=0)
    floor = COLUMN_TOP + COLUMN_HEIGHT
    step = COLUMNS_WIDTH / max(len(parts), 1)
    width = min(step * 0.8, WIDEST_COLUMN)
    shapes = [
        format_html(
            '<text class="chart-value" x="0" y="11">{}</text>'
            '<path class="chart-line" d="M0 {}H{}M0 {}H{}"/>',
            _number(largest),
            COLUMN_TOP,
            COLUMNS_WIDTH,
            floor,
            COLUMNS_WIDTH,
        )
    ]
    for place, part in enumerate(parts):
        height = part.value / largest * COLUMN_HEIGHT if largest else 0
        # What is nearly nothing is still to be seen, in its colour.
        height = max(height, 1.5)
        shapes.append(
            format_html(
                '<rect class="{}" x="{}" y="{}" width="{}" height="{}"/>',
                _fill(part, 0),
                short(place * step + (step - width) / 2),
                short(floor - height),
                short(width),
                short(height),
            )
        )
    if parts:
        ends = '<text class="chart-value" x="0" y="{}">{}</text>'
        shapes.append(format_html(ends, floor + 15, parts[0].label))
    if len(parts) > 1:
        ends = '<text class="chart-value chart-end" x="{}" y="{}">{}</text>'
        shapes.append(format_html(ends, COLUMNS_WIDTH, floor + 15, parts[-1].label))
    return drawing(
        "chart chart-columns", COLUMNS_WIDTH, floor + 20, id, title, _told(parts), shapes
    )


def sparkline(values: Sequence[float], *, id: str, title: str) -> SafeString:
    """The course of a figure in a line without axes; the last value has a dot."""
    if any(not math.isfinite(value) for value in values):
        raise ValueError("a sparkline shows finite values")
    told = ", ".join(_number(value) for value in values)
    if not values:
        return drawing("spark", 120, 28, id, title, told, [])
    low, high = min(values), max(values)
    span = (high - low) or 1
    step = 112 / max(len(values) - 1, 1)
    points = [
        (4 + place * step, 24 - (value - low) / span * 20 if high > low else 14)
        for place, value in enumerate(values)
    ]
    line = " ".join(f"{short(x)},{short(y)}" for x, y in points)
    last_x, last_y = points[-1]
    shapes = [
        format_html('<polyline points="{}"/>', line),
        format_html('<circle cx="{}" cy="{}" r="2.5"/>', short(last_x), short(last_y)),
    ]
    return drawing("spark", 120, 28, id, title, told, shapes)


def drawing(
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


def short(value: float) -> str:
    return f"{value or 0:.2f}".rstrip("0").rstrip(".")
