"""The requester's own table of an agreement, and the receipts of what was pushed into it."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from catalog.sources.schedule import Schedule, schedule_of
from portal.common.confirming import confirm_page
from portal.common.errors import DomainError
from portal.common.form_errors import add_refusal
from portal.common.http import PortalRequest
from sharing import permissions, presentation
from sharing.models import Agreement
from sharing.push_forms import PushTargetForm
from sharing.selectors.pushes import push_page, target_of
from sharing.services import push_targets, pushes

from .agreements import page_of

TONES = {
    "waiting": "wait",
    "running": "run",
    "retrying": "wait",
    "delivered": "go",
    "failed": "stop",
    "stopped": "rest",
}


@require_safe
def agreement_push(request: PortalRequest, number: str) -> HttpResponse:
    page = page_of(request, number)
    found = push_page(request.user, page.agreement)
    context = {
        "page": page,
        "agreement": page.agreement,
        "standing": presentation.agreement_standing(page),
        "pushing": found,
        "receipts": [(one, TONES[one.push.state]) for one in found.receipts],
    }
    return render(request, "sharing/agreement_push.html", context)


@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def agreement_push_target(request: PortalRequest, number: str) -> HttpResponse:
    agreement = page_of(request, number).agreement
    permissions.may_set_up_push(request.user, agreement).enforce()
    target = target_of(agreement)
    form = PushTargetForm(
        request.POST if request.method == "POST" else None,
        target=target,
        schedule=schedule_of(target) if target else Schedule(),
    )
    if form.is_valid():
        try:
            push_targets.set_target(
                agreement=agreement,
                version=form.cleaned_data["version"] or 0,
                data=form.target_data,
                by=request.user,
            )
        except DomainError as refusal:
            add_refusal(form, refusal)
        else:
            return _tested(request, agreement)
    context = {"agreement": agreement, "form": form, "target": target}
    status = 422 if form.errors else 200
    return render(request, "sharing/agreement_push_form.html", context, status=status)


@require_POST
def agreement_push_test(request: PortalRequest, number: str) -> HttpResponse:
    return _tested(request, page_of(request, number).agreement)


@require_POST
def agreement_push_start(request: PortalRequest, number: str) -> HttpResponse:
    agreement = page_of(request, number).agreement
    pushes.start(agreement=agreement, by=request.user, is_whole="whole" in request.POST)
    messages.success(request, _("The push waits for a worker; its receipt appears below."))
    return redirect("sharing:agreement_push", number=number)


@require_http_methods(["GET", "HEAD", "POST"])
def agreement_push_remove(request: PortalRequest, number: str) -> HttpResponse:
    agreement = page_of(request, number).agreement
    permissions.may_set_up_push(request.user, agreement).enforce()
    if target_of(agreement) is None:
        raise Http404(number)
    if request.method == "POST":
        push_targets.remove_target(agreement=agreement, by=request.user)
        messages.success(request, _("The table is registered no longer."))
        return redirect("sharing:agreement_push", number=number)
    return confirm_page(
        request,
        title=_("Push into this table no longer?"),
        consequences=[
            _("The schedule ends, and the stored password is forgotten."),
            _("Rows that were pushed stay in the table, and the receipts stay here."),
        ],
        confirm_label=_("Push no longer"),
        back=reverse("sharing:agreement_push", args=[number]),
        back_label=agreement,
    )


def _tested(request: PortalRequest, agreement: Agreement) -> HttpResponse:
    """Test the target now and show its page, which says how that went."""
    result = push_targets.test_target(agreement=agreement, by=request.user)
    if result.failure is None:
        words = _("%(product)s answered: the table takes the rows.")
        messages.success(request, words % {"product": result.product})
    else:
        messages.error(request, f"{result.failure.what} {result.failure.to_do}")
    return redirect("sharing:agreement_push", number=agreement.number)
