"""Display modes: large type, high contrast, dark.

A cookie keeps them, so that the server draws the page right at once.
"""

from dataclasses import dataclass
from enum import StrEnum

from django.http import HttpRequest, HttpResponseBase
from django.utils.translation import gettext_lazy as _

from portal.common.text import Text

COOKIE = "portal_display"
A_YEAR = 365 * 24 * 3600


class Mode(StrEnum):
    LARGE = "large"
    CONTRAST = "contrast"
    DARK = "dark"


LABELS: dict[Mode, Text] = {
    Mode.LARGE: _("Large type"),
    Mode.CONTRAST: _("High contrast"),
    Mode.DARK: _("Dark"),
}


@dataclass(frozen=True, slots=True)
class Choice:
    """One line of the display menu."""

    mode: Mode
    label: Text
    is_on: bool


def chosen(request: HttpRequest) -> frozenset[Mode]:
    """The modes of this browser; whatever else stands in the cookie is ignored."""
    words = request.COOKIES.get(COOKIE, "").split(".")
    return frozenset(mode for mode in Mode if mode in words)


def choices(modes: frozenset[Mode]) -> list[Choice]:
    return [Choice(mode, label, mode in modes) for mode, label in LABELS.items()]


def classes(modes: frozenset[Mode]) -> str:
    """What `<html class>` carries."""
    return " ".join(f"mode-{mode}" for mode in Mode if mode in modes)


def remember(response: HttpResponseBase, modes: frozenset[Mode], *, secure: bool) -> None:
    """Keep `modes` in this browser for a year; no modes, no cookie."""
    if not modes:
        response.delete_cookie(COOKIE, samesite="Lax")
        return
    value = ".".join(mode for mode in Mode if mode in modes)
    response.set_cookie(COOKIE, value, max_age=A_YEAR, secure=secure, httponly=True, samesite="Lax")
