"""The answer to "may this be done?", with the reason when it may not."""

from dataclasses import dataclass

from portal.common.text import Text

from .errors import NotAllowed


@dataclass(frozen=True, slots=True)
class Decision:
    """True or false in an `if`; templates show `reason` where the button would be."""

    allowed: bool
    reason: Text = ""

    def __bool__(self) -> bool:
        return self.allowed

    def enforce(self) -> None:
        """Raise `NotAllowed` with the reason when the answer is no."""
        if not self.allowed:
            raise NotAllowed(self.reason)


ALLOWED = Decision(allowed=True)


def denied(reason: Text) -> Decision:
    return Decision(allowed=False, reason=reason)
