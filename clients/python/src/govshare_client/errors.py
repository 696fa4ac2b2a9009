"""What can go wrong, told apart so that a program can act on it."""

from collections.abc import Mapping, Sequence


class GovshareError(Exception):
    """Anything that this package raises of its own."""


class UnreachableError(GovshareError):
    """The portal did not answer, or answered in what is not its language."""


class BrokenExportError(GovshareError):
    """What came is not the whole export, and was not kept."""


class NoSuchFileError(GovshareError):
    """The agreement gives no file of that name, or no such version of it."""


class PortalError(GovshareError):
    """A refusal of the portal: `code` is for programs, the message for people.

    `fields` maps parameters to what is wrong with each. `retry_after` is in how many seconds it is worth
    calling again, None when the portal does not say.
    """

    def __init__(
        self,
        message: str,
        *,
        code: str,
        status: int,
        fields: Mapping[str, Sequence[str]] | None = None,
        retry_after: int | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.status = status
        self.fields = {name: list(words) for name, words in (fields or {}).items()}
        self.retry_after = retry_after

    def __str__(self) -> str:
        wrong = "".join(f" {name}: {' '.join(words)}" for name, words in self.fields.items())
        return f"{self.message}{wrong} ({self.status} {self.code})"


class NotSignedInError(PortalError):
    """No credential, or one that is wrong, expired or revoked."""


class NotAllowedError(PortalError):
    """The portal knows the caller and does not let it do this now; the message says why."""


class NotFoundError(PortalError):
    """There is none, or none of the caller's business."""


class ConflictError(PortalError):
    """The wrong state for this, or a version that somebody else has changed."""


class CursorExpiredError(PortalError):
    """The cursor of changes leads nowhere any more: take all rows again."""


class InvalidError(PortalError):
    """The call itself is wrong; `fields` says where."""


class QuotaExceededError(PortalError):
    """An agreed quota is used up; `retry_after` says when to call again."""


class UnavailableError(PortalError):
    """The portal, or what it asked for us, cannot answer just now."""


KINDS: Mapping[int, type[PortalError]] = {
    400: InvalidError,
    401: NotSignedInError,
    403: NotAllowedError,
    404: NotFoundError,
    409: ConflictError,
    410: CursorExpiredError,
    412: ConflictError,
    413: InvalidError,
    422: InvalidError,
    429: QuotaExceededError,
    502: UnavailableError,
    503: UnavailableError,
    504: UnavailableError,
}
