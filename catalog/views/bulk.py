"""Pages of imports: bring in a file, see its dry run, apply and undo it; files to take home."""

from collections.abc import Iterable
from functools import partial

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from catalog.bulk import progress, writing
from catalog.bulk.sending import XLSX, blocks
from catalog.bulk.writing import WrittenEntry
from catalog.models import BulkImport, ImportState
from catalog.permissions import may_create
from catalog.selectors import bulk as selectors
from catalog.services import bulk
from portal.common.confirming import confirm_page
from portal.common.errors import DomainError
from portal.common.form_errors import add_refusal
from portal.common.http import PortalRequest

from . import bulk_presentation as presentation
from .bulk_forms import upload_of

IMPORTS_PER_PAGE = 20
PROBLEMS_PER_PAGE = 50


@require_http_methods(["GET", "HEAD", "POST"])
def imports(request: PortalRequest) -> HttpResponse:
    form = upload_of(request)
    may = may_create(request.user)
    if request.method == "POST":
        may.enforce()
    if form.is_valid():
        try:
            made = bulk.receive(by=request.user, **form.cleaned_data)
        except DomainError as refusal:
            add_refusal(form, refusal)
        else:
            return redirect(made)
    page = Paginator(selectors.imports_for(request.user), IMPORTS_PER_PAGE).get_page(
        request.GET.get("page")
    )
    context = {
        "form": form,
        "page": page,
        "rows": [presentation.row(one) for one in page],
        "may_create": may,
        "may_take_all": selectors.may_take_all(request.user),
        "most_megabytes": bulk.most_bytes() // 2**20,
    }
    return render(request, "catalog/imports.html", context, status=422 if form.errors else 200)


@never_cache
@require_safe
def bulk_import(request: PortalRequest, pk: int) -> HttpResponse:
    found = selectors.import_for(request.user, pk)
    page = Paginator(found.problems, PROBLEMS_PER_PAGE).get_page(request.GET.get("page"))
    context = {
        **_live(found),
        "problems": page,
        "preview": presentation.preview(found),
        "record": presentation.record(found),
        "may_act": may_create(request.user),
    }
    return render(request, "catalog/import.html", context)


@never_cache
@require_safe
def bulk_import_live(request: PortalRequest, pk: int) -> HttpResponse:
    """What the page asks for every two seconds; a new state loads the page anew."""
    found = selectors.import_for(request.user, pk)
    response = render(request, "catalog/import_live.html", _live(found))
    if found.state != request.GET.get("state", found.state):
        response["HX-Refresh"] = "true"
    return response


@require_POST
def bulk_import_check(request: PortalRequest, pk: int) -> HttpResponse:
    found = selectors.import_for(request.user, pk)
    return redirect(bulk.check_again(bulk_import=found, by=request.user))


@require_http_methods(["GET", "HEAD", "POST"])
def bulk_import_apply(request: PortalRequest, pk: int) -> HttpResponse:
    found = selectors.import_for(request.user, pk)
    may_create(request.user).enforce()
    if request.method == "POST":
        done = bulk.apply(bulk_import=found, by=request.user)
        if done.state == ImportState.APPLIED:
            messages.success(request, _("The file has been applied as a whole."))
        return redirect(done)
    return confirm_page(
        request,
        title=_('Apply "%(file)s"?') % {"file": found.file_name},
        bulk_import=found,
        consequences=[
            _("%(count)s new drafts are written.") % {"count": found.created_count},
            _("%(count)s drafts are changed.") % {"count": found.changed_count},
            _("Either all of it is written or nothing. It can be undone while nobody goes on."),
        ],
        confirm_label=_("Apply"),
        is_danger=False,
        back=found,
        template="catalog/import_confirm.html",
    )


@require_http_methods(["GET", "HEAD", "POST"])
def bulk_import_undo(request: PortalRequest, pk: int) -> HttpResponse:
    found = selectors.import_for(request.user, pk)
    may_create(request.user).enforce()
    if request.method == "POST":
        done = bulk.undo(bulk_import=found, by=request.user)
        if done.state == ImportState.UNDONE:
            messages.success(request, _("Everything is again as it was before the import."))
        return redirect(done)
    return confirm_page(
        request,
        title=_('Undo "%(file)s"?') % {"file": found.file_name},
        bulk_import=found,
        consequences=[
            _("The drafts that it made are removed: %(count)s.") % {"count": found.created_count},
            _("The drafts that it changed become what they were: %(count)s.")
            % {"count": found.changed_count},
            _("If one of them has changed since, nothing is undone and you are told which."),
        ],
        confirm_label=_("Undo the import"),
        is_danger=True,
        back=found,
        template="catalog/import_confirm.html",
    )


@require_safe
def workbook_template(request: PortalRequest) -> HttpResponseBase:
    return _sent(blocks(partial(writing.workbook, [])), XLSX, f"{_('catalogue template')}.xlsx")


@require_safe
def workbook(request: PortalRequest) -> HttpResponseBase:
    written = blocks(partial(writing.workbook, _entries(request)))
    return _sent(written, XLSX, f"{_name()}.xlsx")


@require_safe
def csv_pair(request: PortalRequest) -> HttpResponseBase:
    written = blocks(partial(writing.csv_pair, _entries(request)))
    return _sent(written, "application/zip", f"{_name()}.zip")


@require_safe
def document(request: PortalRequest) -> HttpResponseBase:
    return _sent(writing.document(_entries(request)), "application/json", f"{_name()}.json")


def _entries(request: PortalRequest) -> Iterable[WrittenEntry]:
    return selectors.entries_to_write(request.user, is_all="all" in request.GET)


def _name() -> str:
    return _("catalogue %(day)s") % {"day": f"{timezone.localdate():%Y-%m-%d}"}


def _sent(content: Iterable[bytes], kind: str, name: str) -> StreamingHttpResponse:
    response = StreamingHttpResponse(content, content_type=kind)
    response["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=name)
    return response


def _live(found: BulkImport) -> dict[str, object]:
    told = progress.snapshot(found.pk) if found.is_under_way else None
    return {
        "bulk_import": found,
        "standing": presentation.standing(found),
        "figures": presentation.figures(found),
        "headline": presentation.headline(found, told),
        "share": presentation.share(told),
        "seconds": int(told.seconds) if told else None,
    }
