from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from django.core.paginator import Paginator
from django.template import Context, RequestContext, Template, TemplateSyntaxError
from django.utils.translation import override

from portal.common.decisions import ALLOWED, denied
from portal.common.icons import UnknownIcon
from tests.html_checks import fragment_problems


@pytest.fixture(autouse=True)
def _in_english():
    with override("en"):
        yield


def shown(source: str, **context: object) -> str:
    """The source rendered with our tags, white space between words folded."""
    template = Template("{% load i18n portal %}" + source)
    html = template.render(Context(context))
    assert fragment_problems(html) == []
    return " ".join(html.split())


def test_an_icon_is_hidden_from_those_who_hear_the_page():
    assert shown('{% icon "home" %}') == (
        '<svg class="icon" aria-hidden="true" focusable="false">'
        '<use href="/static/vendor/icons.svg#home"/></svg>'
    )


def test_an_icon_that_does_not_exist_is_an_error():
    with pytest.raises(UnknownIcon, match="no icon 'unicorn'"):
        shown('{% icon "unicorn" %}')


def test_crumbs_lead_back_and_end_here(settings):
    settings.ROOT_URLCONF = "tests.common.urls"

    html = shown('{% crumb "Catalogue" "catalog:resource_list" %}{% crumb name %}', name="<x>")

    assert html == (
        '<li><a href="/catalog/">Catalogue</a></li><li aria-current="page">&lt;x&gt;</li>'
    )


@pytest.mark.parametrize(
    ("value", "tone"), [("unconditional", "go"), ("conditional", "run"), ("not_shared", "stop")]
)
def test_a_sharing_attribute_has_its_colour_and_its_word(value, tone):
    thing = SimpleNamespace(
        sharing_attribute=value, get_sharing_attribute_display=lambda: "the word"
    )

    assert shown("{% sharing_tag thing %}", thing=thing) == (
        f'<span class="tag tag-{tone}">the word</span>'
    )


def test_a_state_says_who_acts_next():
    assert shown('{% state "wait" "Answering" actor %}', actor="Mr <Zhou>") == (
        '<span class="state state-wait">Answering</span> '
        '<span class="next-actor">Next: Mr &lt;Zhou&gt;</span>'
    )
    assert shown('{% state "go" "Agreed" %}') == '<span class="state state-go">Agreed</span>'


def test_a_tone_that_does_not_exist_is_an_error():
    with pytest.raises(ValueError, match="tone 'pink'"):
        shown('{% tag "pink" "x" %}')


def test_a_missing_button_is_replaced_by_its_reason():
    source = "{% allowed may %}<button>Revoke</button>{% endallowed %}"

    assert shown(source, may=ALLOWED) == "<button>Revoke</button>"
    refused = shown(source, may=denied("Only the <provider> may."))
    assert "<button>" not in refused
    assert "Only the &lt;provider&gt; may." in refused
    assert shown("{% reason may %}", may=ALLOWED) == ""


def test_a_card_is_a_section_named_by_its_head():
    html = shown(
        '{% card "items" title note="3 items" link="/all/" %}<p>x</p>{% endcard %}', title="<I>"
    )

    assert '<section class="card" id="items" aria-labelledby="h-items">' in html
    assert '<h2 id="h-items">&lt;I&gt;</h2>' in html
    assert '<span class="end"><a href="/all/">3 items</a></span>' in html
    assert "<p>x</p>" in html


def test_a_table_is_a_region_that_scrolls_and_has_a_caption():
    html = shown(
        '{% data_table "Rows" tight=True %}<tbody><tr><td>{{ x }}</td></tr></tbody>'
        "{% enddata_table %}",
        x="<1>",
    )

    assert '<div class="table-scroll" role="region" aria-label="Rows" tabindex="0">' in html
    assert '<table class="data-table is-tight">' in html
    assert "<td>&lt;1&gt;</td>" in html


def test_task_lists_stack_on_phones():
    html = shown('{% data_table "Rows" stacks=True %}<tbody></tbody>{% enddata_table %}')

    assert 'class="data-table rows-on-phone"' in html


def test_notices_help_and_empty_states_keep_their_content():
    assert '<div class="notice notice-wait"><b>T</b> x</div>' in shown(
        '{% notice "wait" "T" %}x{% endnotice %}'
    )
    assert "<summary>Why?</summary><div>Art. 20</div>" in shown(
        '{% law_help "Why?" %}Art. 20{% endlaw_help %}'
    )
    assert '<div class="empty-state"><h2>None</h2><p>x</p></div>' in shown(
        '{% empty_state "None" %}<p>x</p>{% endempty_state %}'
    )


def test_code_can_be_copied_and_keeps_its_lines():
    source = "{% load portal %}{% code_block 'c' 'Call' %}\na {{ x }}\n  b\n{% endcode_block %}"

    html = Template(source).render(Context({"x": "<token>"}))

    assert 'id="c" tabindex="0" aria-label="Call">a &lt;token&gt;\n  b</pre>' in html
    assert 'data-copy="c" hidden>' in html


@pytest.mark.parametrize(
    ("part", "whole", "width"), [(1, 4, "25.0"), (9, 4, "100.0"), (0, 0, "0.0"), (-1, 4, "0.0")]
)
def test_a_meter_stays_between_nothing_and_full(part, whole, width):
    html = shown("{% meter part whole %}", part=part, whole=whole)

    assert f'<rect width="{width}%" height="100%"/>' in html


def test_steps_say_which_is_now():
    steps = [
        {"title": "Draft", "words": "10 Nov", "state": "done"},
        {"title": "Answer", "words": "", "state": "now"},
        {"title": "Share", "words": "", "state": ""},
    ]

    html = shown(
        '{% include "components/step_bar.html" with label="P" steps=steps only %}', steps=steps
    )

    assert '<li class="is-done"><b>Draft</b>10 Nov</li>' in html
    assert '<li class="is-now" aria-current="step"><b>Answer</b></li>' in html
    assert "<li><b>Share</b></li>" in html


def test_figures_lead_to_their_lists():
    figures = [
        {"label": "Waiting", "value": 7, "words": "1 due today", "tone": "warn", "url": "/tasks/"},
        {"label": "Rate", "value": "97.1", "unit": "%"},
    ]

    html = shown(
        '{% include "components/figures.html" with label="F" figures=figures only %}',
        figures=figures,
    )

    assert '<a href="/tasks/"><span class="figure-label">Waiting</span>' in html
    assert '<span class="tiny warn">1 due today</span></a>' in html
    assert '<span class="figure-value">97.1<small>%</small></span></div>' in html


def test_a_summary_shows_what_is_empty_and_what_may_change():
    rows = [
        {"name": "Basis", "value": "Art. 9", "change_url": "/edit/"},
        {"name": "Until", "value": None},
        {"name": "Rows", "value": 0},
    ]

    html = shown('{% include "components/summary_list.html" with rows=rows only %}', rows=rows)

    assert '<a href="/edit/">Change<span class="visually-hidden"> Basis</span></a>' in html
    assert '<dt>Until</dt><dd><span class="quiet">—</span></dd>' in html
    assert "<dt>Rows</dt><dd>0</dd>" in html


def test_a_record_tells_who_did_what_when_and_in_which_words():
    entries = [
        {
            "at": datetime(2025, 11, 12, 6, 31, tzinfo=UTC),
            "who": "Sun",
            "did": "agreed",
            "words": "Yes",
        }
    ]

    html = shown(
        '{% include "components/record.html" with label="R" entries=entries only %}',
        entries=entries,
    )

    assert "12 Nov 2025 14:31</time><div><b>Sun</b> agreed<q>Yes</q></div>" in html


def test_checks_have_a_sign_beside_their_words():
    checks = [{"tone": "ok", "words": "Complete"}, {"tone": "bad", "words": "No basis"}]

    html = shown(
        '{% include "components/check_list.html" with checks=checks only %}', checks=checks
    )

    assert '<li class="ok">' in html
    assert "icons.svg#circle-check" in html
    assert "icons.svg#circle-x" in html


def foot(page, rf, address="/x/?q=a&page=3") -> str:
    source = '{% include "components/table_foot.html" with page=page only %}'
    html = Template(source).render(RequestContext(rf.get(address), {"page": page}))
    assert fragment_problems(html) == []
    return html


def test_paging_keeps_the_other_parameters_and_leaves_gaps(rf):
    html = foot(Paginator(range(4000), 20).page(10), rf)

    assert "<span>181 to 200 of 4,000</span>" in html
    assert 'href="?q=a&amp;page=9" rel="prev">Previous</a>' in html
    assert '<span aria-current="page">10</span>' in html
    assert html.count('<span aria-hidden="true">…</span>') == 2


def test_one_page_needs_no_links(rf):
    html = foot(Paginator(range(3), 20).page(1), rf)

    assert "<span>1 to 3 of 3</span>" in html
    assert "<nav" not in html


def test_keyset_paging_has_only_next_and_previous():
    html = shown(
        '{% include "components/table_foot.html" with words="50 shown" next_url="?after=x" only %}'
    )

    assert '<a href="?after=x" rel="next">Next</a>' in html
    assert "Previous" not in html


def test_chips_can_be_removed_one_by_one():
    html = shown(
        '{% include "components/chips.html" with chips=chips clear_url="?" only %}',
        chips=[{"label": "Education", "url": "?q=a"}],
    )

    assert '<a class="chip" href="?q=a">Education' in html
    assert '<a href="?">Clear all</a>' in html
    assert shown('{% include "components/chips.html" with chips=chips only %}', chips=[]) == ""


def test_facets_show_counts_and_choices():
    options = [
        {"value": "1", "label": "Education", "count": 1234, "is_chosen": True},
        {"value": "2", "label": "Health", "count": 0, "is_chosen": False},
    ]

    html = shown(
        '{% include "components/facet.html" with name="d" title="D" options=options only %}',
        options=options,
    )

    assert (
        'name="d" value="1" checked><span>Education</span><span class="count">1,234</span>' in html
    )
    assert 'name="d" value="2"><span>Health</span><span class="count">0</span>' in html


def test_a_tag_without_its_argument_is_an_error():
    with pytest.raises(TemplateSyntaxError):
        shown("{% card %}{% endcard %}")
