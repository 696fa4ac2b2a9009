"""Pages of sources: the list, one source, registering, changing and testing it."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from catalog.models import Source, SourceKind
from catalog.selectors import capture, sync
from catalog.services import sources
from catalog.sources.kinds import kind_of, place_words
from catalog.sources.permissions import may_manage
from portal.common.errors import DomainError
from portal.common.form_errors import add_refusal
from portal.common.http import PortalRequest

from . import source_presentation as presentation
from .source_files import UploadForm
from .source_place_forms import SourceForm, kind_choices, kind_given

PER_PAGE = 50


@require_safe
def source_list(request: PortalRequest) -> HttpResponse:
    found = sync.sources_for(request.user)
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "rows": [(one, *place_words(one)) for one in page],
        "may_register": may_manage(request.user, request.user.department),
    }
    return render(request, "sources/source_list.html", context)


@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def source_create(request: PortalRequest) -> HttpResponse:
    """The kind first, by GET; then the fields that it has."""
    may_manage(request.user, request.user.department).enforce()
    given = request.POST if request.method == "POST" else request.GET
    kind = kind_given(given.get("kind"))
    if kind is None:
        status = 422 if given.get("kind") or request.method == "POST" else 200
        context = {"kinds": kind_choices(), "is_unknown": status != 200}
        return render(request, "sources/source_kinds.html", context, status=status)
    form = SourceForm(request.POST if request.method == "POST" else None, kind=kind)
    if form.is_valid():
        try:
            made = sources.register_source(
                department=request.user.department, data=form.data_of_source, by=request.user
            )
        except DomainError as refusal:
            add_refusal(form, refusal)
        else:
            return _tested(request, made)
    context = {"form": form, "source": None, "kind": kind}
    return render(request, "sources/source_form.html", context, status=422 if form.errors else 200)


@require_safe
def source(request: PortalRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(sync.sources_for(request.user), pk=pk)
    manage = may_manage(request.user, found.department)
    context = {
        "source": found,
        "facts": presentation.source_facts(found),
        "jobs": sync.jobs_of_source(found),
        "failure": sync.test_failure_of(found),
        "upload": UploadForm() if found.kind == SourceKind.UPLOAD else None,
        "uploads": sync.uploads_of(found),
        "may_manage": manage,
        "has_rows": kind_of(found.kind).has_rows,
        "has_datasets": bool(kind_of(found.kind).walk),
        "slots": capture.slots_of(found),
        "unconnected": sync.resources_without_job(request.user)
        if manage and kind_of(found.kind).has_rows
        else [],
    }
    return render(request, "sources/source.html", context)


@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def source_edit(request: PortalRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(sync.sources_for(request.user), pk=pk)
    may_manage(request.user, found.department).enforce()
    kind = kind_of(found.kind)
    form = SourceForm(request.POST if request.method == "POST" else None, kind=kind, source=found)
    if form.is_valid():
        try:
            changed = sources.change_source(
                source=found,
                version=form.cleaned_data["version"] or 0,
                data=form.data_of_source,
                by=request.user,
            )
        except DomainError as refusal:
            add_refusal(form, refusal)
        else:
            return _tested(request, changed)
    context = {"form": form, "source": found, "kind": kind}
    return render(request, "sources/source_form.html", context, status=422 if form.errors else 200)


@require_POST
def source_test(request: PortalRequest, pk: int) -> HttpResponse:
    return _tested(request, get_object_or_404(sync.sources_for(request.user), pk=pk))


def _tested(request: PortalRequest, found: Source) -> HttpResponse:
    """Test the source now and show its page, which says how that went."""
    result = sources.test_source(source=found, by=request.user)
    if result.failure is None:
        messages.success(request, _("%(product)s answered.") % {"product": result.product})
    else:
        messages.error(request, f"{result.failure.what} {result.failure.to_do}")
    return redirect("catalog:source", pk=found.pk)
