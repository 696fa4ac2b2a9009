"""What flows where as boxes that lines join: from left to right, or downward where it is narrow."""

import itertools
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.html import format_html
from django.utils.safestring import SafeString

from portal.common.svg import drawing, short

BOX_WIDTH = 190
BOX_HEIGHT = 56
BOX_GAP = 12
FLOW_GAP = 48
BOX_LETTERS = 26
NARROW_WIDTH = 300
NARROW_GAP = 20
NARROW_STEP = 28
NARROW_LETTERS = 38


@dataclass(frozen=True, slots=True)
class Box:
    """A station of a flow; `tone` colours its edge, its words say what it is."""

    label: str
    note: str = ""
    tone: str = ""


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
                short,
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
    drawn = [*lines, *shapes]
    return drawing("chart chart-flow", width, round(height), id, title, _told(stations), drawn)


def flow_down(stations: Sequence[Sequence[Box]], *, id: str, title: str) -> SafeString:
    """The same for a telephone: a station under the other, the boxes of a wide one set in.

    Each box hangs on a line from the last box of the station above.
    """
    shapes, lines = [], []
    above: tuple[float, float] | None = None
    top = 0.0
    for boxes in stations:
        if not boxes:
            continue
        left = NARROW_STEP if len(boxes) > 1 else 0
        for box in boxes:
            if above is not None:
                middle = top + BOX_HEIGHT / 2
                down = f"V{short(middle)}H{left}" if left > above[0] else f"V{short(top)}"
                start = f"M{short(above[0] + NARROW_STEP / 2)} {short(above[1])}"
                lines.append(format_html('<path class="flow-line" d="{}{}"/>', start, down))
            shapes.append(_box(box, left, top, NARROW_WIDTH - left, NARROW_LETTERS))
            top += BOX_HEIGHT + BOX_GAP
        above = (left, top - BOX_GAP)
        top += NARROW_GAP - BOX_GAP
    height = round(max(top - NARROW_GAP, 0))
    drawn = [*lines, *shapes]
    kind = "chart chart-flow-down"
    return drawing(kind, NARROW_WIDTH, height, id, title, _told(stations), drawn)


def _told(stations: Sequence[Sequence[Box]]) -> str:
    return " → ".join(
        "; ".join(f"{box.label} ({box.note})" if box.note else box.label for box in boxes)
        for boxes in stations
        if boxes
    )


def _box(
    box: Box, left: float, top: float, width: int = BOX_WIDTH, letters: int = BOX_LETTERS
) -> SafeString:
    return format_html(
        '<rect class="flow-box flow-{}" x="{}" y="{}" width="{}" height="{}" rx="4"/>'
        '<text class="flow-label" x="{}" y="{}">{}</text>'
        '<text class="chart-value" x="{}" y="{}">{}</text>',
        box.tone or "plain",
        short(left + 1),
        short(top + 1),
        width - 2,
        BOX_HEIGHT - 2,
        short(left + 12),
        short(top + 22),
        cut(box.label, letters),
        short(left + 12),
        short(top + 42),
        cut(box.note, letters),
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
