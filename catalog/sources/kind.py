"""What a kind of source is: the fields it asks for, its settings, its secret, what it can do."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from django.utils.module_loading import import_string
from django.utils.translation import gettext_lazy as _

from catalog.models import JobMode, SourceKind
from portal.common.text import Text

from .connector import Connector, Place

if TYPE_CHECKING:
    from .harvest.dataset import Walked

HOST = "host"
PORT = "port"
DATABASE = "database"
USERNAME = "username"
RELATION = "relation"
FIELDS = (HOST, PORT, DATABASE, USERNAME)


class Secret(StrEnum):
    NONE = "none"
    OPTIONAL = "optional"
    REQUIRED = "required"


@dataclass(frozen=True, slots=True)
class Setting:
    """One text in `Source.settings`: no secret, for pages, API and audit trail show it.

    `names_place`: who changes it sends the secret to another place, and must enter it again.
    With `choices`, (value, words), it is one of these.
    """

    name: str
    label: Text
    help_text: Text = ""
    choices: tuple[tuple[str, Text], ...] = ()
    initial: str = ""
    is_required: bool = True
    names_place: bool = False
    max_length: int = 500


@dataclass(frozen=True, slots=True)
class Kind:
    """`asks` are fields of the source that must be filled, `may_ask` those that may be.

    `path` is the connector's class, imported when it is first needed, for drivers are heavy; it is
    made from a `Place`. `walk` is the function
    that walks the datasets which the source describes, where it describes some; without `modes` it
    has no rows. `lists_relations` says whether the source can list what may be read; else
    the steward writes it. `check` returns what is wrong with the settings, by name, when each of
    them is well-formed.
    """

    value: SourceKind
    path: str
    words: Text
    modes: tuple[JobMode, ...]
    default_port: int | None = None
    asks: tuple[str, ...] = FIELDS
    may_ask: tuple[str, ...] = ()
    secret: Secret = Secret.REQUIRED
    secret_length: int = 200
    secret_has_lines: bool = False
    lists_relations: bool = True
    settings: tuple[Setting, ...] = ()
    labels: Mapping[str, Text] = field(default_factory=dict)
    walk: str = ""
    check: Callable[[Mapping[str, str]], Mapping[str, Text]] = lambda settings: {}

    @property
    def label(self) -> str:
        return str(self.value.label)

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields of the source that this kind has, in the order of the form."""
        return tuple(name for name in FIELDS if name in self.asks or name in self.may_ask)

    def connector(self, place: Place) -> AbstractContextManager[Connector]:
        made: AbstractContextManager[Connector] = import_string(self.path)(place)
        return made

    @property
    def has_rows(self) -> bool:
        return bool(self.modes)

    def walked(self, place: Place, seen: Callable[[int], None]) -> "Walked":
        """All datasets that the source describes. Raises SourceFailure."""
        found: Walked = import_string(self.walk)(place, seen)
        return found

    def label_of(self, name: str) -> str:
        """The label of a field, of the secret (`password`) or of what is read (`relation`)."""
        return str(self.labels.get(name, LABELS[name]))


LABELS: dict[str, Text] = {
    HOST: _("Host"),
    PORT: _("Port"),
    DATABASE: _("Database"),
    USERNAME: _("User"),
    "password": _("Password"),
    RELATION: _("Table or view"),
}
