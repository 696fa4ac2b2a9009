"""The files of a resource that are shared as they are: kept by its stewards, version by version."""

from django import forms
from django.contrib import messages
from django.http import FileResponse, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from catalog.models import Resource
from catalog.selectors import sync
from catalog.selectors.shared_files import files_of, versions_of
from catalog.services import shared_files
from catalog.sources.permissions import may_manage, may_set_up
from portal.common.errors import DomainError
from portal.common.file_kinds import KINDS
from portal.common.form_errors import add_refusal
from portal.common.http import PortalRequest


class SharedFileForm(forms.Form):
    file = forms.FileField(
        label=gettext_lazy("File"),
        help_text=gettext_lazy(
            "Under the name of a file that is shared already it becomes its next version."
        ),
    )
    note = forms.CharField(
        label=gettext_lazy("What is new"), max_length=shared_files.LONGEST_WORDS, required=False
    )


@require_http_methods(["GET", "HEAD", "POST"])
def resource_files(request: PortalRequest, pk: int) -> HttpResponse:
    """The list, and the form that adds a file or a version."""
    resource = _resource(request, pk)
    is_sent = request.method == "POST"
    form = SharedFileForm(request.POST, request.FILES) if is_sent else SharedFileForm()
    if is_sent and form.is_valid():
        file = form.cleaned_data["file"]
        try:
            kept = shared_files.add_version(
                resource=resource,
                name=file.name,
                file=file,
                size=file.size,
                note=form.cleaned_data["note"],
                by=request.user,
            )
        except DomainError as refusal:
            add_refusal(form, refusal)
        else:
            words = _("%(name)s is kept as version %(number)s.")
            messages.success(request, words % {"name": kept.file.name, "number": kept.number})
            return redirect("catalog:resource_files", pk=pk)
    context = {
        "resource": resource,
        "files": files_of(resource),
        "form": form,
        "kinds": sorted(KINDS),
        "may_add": may_set_up(request.user, resource),
        "may_keep": may_manage(request.user, resource.department_id),
    }
    status = 422 if form.errors else 200
    return render(request, "catalog/shared_files.html", context, status=status)


@require_POST
def resource_file_withdraw(request: PortalRequest, pk: int, file: int) -> HttpResponse:
    shared = get_object_or_404(_resource(request, pk).shared_files.all(), pk=file)
    try:
        shared_files.withdraw(shared=shared, reason=request.POST.get("reason", ""), by=request.user)
    except DomainError as refusal:
        if refusal.status == 403:
            raise
        told = [words for fault in refusal.fields.values() for words in fault]
        messages.error(request, " ".join(told) or str(refusal.message))
    else:
        messages.success(request, _("%(name)s is given to nobody any more.") % {"name": shared})
    return redirect("catalog:resource_files", pk=pk)


@require_GET
def resource_file_look(request: PortalRequest, pk: int, file: int, version: int) -> FileResponse:
    """The bytes of one's own department's file; the look is recorded."""
    _resource(request, pk)
    found = get_object_or_404(versions_of(file), file__resource=pk, number=version)
    kept = shared_files.look(version=found, by=request.user)
    return FileResponse(
        kept.content.open("rb"),
        as_attachment=True,
        filename=kept.file.name,
        content_type=kept.media_type,
    )


def _resource(request: PortalRequest, pk: int) -> Resource:
    found: Resource = get_object_or_404(sync.resources_for(request.user), pk=pk)
    return found
