import pytest

from portal.common.svg import Part, bars, columns, donut, histogram, sparkline
from portal.common.svg_flow import Box, cut, flow, flow_down
from tests.html_checks import Page, fragment_problems

SHARES = [
    Part("Unconditional", 12, "go"),
    Part("Conditional", 36, "run"),
    Part("Not <shared>", 0, "stop"),
]


def test_bars_are_as_long_as_their_values_and_say_them():
    chart = bars(SHARES, id="by-type", title="By type")
    page = Page(chart)

    assert fragment_problems(chart) == []
    assert [rect.get("width") for rect in page.all("rect")] == ["90", "270", "0"]
    assert [rect.get("class") for rect in page.all("rect")] == [
        "chart-fill-go",
        "chart-fill-run",
        "chart-fill-stop",
    ]
    assert [t.text() for t in page.all("text")] == [
        "Unconditional",
        "12",
        "Conditional",
        "36",
        "Not <shared>",
        "0",
    ]


def test_a_chart_is_named_and_told_to_those_who_hear_it():
    svg = Page(bars(SHARES, id="by-type", title="By <type>")).all("svg")[0]
    title, told = svg.children[:2]

    assert (svg.get("role"), svg.get("aria-labelledby")) == ("img", "by-type-title by-type-desc")
    assert (title.tag, title.get("id"), title.text()) == ("title", "by-type-title", "By <type>")
    assert told.text() == "Unconditional 12; Conditional 36; Not <shared> 0"


def test_columns_stand_on_one_floor_and_the_smallest_is_still_seen():
    chart = columns(SHARES, id="by-run", title="By run")
    page = Page(chart)

    assert fragment_problems(chart) == []
    assert [rect.get("height") for rect in page.all("rect")] == ["20", "60", "1.5"]
    assert {
        float(rect.get("y") or 0) + float(rect.get("height") or 0) for rect in page.all("rect")
    } == {76}
    assert [text.text() for text in page.all("text")] == ["36", "Unconditional", "Not <shared>"]


def test_a_donut_goes_once_round():
    page = Page(donut(SHARES, id="d", title="Shares", centre="48"))

    assert [c.get("stroke-dasharray") for c in page.all("circle")] == ["25 75", "75 25"]
    assert [c.get("stroke-dashoffset") for c in page.all("circle")] == ["0", "-25"]
    assert [t.text() for t in page.all("text")] == ["48"]


def test_parts_without_a_tone_take_the_colours_in_turn():
    page = Page(donut([Part(str(n), 1) for n in range(7)], id="d", title="t"))

    classes = [circle.get("class") for circle in page.all("circle")]
    assert classes == [f"chart-stroke-{n}" for n in (1, 2, 3, 4, 5, 6, 1)]


def test_a_sparkline_runs_from_low_to_high_and_marks_the_last():
    page = Page(sparkline([1, 3, 2], id="s", title="Month"))

    assert page.all("polyline")[0].get("points") == "4,24 60,4 116,14"
    assert (page.all("circle")[0].get("cx"), page.all("circle")[0].get("cy")) == ("116", "14")
    assert page.all("desc")[0].text() == "1, 3, 2"


@pytest.mark.parametrize(
    "chart",
    [
        bars([], id="x", title="Nothing"),
        donut([], id="x", title="Nothing"),
        donut([Part("a", 0)], id="x", title="Nothing"),
        sparkline([], id="x", title="Nothing"),
        sparkline([5], id="x", title="One"),
        sparkline([5, 5], id="x", title="Flat"),
        bars([Part("a", 0)], id="x", title="Nothing"),
    ],
)
def test_nothing_or_little_to_show_is_still_a_chart(chart):
    assert fragment_problems(chart) == []
    assert "nan" not in chart


@pytest.mark.parametrize("value", [-1, float("nan"), float("inf")])
def test_what_has_no_length_is_refused(value):
    with pytest.raises(ValueError, match="values from zero up"):
        Part("a", value)


def test_a_sparkline_refuses_what_is_no_number():
    with pytest.raises(ValueError, match="finite"):
        sparkline([1, float("nan")], id="s", title="t")


def test_a_histogram_has_bars_as_high_as_their_values():
    chart = histogram([Part("0 – 10", 5), Part("10 – 20", 0), Part("20", 10)], id="h", title="H")

    rects = Page(chart).all("rect")
    assert fragment_problems(chart) == []
    assert [(one.get("x"), one.get("height")) for one in rects] == [("0", "20"), ("80", "40")]
    assert "0 – 10 5; 10 – 20 0; 20 10" in chart
    assert histogram([], id="h", title="H").count("<rect") == 0


def test_a_flow_joins_every_box_to_those_of_the_next_station():
    stations = [[Box("A", "one")], [Box("<b>")], [Box("C", tone="go"), Box("D")]]

    drawn = flow(stations, id="f", title="F")

    assert fragment_problems(drawn) == []
    assert (drawn.count("<rect"), drawn.count("<path")) == (4, 3)
    assert "A (one) → &lt;b&gt; → C; D" in drawn
    assert flow([], id="f", title="F").count("<rect") == 0


def test_a_flow_downward_hangs_every_box_on_the_station_above():
    stations = [[Box("A", "one")], [], [Box("<b>")], [Box("C", tone="go"), Box("D")]]

    drawn = flow_down(stations, id="f", title="F")

    page = Page(drawn)
    assert fragment_problems(drawn) == []
    assert page.all("svg")[0].get("viewbox") == "0 0 300 276"
    assert [(one.get("x"), one.get("y")) for one in page.all("rect")] == [
        ("1", "1"),
        ("1", "77"),
        ("29", "153"),
        ("29", "221"),
    ]
    assert [one.get("d") for one in page.all("path")] == [
        "M14 56V76",
        "M14 132V180H28",
        "M14 132V248H28",
    ]
    assert "A (one) → &lt;b&gt; → C; D" in drawn
    assert flow_down([], id="f", title="F").count("<rect") == 0


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("short", "short"),
        ("0123456789", "0123456789"),
        ("0123456789a", "012345678…"),
        ("福建省村级", "福建省村级"),
        ("福建省村级码", "福建省村…"),
        ("", ""),
    ],
)
def test_what_is_too_wide_is_cut_by_how_wide_its_letters_are(text, kept):
    assert cut(text, 10) == kept
