"""`{% load portal %}`: the tags and filters of the pages; docs/adr/0002-pages.md lists them."""

from datetime import date, datetime, timedelta
from typing import Any

from django import template
from django.core.paginator import Page
from django.forms import BaseForm, BoundField
from django.forms.formsets import BaseFormSet
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from portal.common import dates, form_errors, icons, numbers
from portal.common.decisions import Decision
from portal.common.text import Text
from portal.common.worded import said

register = template.Library()

TONES = frozenset({"rest", "run", "wait", "go", "stop"})
SHARING_TONES = {"unconditional": "go", "conditional": "run", "not_shared": "stop"}


def checked_tone(tone: str) -> str:
    if tone not in TONES:
        raise ValueError(f"tone {tone!r} is none of {', '.join(sorted(TONES))}")
    return tone


# Small things in a line


@register.simple_tag
def icon(name: str) -> SafeString:
    """A picture beside words, hidden from readers that do not see it."""
    return format_html(
        '<svg class="icon" aria-hidden="true" focusable="false"><use href="{}#{}"/></svg>',
        static(icons.SPRITE),
        icons.check(name),
    )


@register.simple_tag
def crumb(label: Text, view: str = "", *args: Any) -> SafeString:
    """One step of the way to this page; without a view it is the page itself."""
    if not view:
        return format_html('<li aria-current="page">{}</li>', label)
    return format_html('<li><a href="{}">{}</a></li>', reverse(view, args=args), label)


@register.simple_tag
def tag(tone: str, label: Text) -> SafeString:
    """An attribute of a thing, as a filled tag."""
    return format_html('<span class="tag tag-{}">{}</span>', checked_tone(tone), label)


@register.simple_tag
def sharing_tag(thing: Any) -> SafeString:
    """The sharing attribute of a resource or item: green, blue or red with its word."""
    words = thing.get_sharing_attribute_display()
    return tag(SHARING_TONES[thing.sharing_attribute], words)


@register.simple_tag
def state(tone: str, label: Text, next_actor: Text = "") -> SafeString:
    """Where a thing stands, as a dot with words, and who acts next."""
    return mark_safe(  # noqa: S308 - the template escapes
        render_to_string(
            "components/state.html",
            {"tone": checked_tone(tone), "label": label, "next_actor": next_actor},
        ).strip()
    )


@register.simple_tag
def reason(decision: Decision) -> SafeString:
    """Why a button is missing; nothing when the decision allows."""
    if decision:
        return SafeString("")
    return mark_safe(  # noqa: S308 - the template escapes
        render_to_string("components/reason.html", {"reason": decision.reason})
    )


# Numbers and dates

register.filter("grouped", numbers.grouped)
register.filter("spoken", numbers.spoken)
register.simple_tag(numbers.rate, name="rate")
register.filter("row_count", numbers.rows)


@register.filter(expects_localtime=True)
def prose_date(value: date | datetime | None) -> str:
    return "" if value is None else dates.prose_date(value)


@register.filter
def plain_date(value: date | datetime | None) -> str:
    """11月23日 or 23 Nov, without the weekday."""
    return "" if value is None else dates.prose_date(value, weekday=False)


@register.filter
def prose_moment(value: datetime | None) -> str:
    return "" if value is None else dates.prose_moment(value)


register.filter("weekday_and_day", dates.weekday_and_day)
register.filter("said", said)


@register.filter
def iso_date(value: date | datetime | None) -> str:
    return "" if value is None else dates.local_date(value).isoformat()


@register.filter
def iso_moment(value: datetime | None) -> str:
    return "" if value is None else dates.iso_moment(value)


@register.filter
def in_minutes(value: timedelta) -> int:
    return round(value.total_seconds() / 60)


# Blocks around content


@register.simple_block_tag
def card(
    content: str, id: str, title: Text, note: Text = "", link: str = "", kind: str = ""
) -> str:
    """A white section with a head. `note` stands at its right, as a link when `link` is given."""
    context = {
        "id": id,
        "title": title,
        "note": note,
        "link": link,
        "kind": kind,
        "content": content,
    }
    return render_to_string("components/card.html", context)


@register.simple_block_tag
def data_table(
    content: str,
    caption: Text,
    tight: bool = False,  # noqa: FBT001, FBT002 - keywords in templates
    stacks: bool = False,  # noqa: FBT001, FBT002
    narrow: bool = False,  # noqa: FBT001, FBT002
) -> str:
    """A table that on phones scrolls within itself, stacks its rows (`stacks`) or fits (`narrow`)."""
    context = {
        "caption": caption,
        "tight": tight,
        "stacks": stacks,
        "narrow": narrow,
        "content": content,
    }
    return render_to_string("components/data_table.html", context)


@register.simple_block_tag
def notice(content: str, tone: str, title: Text = "") -> str:
    context = {"tone": checked_tone(tone), "title": title, "content": content}
    return render_to_string("components/notice.html", context)


@register.simple_block_tag
def law_help(content: str, question: Text) -> str:
    """Help in depth behind a question: the article, an example."""
    return render_to_string("components/law_help.html", {"question": question, "content": content})


@register.simple_block_tag
def empty_state(content: str, title: Text) -> str:
    """What was looked for and what to do now; the content holds ways on and one button."""
    return render_to_string("components/empty_state.html", {"title": title, "content": content})


@register.simple_block_tag
def allowed(content: str, decision: Decision) -> str:
    """The content, a button mostly, when the decision allows it; else the reason in its place."""
    return content if decision else reason(decision)


@register.simple_block_tag
def code_block(content: str, id: str, label: Text) -> str:
    """Code to copy; the content is shown as it is written."""
    context = {"id": id, "label": label, "content": mark_safe(content.strip("\n"))}  # noqa: S308 - rendered already
    return render_to_string("components/code_block.html", context)


# Forms and lists


@register.simple_tag
def error_summary(*forms: "BaseForm | BaseFormSet[Any]") -> SafeString:
    """All errors of the forms, each a link to its field; nothing when there are none."""
    errors = form_errors.all_errors(*forms)
    return mark_safe(  # noqa: S308 - the template escapes
        render_to_string("components/error_summary.html", {"errors": errors})
    )


@register.filter
def page_numbers(page: Page[Any]) -> list[int]:
    """Which pages to link: first, last, and those around this one; 0 stands for a gap."""
    wanted = page.paginator.get_elided_page_range(page.number, on_each_side=2, on_ends=1)
    return [number if isinstance(number, int) else 0 for number in wanted]


@register.filter
def control_id(field: BoundField) -> str:
    return form_errors.control_id(field)


@register.simple_tag
def meter(part: float, whole: float, tone: str = "") -> SafeString:
    """A bar for `part` of `whole`; the number must stand beside it in words."""
    share = 0.0 if whole <= 0 else min(max(part / whole, 0.0), 1.0) * 100
    kind = f" meter-{checked_tone(tone)}" if tone else ""
    return format_html(
        '<svg class="meter{}" aria-hidden="true" focusable="false">'
        '<rect width="{}%" height="100%"/></svg>',
        kind,
        f"{share:.1f}",
    )
