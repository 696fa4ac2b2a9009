"""The type of words for people: a string, or one that is translated when it is shown."""

from typing import TypeAlias

from django.utils.functional import Promise

Text: TypeAlias = str | Promise
