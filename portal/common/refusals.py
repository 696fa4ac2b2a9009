"""What the request under way was refused, whichever view tells it: the audit trail, which lies above, asks.

A refusal that a form takes up is no less a refusal than a page that says 403, so `NotAllowed` is heard
here when it is made, and not where somebody answers it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

from portal.common.text import Text


@dataclass(slots=True)
class Heard:
    """`code` is that of the first refusal; `caller` is set where the request does not name whom it was."""

    code: str = ""
    reasons: list[Text] = field(default_factory=list)
    caller: object | None = None


_heard: ContextVar[Heard | None] = ContextVar("refusals", default=None)


@contextmanager
def listening() -> Iterator[Heard]:
    """What is told within."""
    heard = Heard()
    before = _heard.set(heard)
    try:
        yield heard
    finally:
        _heard.reset(before)


def tell(code: str, reason: Text, *, caller: object | None = None) -> None:
    """Nobody listens outside of a request, where no person or system is refused anything."""
    heard = _heard.get()
    if heard is None:
        return
    heard.code = heard.code or code
    heard.caller = heard.caller or caller
    heard.reasons.append(reason)
