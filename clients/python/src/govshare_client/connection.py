"""Calls over HTTP: signed in, repeated where that heals, refusals as exceptions."""

import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode, urlsplit

import urllib3

from .errors import KINDS, NotSignedInError, PortalError, UnreachableError

Query = Mapping[str, str | int]
ATTEMPTS = 4
BACKOFF = 0.5  # seconds after the first failure, doubled after each
RENEWED_BEFORE = 60  # seconds before its end in which a token is renewed
TOLD = 65_536  # bytes of a refusal that are read


@dataclass(frozen=True, slots=True)
class Credentials:
    """Client id and secret for OAuth2, or an API key; never shown."""

    client_id: str = ""
    client_secret: str = field(default="", repr=False)
    api_key: str = field(default="", repr=False)

    def __post_init__(self) -> None:
        if bool(self.client_id and self.client_secret) == bool(self.api_key):
            raise ValueError("Give client_id and client_secret, or api_key.")


class Connection:
    """One portal, called under one credential. Redirects are not followed: a token goes nowhere else.

    `patience` is the longest wait in seconds, over all, for what answers 429 or 503 with Retry-After;
    what asks for more is raised at once. Calls here only read, so one that failed on its way is
    repeated.
    """

    def __init__(
        self,
        address: str,
        credentials: Credentials,
        *,
        language: str,
        patience: float,
        timeout: float,
        ca_certs: str | None = None,
    ) -> None:
        if urlsplit(address).scheme not in {"http", "https"}:
            raise ValueError(f"Not the address of a portal: {address}")
        self.address = address.rstrip("/")
        self.patience = patience
        self._credentials = credentials
        self._language = language
        self._pool = urllib3.PoolManager(
            timeout=urllib3.Timeout(connect=min(timeout, 20), read=timeout),
            retries=False,
            ca_certs=ca_certs,
        )
        self._token = ""
        self._token_until = 0.0

    def document(
        self, method: str, path: str, *, query: Query | None = None, body: object = None
    ) -> Any:
        """The JSON of an answer; fractions as Decimal, so that amounts stay exact."""
        with self.answer(method, path, query=query, body=body) as answer:
            try:
                return json.loads(answer.read(decode_content=True), parse_float=Decimal)
            except (ValueError, urllib3.exceptions.HTTPError) as unfit:
                raise UnreachableError(f"{path}: not a JSON answer ({unfit})") from unfit

    @contextmanager
    def answer(
        self,
        method: str,
        path: str,
        *,
        query: Query | None = None,
        body: object = None,
        headers: Mapping[str, str] | None = None,
    ) -> Iterator[urllib3.BaseHTTPResponse]:
        """A good answer, its body not yet read. Raises PortalError or UnreachableError."""
        url = f"{self.address}{path}" + (f"?{urlencode(query)}" if query else "")
        sent = {"Accept-Language": self._language, **(headers or {})}
        data = None
        if body is not None:
            data = json.dumps(body, ensure_ascii=False, default=str).encode()
            sent["Content-Type"] = "application/json"
        answer = self._good(method, url, data, sent)
        try:
            yield answer
        finally:
            # What is left unread may be gigabytes: such a connection is closed, not drained.
            answer.close() if answer.length_remaining else answer.release_conn()

    def _good(
        self, method: str, url: str, data: bytes | None, headers: dict[str, str]
    ) -> urllib3.BaseHTTPResponse:
        waited, is_renewed = 0.0, False
        attempt = 0
        while True:
            answer = self._sent(method, url, data, {**headers, "Authorization": self._sign_in()})
            if answer.status < 300:
                return answer
            refusal = refusal_of(answer)
            if isinstance(refusal, NotSignedInError) and self._token and not is_renewed:
                # Revoked, or ended earlier than it said.
                is_renewed, self._token = True, ""
                continue
            attempt += 1
            pause = refusal.retry_after
            if pause is None or waited + pause > self.patience or attempt == ATTEMPTS:
                raise refusal
            time.sleep(pause)
            waited += pause

    def _sent(
        self, method: str, url: str, data: bytes | None, headers: Mapping[str, str]
    ) -> urllib3.BaseHTTPResponse:
        for attempt in range(ATTEMPTS):
            try:
                return self._pool.request(
                    method,
                    url,
                    body=data,
                    headers=headers,
                    preload_content=False,
                    decode_content=False,
                    redirect=False,
                )
            except urllib3.exceptions.HTTPError as failed:
                if attempt == ATTEMPTS - 1:
                    raise UnreachableError(f"{self.address}: {failed}") from failed
                time.sleep(BACKOFF * 2**attempt)
        raise AssertionError("the last attempt returns or raises")

    def _sign_in(self) -> str:
        known = self._credentials
        if known.api_key:
            return f"Api-Key {known.api_key}"
        if not self._token or time.monotonic() > self._token_until - RENEWED_BEFORE:
            self._renew()
        return f"Bearer {self._token}"

    def _renew(self) -> None:
        known = self._credentials
        headers = urllib3.make_headers(basic_auth=f"{known.client_id}:{known.client_secret}")
        headers["Content-Type"] = "application/x-www-form-urlencoded"
        began = time.monotonic()
        url = f"{self.address}/oauth/token/"
        answer = self._sent("POST", url, b"grant_type=client_credentials", headers)
        if answer.status != 200:
            raise refusal_of(answer)
        try:
            told = json.loads(answer.read())
            self._token, self._token_until = told["access_token"], began + int(told["expires_in"])
        except (ValueError, KeyError, TypeError) as unfit:
            raise UnreachableError(f"{url}: not the answer of a portal") from unfit


def refusal_of(answer: urllib3.BaseHTTPResponse) -> PortalError:
    """The exception for an answer of 300 and more, read and closed."""
    text = answer.read(TOLD, decode_content=True)
    answer.close()
    try:
        told = json.loads(text)
    except ValueError:
        told = {}
    if not isinstance(told, dict):
        told = {}
    after = answer.headers.get("Retry-After", "")
    kind = KINDS.get(answer.status, PortalError)
    return kind(
        str(told.get("message") or told.get("error_description") or answer.reason or ""),
        code=str(told.get("code") or told.get("error") or "unknown"),
        status=answer.status,
        fields=told.get("fields") or {},
        retry_after=int(after) if after.isascii() and after.isdecimal() else None,
    )
