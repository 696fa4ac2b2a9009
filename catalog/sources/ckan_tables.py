"""Tables in the DataStore of another portal, over CKAN's Action API: what there is, and the rows.

The relation is the id of a CKAN resource, for names are neither unique nor lasting. Rows are written
down page after page as JSON Lines and read as such a file, so that none moves before the last page
has come and the number that the portal announced is right. `relation` fetches them: `copy` is called
while the portal's own connection takes rows in, and cannot be asked then where one may connect to.
"""

import json
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import IO, Any, Self
from urllib.parse import urlencode

from django.conf import settings

from catalog.store.trust import NULL

from . import web
from .connector import Into, Place, Relation, Selected, SourceColumn
from .failures import SourceFailure
from .files.layout import FileFormat, FileLayout
from .files.reader import SAMPLE_ROWS, Reader, Sampled
from .files.reading import reader_for
from .http_file import check_type

PACKAGES_A_PAGE = 100
ROWS_A_PAGE = 5000
MOST_RELATIONS = 2000
ROW_NUMBER = "_id"


class CkanTables:
    """Each question is a GET to the portal's Action API, to checked addresses alone."""

    is_at_hand = True
    null = NULL

    def __init__(self, place: Place) -> None:
        self.place = place
        self.folder: tempfile.TemporaryDirectory[str] | None = None
        self.fetched: dict[str, int] = {}

    def __enter__(self) -> Self:
        self.folder = tempfile.TemporaryDirectory(prefix="source-", dir=settings.SOURCE_FETCH_DIR)
        return self

    def __exit__(self, *error: object) -> None:
        if self.folder is not None:
            self.folder.cleanup()
            self.folder = None

    def check(self) -> str:
        found = self.ask("package_search", rows=0)
        return f"CKAN · {counted(found, 'package_search')}"

    def relations(self) -> list[Relation]:
        """The tables of all packages, those of one package together."""
        found: list[Relation] = []
        for package in self._packages():
            for one in package.get("resources") or ():
                if one.get("datastore_active") and len(found) < MOST_RELATIONS:
                    found.append(_relation(one, str(package.get("title") or "")))
        return found

    def relation(self, name: str) -> Relation:
        """Fetches the rows, too, so that it knows how many there are."""
        found = _relation(self.ask("resource_show", id=name), "")
        return replace(found, estimate=self._fetched(name))

    def columns(self, relation: str) -> list[SourceColumn]:
        """Every value comes as JSON, so each column is a text, and each row decides."""
        found = self.ask("datastore_search", resource_id=relation, limit=0)
        return [
            SourceColumn(
                name=str(one["id"]),
                type=str(one.get("type") or "text"),
                family="text",
                scale=None,
                is_key=False,
                comment=_label(one),
            )
            for one in listed(found, "fields")
            if isinstance(one, dict) and one.get("id") not in {None, ROW_NUMBER}
        ]

    def sample(self, relation: str) -> Sampled:
        """The first rows, for a proposal to the steward."""
        page = self.ask(
            "datastore_search", resource_id=relation, limit=SAMPLE_ROWS, sort=ROW_NUMBER
        )
        with self._file("sample") as into:
            _write(into, listed(page, "records"))
        return self._reader("sample").sample("")

    def copy(self, relation: str, selected: Sequence[Selected], into: Into) -> int:
        if not self._fetched(relation):
            return 0
        rows = 0
        # An error of `into` is not the portal's: it must not pass through the reader.
        with closing(self._reader("rows").blocks("", selected)) as blocks:
            for block, count in blocks:
                into(block)
                rows += count
        return rows

    def _fetched(self, relation: str) -> int:
        if relation not in self.fetched:
            with self._file("rows") as file:
                self.fetched = {relation: self._fetch(relation, file)}
        return self.fetched[relation]

    def _fetch(self, relation: str, into: IO[bytes]) -> int:
        most: int = settings.SOURCE_MOST_ROWS
        count = 0
        while True:
            page = self.ask(
                "datastore_search",
                resource_id=relation,
                limit=ROWS_A_PAGE,
                offset=count,
                sort=ROW_NUMBER,
            )
            rows = listed(page, "records")
            _write(into, rows)
            count += len(rows)
            if count > most:
                raise SourceFailure("too_many_rows", most=most)
            if not rows:
                announced = str(page.get("total", ""))
                if announced.isdigit() and int(announced) != count:
                    raise SourceFailure("count_wrong", announced=int(announced), count=count)
                return count

    def _packages(self) -> Iterator[dict[str, Any]]:
        start = 0
        while True:
            page = self.ask(
                "package_search", rows=PACKAGES_A_PAGE, start=start, sort="metadata_created asc"
            )
            packages = listed(page, "results")
            yield from (one for one in packages if isinstance(one, dict))
            start += len(packages)
            if not packages or start >= counted(page, "package_search"):
                return

    def ask(self, action: str, **parameters: str | int) -> dict[str, Any]:
        """What the action answers. Raises SourceFailure when it is no answer of CKAN."""
        root = self.place.settings["address"].rstrip("/")
        address = f"{root}/api/3/action/{action}?{urlencode(parameters)}"
        headers = {"Accept": "application/json"}
        if self.place.password:
            headers["Authorization"] = self.place.password
        with web.get(address, headers) as answer:
            check_type(answer.headers)
            body = answer.body(most=settings.SOURCE_PAGE_MOST_BYTES)
        try:
            # As text, for so they go on: no number is rounded.
            document = json.loads(body, parse_float=str, parse_int=str)
        except (ValueError, RecursionError):
            raise SourceFailure("page_no_json", page=1) from None
        result = document.get("result") if isinstance(document, dict) else None
        if not isinstance(result, dict) or document.get("success") is not True:
            raise SourceFailure("no_ckan", action=action)
        return result

    def _path(self, name: str) -> Path:
        if self.folder is None:
            raise RuntimeError("the connector is used outside its `with`")
        return Path(self.folder.name) / name

    def _file(self, name: str) -> IO[bytes]:
        return self._path(name).open("wb")

    def _reader(self, name: str) -> Reader:
        return reader_for(self._path(name), FileLayout(format=FileFormat.JSON_LINES))


def _relation(one: dict[str, Any], package: str) -> Relation:
    words = (package, str(one.get("name") or ""), str(one.get("description") or ""))
    told = " · ".join(" ".join(part.split()) for part in words if part.strip())
    return Relation(name=str(one.get("id") or ""), comment=told[:200], estimate=None)


def _label(field: dict[str, Any]) -> str:
    """What the table's dictionary calls the column."""
    info = field.get("info")
    return str(info.get("label") or "") if isinstance(info, dict) else ""


def listed(result: dict[str, Any], name: str) -> list[Any]:
    """The list of that name in an answer. Raises SourceFailure without one."""
    found = result.get(name)
    if not isinstance(found, list):
        raise SourceFailure("page_without_rows", page=1, path=f"result.{name}")
    return found


def counted(result: dict[str, Any], action: str) -> int:
    """How many there are, as the answer says. Raises SourceFailure when it does not."""
    found = str(result.get("count", ""))
    if not found.isdigit():
        raise SourceFailure("no_ckan", action=action)
    return int(found)


def _write(into: IO[bytes], rows: Sequence[Any]) -> None:
    for row in rows:
        into.write(json.dumps(row).encode())
        into.write(b"\n")
