"""Where the portal may connect to for a source: into the networks that were opened, and no other.

`SOURCE_ALLOWED_NETWORKS` is what the installation opens; the security administrator opens others,
within `SOURCE_NETWORKS_BOUND`, and closes them again. Each connection asks anew.
"""

import ipaddress

from django.conf import settings

from catalog.models import AllowedNetwork
from portal.common import addresses
from portal.common.addresses import is_host

from .failures import SourceFailure

__all__ = ["NEVER", "checked_address", "is_allowed", "is_host", "networks"]

# Among them the address at which clouds tell a machine its own credentials.
NEVER = tuple(
    ipaddress.ip_network(one)
    for one in ("0.0.0.0/8", "169.254.0.0/16", "224.0.0.0/4", "::/128", "fe80::/10", "ff00::/8")
)


def networks() -> list[str]:
    """All that are open now."""
    opened = AllowedNetwork.objects.filter(removed_at__isnull=True)
    return [*settings.SOURCE_ALLOWED_NETWORKS, *opened.values_list("network", flat=True)]


def checked_address(host: str, port: int) -> str:
    """The first address of `host` in an open network. Raises SourceFailure without one."""
    try:
        address = addresses.checked_address(host, port, networks())
    except addresses.NoAddress as refusal:
        facts = {"port": port} if refusal.code == "unreachable" else {}
        raise SourceFailure(refusal.code, host=host, **facts) from None
    if not is_allowed(address):
        raise SourceFailure("network_not_allowed", host=host)
    return address


def is_allowed(address: str) -> bool:
    """Whether a connection may go there: what lies in NEVER is closed in an open network, too."""
    if addresses.is_allowed(address, [str(one) for one in NEVER]):
        return False
    return addresses.is_allowed(address, networks())
