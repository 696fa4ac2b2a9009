"""Calls of departments' web servers: to checked addresses alone, and no longer than they may take.

Each hop of a redirect is checked anew: the name is resolved once, the socket goes to the address
that was checked, and the certificate is held against the name. A secret goes to the server that
the steward named and to no other, and never from https to http.
"""

import ssl
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import SplitResult, urljoin, urlsplit

import urllib3
from django.conf import settings
from urllib3 import exceptions

from .failures import SourceFailure
from .network import checked_address

CONNECT_SECONDS = 5
MOST_HOPS = 5
BLOCK_BYTES = 64 * 1024
CONDITIONS = ("if-none-match", "if-modified-since")
REDIRECTS = {301, 302, 303, 307, 308}
REFUSED = {401, 403, 407}
GONE = {404, 410}
BUSY = {408, 425, 429, 500, 502, 503, 504}


@dataclass(slots=True)
class Answer:
    """An answer whose body is still to be read: by `blocks`, once."""

    response: urllib3.BaseHTTPResponse
    host: str
    port: int

    @property
    def status(self) -> int:
        return self.response.status

    @property
    def headers(self) -> Mapping[str, str]:
        return self.response.headers

    def blocks(self, *, most: int, seconds: float | None = None) -> Iterator[bytes]:
        """The body as it came over the wire, at most so many bytes, and all that were announced.

        `seconds` is how long it may take in all, as long as a fetched file unless it is given.
        """
        longest = settings.SOURCE_FETCH_SECONDS if seconds is None else seconds
        where: dict[str, str | int] = {"host": self.host, "port": self.port}
        announced = self.response.headers.get("Content-Length", "")
        expected = int(announced) if announced.isdigit() else None
        if expected is not None and expected > most:
            raise SourceFailure("file_too_large", most=most)
        total = since = 0
        began = marked = time.monotonic()
        try:
            while block := self.response.read1(BLOCK_BYTES, decode_content=False):
                total += len(block)
                since += len(block)
                if total > most:
                    raise SourceFailure("file_too_large", most=most)
                now = time.monotonic()
                if now - began > longest:
                    raise SourceFailure("fetch_too_slow", **where)
                if now - marked > settings.SOURCE_RATE_SECONDS:
                    if since < settings.SOURCE_SLOWEST_BYTES * (now - marked):
                        raise SourceFailure("fetch_too_slow", **where)
                    marked, since = now, 0
                yield block
        except (exceptions.ReadTimeoutError, TimeoutError):
            raise SourceFailure("timed_out", **where) from None
        except (exceptions.HTTPError, OSError):
            raise SourceFailure("answer_cut", **where) from None
        if expected is not None and total != expected:
            raise SourceFailure("answer_cut", **where)

    def head(self, most: int) -> bytes:
        """The first bytes of the body, whatever may follow: the rest is not waited for."""
        found: list[bytes] = []
        missing = most
        for block in self.blocks(most=sys.maxsize):
            found.append(block[:missing])
            missing -= len(block)
            if missing <= 0:
                break
        return b"".join(found)

    def body(self, *, most: int, seconds: float | None = None) -> bytes:
        return b"".join(self.blocks(most=most, seconds=seconds))


@contextmanager
def get(url: str, headers: Mapping[str, str] | None = None) -> Iterator[Answer]:
    """The answer to a GET, redirects followed.

    Raises SourceFailure for every status but 200, 206 and 304.
    """
    headers = {
        "User-Agent": "data sharing portal",
        "Accept-Encoding": "identity",
        **(headers or {}),
    }
    secret_to = _origin(_split(url))
    for _hop in range(MOST_HOPS + 1):
        parts = _split(url)
        with _answered(parts, headers) as answer:
            target = answer.headers.get("Location")
            if answer.status not in REDIRECTS or not target:
                _check_status(answer, url)
                yield answer
                return
        after = _split(urljoin(url, target))
        if parts.scheme == "https" and after.scheme != "https":
            raise SourceFailure("redirect_open", host=after.hostname or "")
        if _origin(after) != secret_to:
            headers = {n: v for n, v in headers.items() if n.lower() not in _secret(headers)}
        url = after.geturl()
    raise SourceFailure("redirects", most=MOST_HOPS)


@contextmanager
def call(
    url: str,
    *,
    method: str,
    headers: Mapping[str, str],
    body: bytes | None = None,
    seconds: float,
) -> Iterator[Answer]:
    """The answer to one call, whatever its status; a redirect is an answer, and not followed.

    Raises SourceFailure for what is wrong with the connection. `seconds` is the longest silence.
    """
    sent = {"User-Agent": "data sharing portal", "Accept-Encoding": "identity", **headers}
    with _answered(_split(url), sent, method=method, body=body, seconds=seconds) as answer:
        yield answer


def is_address(url: str) -> bool:
    """Whether it is a web address with a host and without a password in it."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return False
    return (
        parts.scheme in {"http", "https"}
        and bool(parts.hostname)
        and "@" not in parts.netloc
        and port != 0
        and url.isprintable()
        and " " not in url
    )


def host_of(url: str) -> str:
    return urlsplit(url).hostname or ""


def _secret(headers: Mapping[str, str]) -> set[str]:
    """Every header that is not ours: the steward's own may hold the secret under any name."""
    plain = {"user-agent", "accept-encoding", "accept", "range", *CONDITIONS}
    return {name.lower() for name in headers if name.lower() not in plain}


def _split(url: str) -> SplitResult:
    if not is_address(url):
        raise SourceFailure("address_wrong")
    return urlsplit(url)


def _origin(parts: SplitResult) -> tuple[str, str, int]:
    return parts.scheme, (parts.hostname or "").lower(), _port(parts)


def _port(parts: SplitResult) -> int:
    return parts.port or (443 if parts.scheme == "https" else 80)


@contextmanager
def _answered(
    parts: SplitResult,
    headers: Mapping[str, str],
    *,
    method: str = "GET",
    body: bytes | None = None,
    seconds: float | None = None,
) -> Iterator[Answer]:
    host, port = parts.hostname or "", _port(parts)
    where: dict[str, str | int] = {"host": host, "port": port}
    address = checked_address(host, port)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    with _pool(parts.scheme, address, port, host, seconds) as pool:
        try:
            response = pool.urlopen(
                method,
                path,
                body=body,
                headers={**headers, "Host": parts.netloc},
                redirect=False,
                preload_content=False,
                decode_content=False,
            )
        except exceptions.SSLError:
            raise SourceFailure("tls_failed", **where) from None
        except exceptions.NewConnectionError:
            raise SourceFailure("unreachable", **where) from None
        except exceptions.TimeoutError:
            raise SourceFailure("timed_out", **where) from None
        except (exceptions.HTTPError, OSError):
            raise SourceFailure("connection_lost", **where) from None
        try:
            yield Answer(response, host, port)
        finally:
            response.close()


def _check_status(answer: Answer, url: str) -> None:
    status = answer.status
    if status in {200, 206, 304}:
        return
    if status in REFUSED:
        raise SourceFailure("http_refused", status=status, host=answer.host)
    if status in GONE:
        raise SourceFailure("file_missing", file=urlsplit(url).path)
    if status in BUSY:
        raise SourceFailure("http_busy", status=status, host=answer.host)
    raise SourceFailure("http_status", status=status, host=answer.host)


def _pool(
    scheme: str, address: str, port: int, host: str, seconds: float | None
) -> urllib3.HTTPConnectionPool:
    silence = settings.SOURCE_READ_SECONDS if seconds is None else max(seconds, 0.1)
    common: dict[str, Any] = {
        "timeout": urllib3.Timeout(connect=min(CONNECT_SECONDS, silence), read=silence),
        "retries": False,
        "maxsize": 1,
    }
    if scheme == "https":
        return urllib3.HTTPSConnectionPool(
            address,
            port,
            server_hostname=host,
            assert_hostname=host,
            ssl_context=_trusting(),
            **common,
        )
    return urllib3.HTTPConnectionPool(address, port, **common)


def _trusting() -> ssl.SSLContext:
    """What the system trusts, and the government's own authority where the installation names one."""
    context = ssl.create_default_context()
    if settings.SOURCE_CA_FILE:
        context.load_verify_locations(settings.SOURCE_CA_FILE)
    return context
