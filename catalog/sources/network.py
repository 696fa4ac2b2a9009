"""Where the portal may connect to: only into the networks that the operators named.

The name is resolved once and the address that was checked is the one connected to, so that a name
which answers differently the second time gains nothing.
"""

import ipaddress
import re
import socket

from django.conf import settings

from .failures import SourceFailure

# One name or address: no socket directory, no list, nothing that a connection string would read on.
HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._-]{0,251}[A-Za-z0-9])?|[0-9A-Fa-f:.]{2,45}")


def is_host(host: str) -> bool:
    return HOST.fullmatch(host) is not None


def checked_address(host: str, port: int) -> str:
    """The first address of `host` in an allowed network. Raises SourceFailure without one."""
    if not is_host(host):
        raise SourceFailure("host_unknown", host=host)
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except socket.gaierror as error:
        if error.errno == socket.EAI_AGAIN:
            raise SourceFailure("unreachable", host=host, port=port) from None
        raise SourceFailure("host_unknown", host=host) from None
    for *_, place in found:
        address = str(place[0])
        if is_allowed(address):
            return address
    raise SourceFailure("network_not_allowed", host=host)


def is_allowed(address: str) -> bool:
    """Whether the address lies in an allowed network. IPv6 scopes never do."""
    if "%" in address:
        return False
    parsed = ipaddress.ip_address(address)
    mapped = getattr(parsed, "ipv4_mapped", None)
    parsed = mapped or parsed
    networks = (ipaddress.ip_network(network) for network in settings.SOURCE_ALLOWED_NETWORKS)
    return any(parsed.version == network.version and parsed in network for network in networks)
