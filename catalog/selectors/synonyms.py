"""The groups of synonyms, for the page on which they are kept."""

from django.core.paginator import Page, Paginator
from django.utils.translation import gettext as _

from catalog import search
from catalog.models import SearchSynonym
from portal.common.errors import NotFound

PAGE_SIZE = 50


def synonym_page(*, words: str = "", number: int | str = 1) -> "Page[SearchSynonym]":
    """The groups that hold a term with these words, in normal form, by their first terms."""
    groups = list(SearchSynonym.objects.select_related("changed_by").order_by("terms", "pk"))
    wanted = search.normal(words).strip()
    if wanted:
        groups = [one for one in groups if any(wanted in search.normal(term) for term in one.terms)]
    return Paginator(groups, PAGE_SIZE).get_page(number)


def synonym_for(pk: int) -> SearchSynonym:
    found = SearchSynonym.objects.filter(pk=pk).first()
    if found is None:
        raise NotFound(_("There is no such group of synonyms."))
    return found
