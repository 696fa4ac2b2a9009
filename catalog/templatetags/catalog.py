"""`{% load catalog %}`: what only the catalogue's pages show."""

from collections.abc import Sequence

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from catalog.models import UNFINISHED, Resource
from catalog.search import Terms, hits

register = template.Library()


@register.filter
def marked(text: str, terms: Terms) -> SafeString:
    """The text with every hit marked: terms, their synonyms, in whatever script or width."""
    return _marked(text, hits.spans(text, terms))


@register.filter
def marked_by_sound(text: str, terms: Terms) -> SafeString:
    """The same; what is not written there but spelt so in pinyin is marked too."""
    return _marked(text, hits.spans(text, terms, by_sound=True))


def _marked(text: str, spans: list[hits.Span]) -> SafeString:
    pieces: list[tuple[str | SafeString]] = []
    place = 0
    for start, end in spans:
        pieces += [(text[place:start],), (format_html("<mark>{}</mark>", text[start:end]),)]
        place = end
    return format_html_join("", "{}", [*pieces, (text[place:],)])


@register.filter
def any_unfinished(listed: Sequence[tuple[Resource, object]]) -> bool:
    """Whether a steward could submit one of the entries, each with its standing."""
    return any(resource.state in UNFINISHED for resource, _standing in listed)
