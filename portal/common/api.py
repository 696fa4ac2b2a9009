"""What every API answer shares: the one shape of refusals, and keyset pages."""

from collections.abc import Mapping, Sequence
from typing import Any

import psycopg
import structlog
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import InterfaceError, OperationalError
from django.http import Http404
from django.utils.translation import gettext as _
from rest_framework import exceptions, serializers
from rest_framework.pagination import CursorPagination
from rest_framework.response import Response
from rest_framework.settings import api_settings
from rest_framework.views import exception_handler, set_rollback

from . import refusals
from .errors import DomainError
from .text import Text
from .worded import Kept, said

logger = structlog.get_logger(__name__)
AWAY = (OperationalError, InterfaceError, psycopg.OperationalError, psycopg.InterfaceError)
RETRY_SECONDS = 5


class AwayError(DomainError):
    code = "unavailable"
    status = 503

    def __init__(self, message: Text) -> None:
        super().__init__(message, retry_after=RETRY_SECONDS)


class KeptWords(serializers.CharField):
    """Words that were kept in every language, in that of the call."""

    def to_representation(self, value: str | Kept) -> str:
        return said(value)


class KeysetPagination(CursorPagination):
    """Pages that neither skip nor repeat while rows are added; `next` carries an opaque cursor."""

    ordering: Any = ("-updated_at", "-id")
    cursor_query_param = "after"
    page_size_query_param = "limit"
    max_page_size = 500


def handle(exc: Exception, context: dict[str, Any]) -> Response | None:
    """Every refusal leaves the API as {"code", "message", "fields"}; no fields unless input is wrong.

    A database that is away, or was just now, is no fault of the call: asked again, it may be answered.
    """
    if isinstance(exc, AWAY):
        logger.warning("database_away", exc_info=exc)
        set_rollback()
        exc = AwayError(_("The portal cannot reach its data just now. Try again in a moment."))
    if isinstance(exc, DomainError):
        refused = _refusal(exc.status, exc.code, str(exc.message), exc.fields)
        if exc.retry_after is not None:
            refused.headers["Retry-After"] = str(exc.retry_after)
        return refused
    if isinstance(exc, Http404):
        exc = exceptions.NotFound()
    elif isinstance(exc, PermissionDenied):
        exc = exceptions.PermissionDenied()
    elif isinstance(exc, ValidationError):
        exc = exceptions.ValidationError(getattr(exc, "message_dict", exc.messages))
    answered = exception_handler(exc, context)
    if answered is None or not isinstance(exc, exceptions.APIException):
        return answered
    if isinstance(exc, exceptions.ValidationError):
        fields = _fields(exc.detail)
        status = 400 if isinstance(exc, exceptions.ParseError) else 422
        refused = _refusal(status, "invalid", _("The input has errors."), fields)
    else:
        refused = _refusal(answered.status_code, str(exc.get_codes()), str(exc.detail), {})
        if isinstance(exc, exceptions.PermissionDenied):
            refusals.tell(str(exc.get_codes()), str(exc.detail))
    for name in ("WWW-Authenticate", "Retry-After"):
        if name in answered.headers:
            refused.headers[name] = answered.headers[name]
    return refused


def _refusal(status: int, code: str, message: str, fields: Mapping[str, Sequence[str]]) -> Response:
    told = {_sendable(name): [_sendable(word) for word in words] for name, words in fields.items()}
    refusal = {"code": code, "message": _sendable(message), "fields": told}
    return Response(refusal, status=status)


def _sendable(words: object) -> str:
    """A refusal names what was sent; JSON can write half of a surrogate pair, UTF-8 cannot."""
    return str(words).encode("utf-8", "replace").decode()


def _fields(detail: Any, prefix: str = "") -> dict[str, list[str]]:
    """Flatten nested serializer errors to {"items.0.column": [words]}."""
    if isinstance(detail, dict):
        found: dict[str, list[str]] = {}
        for name, inner in detail.items():
            found |= _fields(inner, f"{prefix}.{name}" if prefix else str(name))
        return found
    if isinstance(detail, list) and any(isinstance(inner, dict | list) for inner in detail):
        found = {}
        for index, inner in enumerate(detail):
            if inner:
                found |= _fields(inner, f"{prefix}.{index}" if prefix else str(index))
        return found
    words = detail if isinstance(detail, list) else [detail]
    return {prefix or api_settings.NON_FIELD_ERRORS_KEY: [str(word) for word in words]}
