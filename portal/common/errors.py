"""Refusals of the domain, with a code for programs and words for people."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _

from portal.common import refusals
from portal.common.text import Text


class DomainError(Exception):
    """An act that the portal refuses. Nothing has changed when it is raised.

    `status` is the HTTP status of the refusal; `fields` maps names of input fields to what is wrong
    with each, empty when the refusal is about no single field. `retry_after` is in how many seconds it
    is worth asking again, for the header of that name.
    """

    code = "refused"
    status = 409

    def __init__(
        self,
        message: Text,
        *,
        code: str | None = None,
        fields: Mapping[str, Sequence[str]] | None = None,
        retry_after: int | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code or self.code
        self.fields: dict[str, list[str]] = {
            name: list(words) for name, words in (fields or {}).items()
        }
        self.retry_after = retry_after


class NotAllowed(DomainError):
    """The person or system may know of the thing, but not do this with it."""

    code = "not_allowed"
    status = 403

    def __init__(self, message: Text, **told: Any) -> None:
        super().__init__(message, **told)
        refusals.tell(self.code, message)


class NotFound(DomainError):
    """The thing does not exist, or is none of the asker's business."""

    code = "not_found"
    status = 404


class WrongState(DomainError):
    """The thing is in a state from which this move is not possible."""

    code = "wrong_state"


class StaleVersion(DomainError):
    """Somebody else has changed the thing since it was read."""

    code = "stale_version"


class Invalid(DomainError):
    """The input is wrong; `fields` says where."""

    code = "invalid"
    status = 422


class DomainErrorMiddleware:
    """Show a refusal that no form took up as a page with its reason, instead of a server error."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, DomainError):
            return None
        context = {"error": exception, "title": _("This cannot be done")}
        answer = render(request, "errors/refused.html", context, status=exception.status)
        if exception.retry_after is not None:
            answer.headers["Retry-After"] = str(exception.retry_after)
        return answer
