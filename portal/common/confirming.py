"""The page that asks once more before an act."""

from collections.abc import Sequence
from typing import Any, Protocol

from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.functional import Promise


class HasPage(Protocol):
    def get_absolute_url(self) -> str: ...


def confirm_page(
    request: HttpRequest,
    *,
    title: str,
    consequences: "Sequence[str | Promise]" = (),
    confirm_label: str,
    back: HasPage | str,
    back_label: object = "",
    form: BaseForm | None = None,
    is_danger: bool = True,
    template: str = "components/confirm_page.html",
    **details: Any,
) -> HttpResponse:
    """Asks `title`, a question, and says what happens; 422 when what was filled in is refused.

    `back` is what the act is about, or an address; `back_label` names it where it does not name itself.
    `is_danger` is for what destroys something. `details` are for a `template` that extends the common one.
    """
    context = {
        "title": title,
        "consequences": consequences,
        "confirm_label": confirm_label,
        "back_url": back if isinstance(back, str) else back.get_absolute_url(),
        "back_label": back_label or ("" if isinstance(back, str) else back),
        "form": form,
        "is_danger": is_danger,
    }
    status = 422 if form is not None and form.errors else 200
    return render(request, template, context | details, status=status)
