from dataclasses import asdict

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from portal.clocks.forms import ThresholdForm
from portal.clocks.permissions import may_set_thresholds
from portal.clocks.selectors.thresholds import policy_of
from portal.clocks.services import thresholds
from portal.clocks.thresholds import PLATFORM
from portal.common.errors import DomainError
from portal.common.form_errors import add_refusal
from portal.common.http import PortalRequest


@require_http_methods(["GET", "HEAD", "POST"])
def policy(request: PortalRequest) -> HttpResponse:
    """When dates turn amber and red in the person's region, and when who is told."""
    region = request.user.department.region
    held = policy_of(region)
    may_set = may_set_thresholds(request.user)
    chosen = held.thresholds if held else PLATFORM
    if request.method == "POST":
        may_set.enforce()
        form = ThresholdForm(request.POST)
    else:
        initial = {**asdict(chosen), "version": held.version if held else 0}
        form = ThresholdForm(initial=initial)
    if form.is_valid():
        try:
            thresholds.set_thresholds(
                thresholds=form.thresholds(),
                version=form.cleaned_data["version"],
                by=request.user,
            )
        except DomainError as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(request, _("The thresholds hold from the next minute on."))
            return redirect("clocks:thresholds")
    context = {
        "region": region,
        "held": held,
        "chosen": chosen,
        "form": form,
        "may_set": may_set,
    }
    status = 422 if form.errors else 200
    return render(request, "clocks/thresholds.html", context, status=status)
