"""`{% load audit %}`: what only the pages of the trail need."""

from django import template
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from audit import plot, presentation
from audit.models import Entry, Month
from audit.selectors import Timeline

register = template.Library()


@register.filter
def result_tone(entry: Entry) -> str:
    return presentation.TONES[entry.result]


@register.filter
def month_tone(month: Month) -> str:
    return presentation.MONTH_TONES[month.state]


@register.filter
def actor_key(entry: Entry) -> str:
    """What the search takes as `actor`."""
    return f"{entry.actor_kind}:{entry.actor_id}"


@register.filter
def target_key(entry: Entry) -> str:
    """What the search takes as `target`."""
    return f"{entry.target_type}:{entry.target_id}"


@register.filter
def breakable(digits: str) -> SafeString:
    """A hash that may go on in a new line after each sixteen digits."""
    parts = ((digits[start : start + 16],) for start in range(0, len(digits), 16))
    return format_html_join(SafeString("<wbr>"), "{}", parts)


@register.simple_tag
def timeline_plot(timeline: Timeline) -> SafeString:
    return plot.columns(timeline)
