"""Rows of a REST API, page after page.

The pages are written down as JSON Lines and read as such a file, so that no row moves before the
last page has come and the count that the API announced is right.
"""

import hashlib
import io
import json
from collections.abc import Iterator
from typing import IO, Any
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit

from django.conf import settings

from . import web
from .failures import SourceFailure
from .fetched import FetchedFile
from .files.glimpse import Piece
from .files.layout import FileFormat, FileLayout
from .http_file import auth_headers, check_type

MOST_PAGES = 1_000_000


class RestRows(FetchedFile):
    looked_at: bytes | None = None

    @property
    def layout(self) -> FileLayout:
        return FileLayout(format=FileFormat.JSON_LINES)

    def check(self) -> str:
        first = next(self._pages())
        return f"REST · {len(self._rows(first, 1))}"

    def fetch(self, into: IO[bytes]) -> None:
        most: int = settings.SOURCE_MOST_ROWS
        count = 0
        announced: int | None = None
        for number, page in enumerate(self._pages(), 1):
            if count and self.place.looks:
                return
            rows = self._rows(page, number)
            count += len(rows)
            if count > most:
                raise SourceFailure("too_many_rows", most=most)
            for row in rows:
                into.write(json.dumps(row).encode())
                into.write(b"\n")
            announced = self._announced(page, announced)
        if announced is not None and announced != count:
            raise SourceFailure("count_wrong", announced=announced, count=count)
        if not count:
            # JSON Lines of no rows say nothing of columns; an API that has none is told as such.
            raise SourceFailure("file_empty")

    def piece(self, first: int, count: int) -> Piece:
        """Of the first page that has rows: an interface has no bytes to ask for."""
        if self.looked_at is None:
            page = io.BytesIO()
            self.fetch(page)
            self.looked_at = page.getvalue()
        return Piece(first, self.looked_at[first : first + count], len(self.looked_at))

    def _pages(self) -> Iterator[Any]:
        """Parsed pages until the last, numbers as they were written."""
        address: str | None = self._with(self._first())
        seen: set[str] = set()
        before = b""
        for number in range(1, MOST_PAGES + 1):
            if address is None:
                return
            if address in seen:
                raise SourceFailure("paging_repeats", page=number)
            seen.add(address)
            body, headers = self._read(address)
            digest = hashlib.sha256(body).digest()
            page = _parsed(body, number)
            rows = self._rows(page, number)
            if rows and digest == before:
                raise SourceFailure("paging_repeats", page=number)
            before = digest
            yield page
            address = self._next(page, headers, number, len(rows), address)

    def _read(self, address: str) -> tuple[bytes, dict[str, str]]:
        headers = {"Accept": "application/json", **self._auth(address)}
        with web.get(address, headers) as answer:
            check_type(answer.headers)
            body = answer.body(most=settings.SOURCE_PAGE_MOST_BYTES)
            return body, {name.lower(): value for name, value in answer.headers.items()}

    def _auth(self, address: str) -> dict[str, str]:
        """The secret goes to the server that the steward named; a next link may lead elsewhere."""
        if _origin(address) == _origin(self.place.settings["address"]):
            return auth_headers(self.place)
        return {}

    def _first(self) -> dict[str, str]:
        given = self.place.settings
        parameters = {}
        if given.get("size_parameter"):
            parameters[given["size_parameter"]] = given.get("page_size") or "1000"
        if given["paging"] == "page":
            parameters[given["parameter"]] = given.get("first") or "1"
        if given["paging"] == "offset":
            parameters[given["parameter"]] = "0"
        return parameters

    def _with(self, parameters: dict[str, str]) -> str:
        parts = urlsplit(self.place.settings["address"])
        query = dict(parse_qsl(parts.query, keep_blank_values=True)) | parameters
        return parts._replace(query=urlencode(query)).geturl()

    def _next(
        self, page: Any, headers: dict[str, str], number: int, rows: int, address: str
    ) -> str | None:
        given = self.place.settings
        match given["paging"]:
            case "page" if rows:
                first = int(given.get("first") or 1)
                return self._with(self._first() | {given["parameter"]: str(first + number)})
            case "offset" if rows:
                query = dict(parse_qsl(urlsplit(address).query))
                offset = int(query.get(given["parameter"], "0")) + rows
                return self._with(self._first() | {given["parameter"]: str(offset)})
            case "cursor":
                cursor = _at(page, given["next_path"])
                if cursor in {None, "", False}:
                    return None
                return self._with(self._first() | {given["parameter"]: str(cursor)})
            case "link":
                target = _at(page, given["next_path"]) if given.get("next_path") else None
                target = target or _next_link(headers.get("link", ""))
                return urljoin(address, str(target)) if target else None
        return None

    def _rows(self, page: Any, number: int) -> list[Any]:
        path = self.place.settings.get("rows_path", "")
        rows = _at(page, path)
        if not isinstance(rows, list):
            raise SourceFailure("page_without_rows", page=number, path=path or "[]")
        return rows

    def _announced(self, page: Any, before: int | None) -> int | None:
        path = self.place.settings.get("total_path", "")
        found = str(_at(page, path)) if path else ""
        return int(found) if found.isdigit() else before


def _parsed(body: bytes, number: int) -> Any:
    try:
        # As text, for so they go on: no number is rounded.
        return json.loads(body, parse_float=str, parse_int=str)
    except (ValueError, RecursionError):
        raise SourceFailure("page_no_json", page=number) from None


def _at(page: Any, path: str) -> Any:
    """What lies at the path of names joined with dots; None when there is nothing."""
    for name in path.split(".") if path else ():
        page = page.get(name) if isinstance(page, dict) else None
    return page


def _next_link(header: str) -> str | None:
    """The target of rel="next" in a Link header (RFC 8288)."""
    for link in header.split(","):
        target, *parameters = link.split(";")
        if any(one.strip().lower() in {'rel="next"', "rel=next"} for one in parameters):
            return target.strip().strip("<>")
    return None


def _origin(address: str) -> tuple[str, str, int | None]:
    parts = urlsplit(address)
    return parts.scheme, parts.hostname or "", parts.port
