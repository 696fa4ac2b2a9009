"""Sources that are files, and what a run makes of them."""

import pytest

from catalog.models import Source, SourceKind
from catalog.sources import credentials
from catalog.sources.connector import connect
from catalog.sources.failures import SourceFailure
from catalog.sources.kinds import kind_of
from tests.factories import SourceFactory


def file_source(department, kind: str, *, secret: str = "", **given) -> Source:
    """A source of the kind as the service would keep it: settings that are not given are initial."""
    settings = {one.name: one.initial for one in kind_of(kind).settings}
    fields = {
        name: given.pop(name) for name in ("host", "port", "database", "username") if name in given
    }
    return SourceFactory(
        department=department,
        kind=SourceKind(kind),
        settings={**settings, **given},
        sealed_password=credentials.seal(secret) if secret else b"",
        **{"host": "", "port": None, "database": "", "username": "", **fields},
    )


def rows_of(source: Source, relation: str = "rows") -> str:
    """All rows of the source with all columns, as COPY text."""
    from tests.catalog.sources.files.rows import selected_from

    blocks: list[bytes] = []
    with connect(source) as connector:
        reader = connector.reader
        part = "" if relation == "rows" else relation
        connector.copy(relation, selected_from(reader, part), blocks.append)
    return b"".join(blocks).decode()


def failure_in(source: Source) -> tuple[str, dict[str, str | int]]:
    with pytest.raises(SourceFailure) as refused:
        rows_of(source)
    return refused.value.code, dict(refused.value.data)
