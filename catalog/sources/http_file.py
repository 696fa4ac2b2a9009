"""A file at a web address."""

import base64
import re
from collections.abc import Mapping
from typing import IO

from django.conf import settings

from . import web
from .connector import Place
from .failures import SourceFailure
from .fetched import FetchedFile, keep, shown_size
from .files.glimpse import EndOfGlimpse, Piece
from .versions import unless, versions_of

PARTIAL = 206
RANGE = re.compile(r"bytes (\d+)-\d+/(\d+|\*)")
MARKUP = ("text/html", "application/xhtml+xml")


class HttpFile(FetchedFile):
    def check(self) -> str:
        with web.get(self.place.settings["address"], auth_headers(self.place)) as answer:
            check_type(answer.headers)
            server = answer.headers.get("Server", "HTTP")[:60]
            return " · ".join(part for part in (server, shown_size(answer.headers)) if part)

    def fetch(self, into: IO[bytes]) -> None:
        headers = {**auth_headers(self.place), **unless(self.place.seen)}
        with web.get(self.place.settings["address"], headers) as answer:
            self.shown = versions_of(answer, self.place.seen)
            check_type(answer.headers)
            keep(answer.blocks(most=settings.SOURCE_FILE_MOST_BYTES), into)

    def piece(self, first: int, count: int) -> Piece:
        return piece_of(self.place.settings["address"], auth_headers(self.place), first, count)


def piece_of(address: str, headers: Mapping[str, str], first: int, count: int) -> Piece:
    """Asked for as a range; a server that knows none gives all from the beginning up to there."""
    wanted = {"Range": f"bytes={first}-{first + count - 1}"}
    with web.get(address, {**headers, **wanted}) as answer:
        check_type(answer.headers)
        if answer.status == PARTIAL:
            told = RANGE.fullmatch(answer.headers.get("Content-Range", ""))
            if told is None or int(told[1]) != first:
                raise SourceFailure("http_status", status=answer.status, host=answer.host)
            total = None if told[2] == "*" else int(told[2])
            return Piece(first, answer.head(count), total)
        announced = answer.headers.get("Content-Length", "")
        total = int(announced) if announced.isdigit() else None
        if first + count > settings.SOURCE_LOOK_MOST_BYTES:
            raise EndOfGlimpse
        return Piece(0, answer.head(first + count), total)


def auth_headers(place: Place) -> dict[str, str]:
    """What tells the server who asks, as the source's settings say."""
    match place.settings.get("auth", "none"):
        case "basic":
            known = base64.b64encode(f"{place.username}:{place.password}".encode()).decode()
            return {"Authorization": f"Basic {known}"}
        case "bearer":
            return {"Authorization": f"Bearer {place.password}"}
        case "header":
            return {place.settings["auth_header"]: place.password}
    return {}


def check_type(headers: Mapping[str, str]) -> None:
    """A page of a sign-in or an error comes with 200 as often as not."""
    kind = headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if kind in MARKUP:
        raise SourceFailure("markup_instead")
