from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from portal.common.errors import DomainError
from portal.common.form_errors import add_refusal
from portal.common.http import PortalRequest
from portal.organisation import permissions, selectors
from portal.organisation.forms import SubstitutionForm
from portal.organisation.services import substitutions


@require_http_methods(["GET", "HEAD", "POST"])
def person_substitutes(request: PortalRequest, pk: int) -> HttpResponse:
    """Who stands in for a person; they themselves or the system administrator name somebody."""
    found = get_object_or_404(selectors.people_for(request.user), pk=pk)
    may_name = permissions.may_name_substitute(request.user, found)
    if request.method == "POST":
        may_name.enforce()
    form = SubstitutionForm(request.POST if request.method == "POST" else None, absent=found)
    if form.is_valid():
        try:
            substitutions.name_substitute(absent=found, by=request.user, **form.cleaned_data)
        except DomainError as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(
                request, _("The substitute is named, and holds the duties in that time.")
            )
            return redirect("organisation:person_substitutes", pk=pk)
    context = {
        "person": found,
        "form": form,
        "may_name": may_name,
        "lines": selectors.substitutions_of(found),
    }
    status = 422 if form.errors else 200
    return render(request, "organisation/substitutes.html", context, status=status)


@require_POST
def substitution_end(request: PortalRequest, pk: int, substitution: int) -> HttpResponse:
    found = get_object_or_404(selectors.people_for(request.user), pk=pk)
    substitutions.end_substitution(substitution=substitution, absent=found, by=request.user)
    messages.success(request, _("The substitution has ended."))
    return redirect("organisation:person_substitutes", pk=pk)
