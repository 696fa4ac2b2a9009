"""Draw shared rows from a government data sharing portal, under an agreement.

>>> portal = Portal("https://portal.example", client_id="…", client_secret="…")
>>> for row in portal.agreement("GXXY-2026-0001").rows(fields=["code", "name"]):
...     print(row)
"""

from .agreement import Agreement
from .copy import Applied, LocalCopy
from .errors import (
    BrokenExportError,
    ConflictError,
    CursorExpiredError,
    GovshareError,
    InvalidError,
    NoSuchFileError,
    NotAllowedError,
    NotFoundError,
    NotSignedInError,
    PortalError,
    QuotaExceededError,
    UnavailableError,
    UnreachableError,
)
from .portal import Portal
from .shapes import Change, Exported, Resource, Row, SharedFile, Terms, Verified

__all__ = [
    "Agreement",
    "Applied",
    "BrokenExportError",
    "Change",
    "ConflictError",
    "CursorExpiredError",
    "Exported",
    "GovshareError",
    "InvalidError",
    "LocalCopy",
    "NoSuchFileError",
    "NotAllowedError",
    "NotFoundError",
    "NotSignedInError",
    "Portal",
    "PortalError",
    "QuotaExceededError",
    "Resource",
    "Row",
    "SharedFile",
    "Terms",
    "UnavailableError",
    "UnreachableError",
    "Verified",
]
