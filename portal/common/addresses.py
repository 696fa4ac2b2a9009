"""Where the portal may connect to: only into the networks that the operators named.

The name is resolved once and the address that was checked is the one connected to, so that a name
which answers differently the second time gains nothing.
"""

import ipaddress
import re
import socket
from collections.abc import Sequence

# One name or address: no socket directory, no list, nothing that a connection string would read on.
HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._-]{0,251}[A-Za-z0-9])?|[0-9A-Fa-f:.]{2,45}")


class NoAddress(Exception):
    """`code` says why: host_unknown, unreachable (the name server is) or network_not_allowed."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def is_host(host: str) -> bool:
    return HOST.fullmatch(host) is not None


def checked_address(host: str, port: int, networks: Sequence[str]) -> str:
    """The first address of `host` in one of the networks. Raises `NoAddress` without one."""
    if not is_host(host):
        raise NoAddress("host_unknown")
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except socket.gaierror as error:
        code = "unreachable" if error.errno == socket.EAI_AGAIN else "host_unknown"
        raise NoAddress(code) from None
    for *_, place in found:
        address = str(place[0])
        if is_allowed(address, networks):
            return address
    raise NoAddress("network_not_allowed")


def is_allowed(address: str, networks: Sequence[str]) -> bool:
    """Whether the address lies in one of the networks. IPv6 scopes never do."""
    if "%" in address:
        return False
    parsed = ipaddress.ip_address(address)
    parsed = getattr(parsed, "ipv4_mapped", None) or parsed
    known = (ipaddress.ip_network(network) for network in networks)
    return any(parsed.version == network.version and parsed in network for network in known)
