"""Who asks an action, and where the portal is."""

from dataclasses import dataclass

from catalog.parties import Party


@dataclass(frozen=True, slots=True)
class Caller:
    """`base` is the portal's address as the caller uses it, with a slash at its end."""

    party: Party
    base: str
