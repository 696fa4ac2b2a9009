"""One call of a system: to the address that was checked, within seconds, and no further than there."""

import time
from dataclasses import dataclass
from urllib.parse import urlsplit

import urllib3
from django.conf import settings
from django.utils.translation import gettext as _
from urllib3.exceptions import HTTPError

from portal.common.addresses import NoAddress, checked_address

SECONDS = 10
KEPT = 300


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of the call: `status` is None when there was no answer; `error` is empty for 2xx.

    `body` is what a GET was answered, up to what was asked for.
    """

    status: int | None
    error: str
    milliseconds: int
    body: bytes = b""


def post(url: str, body: bytes, headers: dict[str, str]) -> Answer:
    """Send it once. Redirects are not followed; any 2xx is success."""
    began = time.monotonic()
    status, error, _body = _call("POST", url, body, headers, KEPT)
    return Answer(status, error[:500], round((time.monotonic() - began) * 1000))


def get(url: str, headers: dict[str, str], *, most: int) -> Answer:
    """Ask once, for `most` bytes of the answer. Redirects are not followed; any 2xx is success."""
    began = time.monotonic()
    status, error, body = _call("GET", url, None, headers, most)
    return Answer(status, error[:500], round((time.monotonic() - began) * 1000), body)


def _call(
    method: str, url: str, body: bytes | None, headers: dict[str, str], most: int
) -> tuple[int | None, str, bytes]:
    parts = urlsplit(url)
    host = parts.hostname or ""
    port = parts.port or (443 if parts.scheme == "https" else 80)
    try:
        address = checked_address(host, port, settings.WEBHOOK_ALLOWED_NETWORKS)
    except NoAddress as refusal:
        return None, refusal.code, b""
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    # The socket goes to the address; the certificate is held against the name.
    with _pool(parts.scheme, address, port, host) as pool:
        try:
            answer = pool.request(
                method,
                path,
                body=body,
                headers={**headers, "Host": parts.netloc.rpartition("@")[2]},
                redirect=False,
                preload_content=False,
            )
            said = answer.read(most)
            answer.close()
        except HTTPError as fault:
            return None, f"{type(fault).__name__}: {fault}", b""
    if 200 <= answer.status < 300:
        return answer.status, "", said
    words = said[:KEPT].decode("utf-8", "replace")
    if not words.strip():
        return answer.status, f"HTTP {answer.status}", b""
    told = {"status": answer.status, "words": words}
    return answer.status, _("HTTP %(status)s: %(words)s") % told, b""


def _pool(scheme: str, address: str, port: int, host: str) -> urllib3.HTTPConnectionPool:
    timeout = urllib3.Timeout(total=SECONDS)
    if scheme == "https":
        return urllib3.HTTPSConnectionPool(
            address,
            port,
            timeout=timeout,
            retries=False,
            maxsize=1,
            server_hostname=host,
            assert_hostname=host,
            cert_reqs="CERT_REQUIRED",
        )
    return urllib3.HTTPConnectionPool(address, port, timeout=timeout, retries=False, maxsize=1)
