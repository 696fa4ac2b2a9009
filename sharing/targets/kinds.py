"""The kinds of targets. A new kind is a value of `TargetKind`, a module here and an entry below."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from catalog.sources import credentials
from catalog.sources.connector import Place
from catalog.store.columns import Column
from sharing.models import PushTarget, TargetKind

from .mysql import MySQLTarget
from .postgresql import PostgreSQLTarget
from .target import Target


@dataclass(frozen=True, slots=True)
class Kind:
    """`has_schema`: a table is named with its schema. `settings` are the usual values of its own."""

    made: type[PostgreSQLTarget] | type[MySQLTarget]
    default_port: int
    has_schema: bool
    settings: Mapping[str, tuple[str, ...]]


KINDS: dict[str, Kind] = {
    TargetKind.POSTGRESQL: Kind(PostgreSQLTarget, 5432, has_schema=True, settings={}),
    TargetKind.MYSQL: Kind(
        MySQLTarget, 3306, has_schema=False, settings={"tls": ("preferred", "checked")}
    ),
}


def target_at(target: PushTarget) -> Target:
    """The target, to be used in a `with`. Raises SourceFailure when its password opens no more."""
    return _made(target, credentials.unseal(target.sealed_password))


def statement_for(target: PushTarget, columns: Sequence[Column]) -> str:
    """What makes the table, for its administrator; nobody is asked."""
    return _made(target, "").statement(columns)


def _made(target: PushTarget, password: str) -> Target:
    place = Place(
        host=target.host,
        port=target.port,
        database=target.database,
        username=target.username,
        password=password,
        settings=target.settings,
    )
    return KINDS[target.kind].made(place, target.relation)
