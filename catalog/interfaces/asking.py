"""One call of a provider's interface: to a checked address, bounded, tried again where that heals."""

import json
import random
import threading
import time
from collections.abc import Mapping, Sequence
from urllib.parse import urlencode

from django.conf import settings

from catalog.models import CallMethod, InterfaceCall, PublishedInterface
from catalog.sources import web
from catalog.sources.failures import SourceFailure
from portal.common.sealing import SealBroken, unseal

from . import breaker
from .failures import InterfaceFailure
from .paths import address_of

TRIES = 3
PAUSE = 0.2
MOST_RETRY_AFTER = 3_600
JSON_TYPES = ("application/json", "text/json")
# What each failure of the connection means for the caller: code, whether it is a fault, whether it heals.
CONNECTION: Mapping[str, tuple[str, bool, bool]] = {
    "timed_out": ("interface_timed_out", True, False),
    "fetch_too_slow": ("interface_timed_out", True, False),
    "unreachable": ("interface_unreachable", True, True),
    "host_unknown": ("interface_unreachable", True, False),
    "connection_lost": ("interface_cut", True, True),
    "answer_cut": ("interface_cut", True, True),
    "tls_failed": ("interface_tls", True, False),
    "network_not_allowed": ("interface_not_allowed", False, False),
    "file_too_large": ("interface_too_large", False, False),
    "address_wrong": ("interface_not_allowed", False, False),
}
_places = threading.BoundedSemaphore(settings.INTERFACE_MOST_AT_ONCE)


def ask(
    interface: PublishedInterface,
    call: InterfaceCall,
    path: str,
    parameters: Mapping[str, Sequence[str]],
) -> str:
    """The answer, JSON as text. Raises InterfaceFailure.

    `path` and `parameters` are what the call allows. Only a GET is tried again, within the time that the
    interface may take in all. A call keeps a thread of the web process, so not all of them may wait.
    """
    if not _places.acquire(blocking=False):
        raise InterfaceFailure("interface_queue_full", retry_after=1)
    try:
        breaker.admit(interface.pk, seconds=interface.seconds)
        try:
            answer = _tried(interface, call, path, parameters)
        except InterfaceFailure as failure:
            breaker.note(interface.pk, is_fault=failure.is_fault)
            raise
        breaker.note(interface.pk, is_fault=False)
        return answer
    finally:
        _places.release()


def _tried(
    interface: PublishedInterface,
    call: InterfaceCall,
    path: str,
    parameters: Mapping[str, Sequence[str]],
) -> str:
    until = time.monotonic() + interface.seconds
    tries = TRIES if call.method == CallMethod.GET else 1
    for number in range(1, tries + 1):
        try:
            return _once(interface, call, path, parameters, seconds=until - time.monotonic())
        except InterfaceFailure as failure:
            # Spread, so that callers who failed together do not come back together.
            pause = PAUSE * 2**number * random.uniform(0.5, 1)  # noqa: S311
            if not failure.heals or number == tries or time.monotonic() + pause > until:
                raise
            time.sleep(pause)
    raise AssertionError("the last try returns or raises")


def _once(
    interface: PublishedInterface,
    call: InterfaceCall,
    path: str,
    parameters: Mapping[str, Sequence[str]],
    *,
    seconds: float,
) -> str:
    address, body = address_of(interface, path), None
    headers = {"Accept": "application/json", **_secrets(interface)}
    if call.method == CallMethod.POST:
        single = {name: v[0] if len(v) == 1 else list(v) for name, v in parameters.items()}
        body = json.dumps(single, ensure_ascii=False).encode()
        headers["Content-Type"] = "application/json"
    elif parameters:
        address = f"{address}?{urlencode(parameters, doseq=True)}"
    try:
        with web.call(
            address, method=call.method, headers=headers, body=body, seconds=seconds
        ) as answer:
            _check(answer)
            text = answer.body(most=settings.INTERFACE_MOST_BYTES, seconds=seconds)
    except SourceFailure as failure:
        code, is_fault, heals = CONNECTION[failure.code]
        raise InterfaceFailure(code, is_fault=is_fault, heals=heals) from failure
    try:
        return text.decode("utf-8")
    except UnicodeDecodeError as unfit:
        raise InterfaceFailure("interface_no_json") from unfit


def _check(answer: web.Answer) -> None:
    status = answer.status
    after = answer.headers.get("Retry-After", "")
    if status == 200:
        kind = answer.headers.get("Content-Type", "").partition(";")[0].strip().lower()
        if kind not in JSON_TYPES and not kind.endswith("+json"):
            raise InterfaceFailure("interface_no_json")
        return
    if status == 429 or (status == 503 and after):
        seconds = int(after) if after.isascii() and after.isdecimal() and len(after) < 6 else 60
        retry_after = min(max(seconds, 1), MOST_RETRY_AFTER)
        raise InterfaceFailure("interface_busy", retry_after=retry_after)
    if 300 <= status < 400:
        raise InterfaceFailure("interface_redirects")
    if status in {401, 403, 407}:
        raise InterfaceFailure("interface_refused", status=status)
    if status in {404, 410}:
        raise InterfaceFailure("interface_not_found")
    if 400 <= status < 500:
        raise InterfaceFailure("interface_call_wrong", status=status)
    raise InterfaceFailure(
        "interface_failed", is_fault=True, heals=status in {500, 502, 503, 504}, status=status
    )


def _secrets(interface: PublishedInterface) -> dict[str, str]:
    if not interface.sealed_headers:
        return {}
    try:
        opened: dict[str, str] = json.loads(unseal(interface.sealed_headers))
    except SealBroken as broken:
        raise InterfaceFailure("interface_secret") from broken
    return opened
