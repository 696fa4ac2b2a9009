"""Why an interface gave no rows, in words for who called it.

They name neither host nor address: where a provider's interface stands is the provider's business.
"""

from collections.abc import Mapping

from django.utils.translation import gettext_lazy as _

from portal.common.errors import DomainError
from portal.common.text import Text


class InterfaceFailure(DomainError):
    """`is_fault` says that the interface itself is at fault: the breaker counts it. `heals`: try again."""

    code = "interface_failed"
    status = 502

    def __init__(
        self,
        code: str,
        *,
        is_fault: bool = False,
        heals: bool = False,
        retry_after: int | None = None,
        **facts: object,
    ) -> None:
        words = WORDS[code]
        super().__init__(str(words) % facts if facts else words, code=code, retry_after=retry_after)
        self.status = STATUS.get(code, InterfaceFailure.status)
        self.is_fault = is_fault
        self.heals = heals


WORDS: Mapping[str, Text] = {
    "interface_timed_out": _("The provider's interface did not answer in time. Try again later."),
    "interface_unreachable": _("The provider's interface cannot be reached. Try again later."),
    "interface_cut": _("The provider's interface broke its answer off. Try again later."),
    "interface_failed": _("The provider's interface failed (status %(status)s). Try again later."),
    "interface_refused": _(
        "The provider's interface refused the portal (status %(status)s). The provider has to mend it."
    ),
    "interface_redirects": _(
        "The provider's interface points elsewhere. The portal does not follow: the provider has to"
        " mend it."
    ),
    "interface_not_allowed": _(
        "The portal may not connect to the provider's interface. The provider has to mend it."
    ),
    "interface_tls": _(
        "The certificate of the provider's interface is not trusted. The provider has to mend it."
    ),
    "interface_secret": _(
        "The secret of the provider's interface cannot be read. The provider has to enter it again."
    ),
    "interface_no_json": _("The provider's interface did not answer in JSON."),
    "interface_too_large": _("The answer of the provider's interface is too large: ask for less."),
    "interface_unfit": _(
        "The answer of the provider's interface does not fit the data items of the resource."
    ),
    "interface_not_found": _("The provider's interface has nothing under this path."),
    "interface_call_wrong": _(
        "The provider's interface did not take the call (status %(status)s)."
    ),
    "interface_busy": _("The provider's interface asks to wait before it is called again."),
    "interface_resting": _(
        "The provider's interface has failed several times and is left alone for a while."
    ),
    "interface_queue_full": _("Too many calls wait for interfaces just now. Try again at once."),
}
STATUS: Mapping[str, int] = {
    "interface_timed_out": 504,
    "interface_not_found": 404,
    "interface_call_wrong": 422,
    "interface_busy": 503,
    "interface_resting": 503,
    "interface_queue_full": 503,
}
