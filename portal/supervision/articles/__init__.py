"""Decree 809 article by article: what it asks, what the portal does for it, and where to see it.

The one registry behind the compliance page, its API and `tests/supervision/test_articles.py`, which
holds that every article a system can serve has a test in `tests/regulation` that bears its number.
"""

from .article import CHAPTERS, Article
from .general import GENERAL
from .others import OTHERS
from .sharing import SHARING

__all__ = ["ARTICLES", "CHAPTERS", "Article"]

ARTICLES: dict[int, Article] = {one.number: one for one in (*GENERAL, *SHARING, *OTHERS)}
