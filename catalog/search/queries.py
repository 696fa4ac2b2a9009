"""Terms and vectors joined in SQL."""

from django.contrib.postgres.search import SearchQuery
from django.db.models import Case, Q, Value, When
from django.db.models.functions import Length

from catalog.querysets import ResourceQuerySet

from .terms import Terms

BEYOND_ANY_NAME = 1000


class GramQuery(SearchQuery):
    """A tsquery that is written out already: PostgreSQL only reads it."""

    template = "%(expressions)s::tsquery"

    def __init__(self, text: str) -> None:
        super().__init__(Value(text))


def matching(resources: ResourceQuerySet, terms: Terms) -> ResourceQuerySet:
    return resources.filter(search=GramQuery(terms.as_tsquery()))


def closeness(terms: Terms) -> Case:
    """How close a name comes to the terms: its length when it holds them all, else null.

    Names that hold synonyms only come after all that hold the words themselves.
    """
    whens = [When(Q(name_search=GramQuery(terms.literal())), then=Length("name"))]
    if terms.synonyms:
        whens.append(
            When(
                Q(name_search=GramQuery(terms.by_words())),
                then=BEYOND_ANY_NAME + Length("name"),
            )
        )
    return Case(*whens, default=None)
