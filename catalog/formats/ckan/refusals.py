"""Refusals as CKAN's Action API words them: its clients tell them apart by `__type`."""

from typing import Any


class CkanError(Exception):
    """`status` and `kind` are CKAN's; `body` is what stands beside `__type`."""

    status = 500
    kind = "Internal Server Error"
    retry_after: int | None = None

    def __init__(self, message: str = "") -> None:
        super().__init__(message)
        self.body: dict[str, Any] = {"message": self.worded(message)}

    def worded(self, message: str) -> str:
        return message

    def as_dict(self) -> dict[str, Any]:
        return {"__type": self.kind, **self.body}


class NotAuthorized(CkanError):
    status = 403
    kind = "Authorization Error"

    def worded(self, message: str) -> str:
        return f"Access denied: {message}" if message else "Access denied"


class NotFound(CkanError):
    status = 404
    kind = "Not Found Error"

    def worded(self, message: str) -> str:
        return f"Not found: {message}" if message else "Not found"


class ValidationError(CkanError):
    """Wrong arguments, by their names."""

    status = 409
    kind = "Validation Error"

    def __init__(self, **errors: str | list[str]) -> None:
        super().__init__()
        self.body = dict(errors)


class NotNow(CkanError):
    """A quota is used up, or the answer takes too long: CKAN has no word for it, HTTP has."""

    kind = "Not Now Error"

    def __init__(self, message: str, *, status: int, retry_after: int | None) -> None:
        super().__init__(message)
        self.status = status
        self.retry_after = retry_after


class SearchError(CkanError):
    """What Solr cannot read, CKAN answers with this."""

    status = 409
    kind = "Search Error"

    def worded(self, message: str) -> str:
        return f"Search error: {message!r}"


class SearchQueryError(CkanError):
    status = 400
    kind = "Search Query Error"

    def worded(self, message: str) -> str:
        return f"Search Query is invalid: {message!r}"


class BadRequest(Exception):
    """A request that is none: CKAN answers 400 with these words alone."""
