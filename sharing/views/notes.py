"""Messages and advice on a request: written on its page, shown there."""

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from portal.common.confirming import confirm_page
from portal.common.decisions import Decision
from portal.common.errors import DomainError
from portal.common.form_errors import add_refusal
from portal.common.http import PortalRequest
from sharing import permissions
from sharing.forms import AdviceForm, MessageForm
from sharing.models import RequestNote
from sharing.services import notes

from .requests import page_of


@require_http_methods(["GET", "HEAD", "POST"])
def request_write(request: PortalRequest, number: str) -> HttpResponse:
    held = page_of(request, number).request
    return _page(
        request,
        number,
        decision=permissions.may_write(request.user, held),
        form=MessageForm(request.POST if request.method == "POST" else None),
        act=notes.write,
        title=_("Write to the other side"),
        label=_("Send the message"),
        consequences=[_("The other side is told; what was said stays on record.")],
    )


@require_http_methods(["GET", "HEAD", "POST"])
def request_advise(request: PortalRequest, number: str) -> HttpResponse:
    held = page_of(request, number).request
    return _page(
        request,
        number,
        decision=permissions.may_advise(request.user, held),
        form=AdviceForm(request.POST if request.method == "POST" else None),
        act=notes.advise,
        title=_("Advise on the request"),
        label=_("Give the advice"),
        consequences=[
            _("Both sides read it. It decides nothing, and the provider's clock runs on."),
        ],
    )


def _page(
    request: PortalRequest,
    number: str,
    *,
    decision: Decision,
    form: MessageForm,
    act: Callable[..., RequestNote],
    title: str,
    label: str,
    consequences: list[str],
) -> HttpResponse:
    decision.enforce()
    held = page_of(request, number).request
    if form.is_valid():
        try:
            act(request=held, by=request.user, **form.cleaned_data)
        except DomainError as refusal:
            if refusal.status == 409:
                raise
            add_refusal(form, refusal)
        else:
            messages.success(request, _("Sent, and on record."))
            return redirect(held)
    return confirm_page(
        request,
        title=title,
        consequences=consequences,
        form=form,
        confirm_label=label,
        back=held,
        is_danger=False,
    )
