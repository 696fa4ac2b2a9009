"""Words that are kept now and read later by somebody who reads another language."""

from collections.abc import Callable, Collection, Iterable, Mapping
from functools import partial
from typing import Any, SupportsIndex, cast

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db.models import Field, Model
from django.utils import translation

from .text import Text

Kept = dict[str, str]


class Worded(str):
    """A text in the language of now that can say itself in every other one.

    Only `%` and `join` make another one of it: whatever else is done to a text gives a plain `str`,
    which a function that asks for `Worded` does not take. Copied or pickled it is a plain `str` too.
    """

    __slots__ = ("_say",)
    _say: Callable[[], str]

    def __new__(cls, say: Callable[[], str]) -> "Worded":
        made = super().__new__(cls, say())
        made._say = say
        return made

    def __mod__(self, told: Mapping[str, Any]) -> "Worded":
        return Worded(lambda: self._say() % {name: _now(one) for name, one in told.items()})

    def join(self, words: Iterable[str]) -> "Worded":
        words = list(words)
        return Worded(lambda: self._say().join(words))

    def __reduce_ex__(self, protocol: SupportsIndex) -> tuple[type[str], tuple[str]]:
        return str, (str(self),)

    def in_every_language(self) -> Kept:
        """To be kept as JSON, and shown by `said`."""
        told = {}
        for language, _name in settings.LANGUAGES:
            with translation.override(language):
                told[language] = self._say()
        return told


def gettext(msgid: str) -> Worded:
    """As Django's. Import it as `_`, so that its texts are found."""
    return Worded(partial(translation.gettext, msgid))


def refused_fields(row: Model, *, but: Collection[str] = ()) -> dict[str, list[Worded]]:
    """What `clean_fields` refuses, by field, but for those in `but`.

    In another language the field is asked once more: what an array says of its members is worded
    by Django when it is first read, and stays in that language.
    """
    try:
        row.clean_fields(exclude=but)
    except ValidationError as wrong:
        return {
            name: [Worded(partial(_refusal_of, row, name, place)) for place in range(len(words))]
            for name, words in wrong.message_dict.items()
        }
    return {}


def kept(words: Text) -> str | Kept:
    """To be kept as JSON, and shown by `said`: in every language if the words know how to say it."""
    return words.in_every_language() if isinstance(words, Worded) else str(words)


def said(kept: str | Kept) -> str:
    """What was kept, for who reads now. What is kept in a single language is shown in that one."""
    if isinstance(kept, str):
        return kept
    for language in (translation.get_language(), settings.LANGUAGE_CODE):
        if language in kept:
            return kept[language]
    return next(iter(kept.values()), "")


def _now(one: Any) -> Any:
    return one._say() if isinstance(one, Worded) else one


def _refusal_of(row: Model, name: str, place: int) -> str:
    field = cast("Field[Any, Any]", row._meta.get_field(name))
    try:
        field.clean(getattr(row, field.attname), row)
    except ValidationError as wrong:
        return wrong.messages[place]
    raise RuntimeError(f"{name} takes what it refused")
