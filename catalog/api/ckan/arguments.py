"""The arguments of an action, checked as CKAN checks them; those that nobody asks for do not matter."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from catalog.formats.ckan.refusals import ValidationError

TRUE = {"true", "yes", "on", "y", "t", "1"}
LARGEST = 2**31 - 1


class Arguments:
    """What a caller gave, from whichever of the forms CKAN takes: texts, numbers, lists of them."""

    def __init__(self, given: Mapping[str, Any]) -> None:
        for name, value in given.items():
            if not _is_sound(value):
                raise ValidationError(**{_printable(name): ["Invalid characters"]})
        self.given = given

    def has(self, name: str) -> bool:
        return self.given.get(name) not in (None, "")

    def text(self, name: str) -> str:
        """Empty when nothing was given."""
        value = self.given.get(name)
        if value is None:
            return ""
        if isinstance(value, bool):
            return str(value).lower()
        if isinstance(value, str | int | float):
            return str(value)
        raise ValidationError(**{name: ["Must be a string"]})

    def needed(self, name: str) -> str:
        if not self.has(name):
            raise ValidationError(**{name: ["Missing value"]})
        return self.text(name)

    def joined(self, name: str) -> Sequence[str]:
        """One text, or each of several."""
        value = self.given.get(name)
        if isinstance(value, list | tuple):
            return [Arguments({name: one}).text(name) for one in value if one not in (None, "")]
        return [self.text(name)] if self.has(name) else []

    def whole(self, name: str, default: int | None) -> int | None:
        """A whole number of either sign."""
        if not self.has(name):
            return default
        try:
            return max(min(int(self.text(name)), LARGEST), -LARGEST)
        except ValueError:
            raise ValidationError(**{name: ["Invalid integer"]}) from None

    def natural(self, name: str, default: int | None) -> int | None:
        found = self.whole(name, default)
        if found is not None and found < 0:
            raise ValidationError(**{name: ["Must be a natural number"]})
        return found

    def flag(self, name: str, *, default: bool = False) -> bool:
        return self.text(name).strip().lower() in TRUE if self.has(name) else default

    def words(self, name: str) -> Sequence[str]:
        """A list of texts, as such or as JSON."""
        value = self.given.get(name)
        if value in (None, ""):
            return []
        if isinstance(value, str):
            try:
                value = json.loads(value)
            except ValueError:
                raise ValidationError(**{name: ["Could not parse as valid JSON"]}) from None
        if not isinstance(value, list | tuple):
            raise ValidationError(**{name: ["Not a list"]})
        for one in value:
            if not isinstance(one, str):
                raise ValidationError(**{name: [f"Not a string: {one}"]})
        if not _is_sound(list(value)):
            raise ValidationError(**{name: ["Invalid characters"]})
        return list(value)


def _is_sound(value: Any) -> bool:
    """Whether PostgreSQL could hold the texts: no NUL, no half of a surrogate pair."""
    if isinstance(value, str):
        return "\x00" not in value and not any("\ud800" <= letter <= "\udfff" for letter in value)
    if isinstance(value, list | tuple):
        return all(map(_is_sound, value))
    return True


def _printable(name: str) -> str:
    return name.encode("ascii", "replace").decode().replace("\x00", "?")
