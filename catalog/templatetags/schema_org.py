"""The data block by which search engines know a dataset. It is data, which no browser executes."""

import json

from django import template
from django.template.context import Context
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from catalog.formats import schema_org as formats
from catalog.models import Resource

register = template.Library()
HARMLESS = {ord("<"): "\\u003C", ord(">"): "\\u003E", ord("&"): "\\u0026"}


@register.simple_tag(takes_context=True)
def schema_org(context: Context, resource: Resource) -> SafeString | str:
    """Nothing for an entry that is not published and open: nobody else's search is to hold it."""
    if not (resource.is_published and resource.is_open):
        return ""
    base = context["request"].build_absolute_uri("/")
    told = json.dumps(formats.dataset(resource, base=base), ensure_ascii=False)
    block = mark_safe(told.translate(HARMLESS))  # noqa: S308 - what could end it is escaped
    return format_html('<script type="application/ld+json">{}</script>', block)
