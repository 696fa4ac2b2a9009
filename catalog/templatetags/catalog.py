"""`{% load catalog %}`: what only the catalogue's pages show."""

import re
from collections.abc import Sequence

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from catalog.models import UNFINISHED, Resource

register = template.Library()


@register.filter
def marked(text: str, words: Sequence[str]) -> SafeString:
    """The text with every hit marked, whatever its case."""
    looked_for = [re.escape(word) for word in sorted(words, key=len, reverse=True) if word]
    if not looked_for:
        return format_html("{}", text)
    parts = re.split(f"({'|'.join(looked_for)})", text, flags=re.IGNORECASE)
    return format_html_join(
        "",
        "{}{}",
        (
            (format_html("<mark>{}</mark>", part) if place % 2 else part, "")
            for place, part in enumerate(parts)
        ),
    )


@register.filter
def any_unfinished(listed: Sequence[tuple[Resource, object]]) -> bool:
    """Whether a steward could submit one of the entries, each with its standing."""
    return any(resource.state in UNFINISHED for resource, _standing in listed)
