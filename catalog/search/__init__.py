"""Full-text search for Chinese without a dictionary: two-character grams in a tsvector.

PostgreSQL does not cut Chinese into words. Every run of Han characters is indexed as its
overlapping pairs, each at its own position, so that a phrase of pairs finds exactly the texts that
contain it; Latin words and numbers stay whole. The last character of a run stands alone beside its
last pair, so that a prefix finds single characters too. Names, Chinese and English, weigh A; tags,
items, provider, classification and code B; abstracts C; pinyin D, in lexemes of its own.

`text` folds what is written and what is typed alike, `vectors` says what an entry is found by,
`terms` what a question asks, `queries` joins both in SQL, `hits` shows where they met.
"""

from .indexing import VERSION, forget_unused_words, index, index_many
from .queries import GramQuery, closeness, matching
from .terms import Term, Terms, parse
from .text import normal, runs_of
from .vectors import document, grams, name_document, word_vector, written

_grams = grams

__all__ = [
    "VERSION",
    "GramQuery",
    "Term",
    "Terms",
    "closeness",
    "document",
    "forget_unused_words",
    "grams",
    "index",
    "index_many",
    "matching",
    "name_document",
    "normal",
    "parse",
    "runs_of",
    "word_vector",
    "written",
]
