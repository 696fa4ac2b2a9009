"""Pages of the code lists: finding one, its codes and versions, writing and publishing a version."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from catalog.models import CodeList, CodeListVersion
from catalog.selectors import standards as selectors
from catalog.services import standards
from catalog.standards import codes
from catalog.standards.permissions import may_keep_standards
from portal.common.confirming import confirm_page
from portal.common.errors import DomainError, WrongState
from portal.common.form_errors import add_refusal
from portal.common.http import PortalRequest

from .standard_forms import CodeListForm, NoInputForm, PublishForm, RevisionForm, TableForm
from .standard_tables import csv_answer, disposition, faults_of, other_words

HEADING = ("code", "name", "parent_code", "note")


@require_safe
def code_list_list(request: PortalRequest) -> HttpResponse:
    q = request.GET.get("q", "").strip()
    found = Paginator(selectors.code_lists(q), selectors.LISTS_PER_PAGE)
    page = found.get_page(request.GET.get("page"))
    uses = selectors.binding_counts(request.user)
    context = {
        "page": page,
        "listed": [(one, uses.get(one.identifier, 0)) for one in page],
        "q": q,
        "may_keep": may_keep_standards(request.user),
    }
    return render(request, "catalog/standards/code_list_list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def code_list_create(request: PortalRequest) -> HttpResponse:
    may_keep_standards(request.user).enforce()
    form = CodeListForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            draft = standards.create_list(data=form.data_of_list, by=request.user)
        except DomainError as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(request, _("The list is added. Upload its codes, then publish it."))
            return redirect("catalog:code_list_draft", pk=draft.code_list_id)
    status = 422 if form.errors else 200
    return render(request, "catalog/standards/code_list_form.html", {"form": form}, status=status)


@require_safe
def code_list(request: PortalRequest, pk: int) -> HttpResponse:
    q = request.GET.get("q", "").strip()
    page = selectors.list_page(
        request.user,
        pk,
        version=_number(request.GET.get("version", "")),
        q=q,
        number=request.GET.get("page", "1"),
    )
    return render(request, "catalog/standards/code_list.html", {"page": page, "q": q})


@require_safe
def code_list_csv(request: PortalRequest, pk: int) -> HttpResponse:
    """The codes of one version as they could be uploaded again."""
    version = _version(request, pk)
    rows = selectors.codes_of(version).values_list("code", "name", "parent_code", "note")
    return csv_answer(_file_name(version), HEADING, rows)


@require_safe
def code_list_json(request: PortalRequest, pk: int) -> HttpResponse:
    version = _version(request, pk)
    told = {
        "identifier": version.code_list.identifier,
        "name": version.code_list.name,
        "name_en": version.code_list.name_en,
        "standard": version.code_list.standard,
        "is_partial": version.code_list.is_partial,
        "version": version.number,
        "valid_from": version.valid_from,
        "codes": list(selectors.codes_of(version).values(*HEADING)),
    }
    answer = JsonResponse(told, json_dumps_params={"ensure_ascii": False})
    answer["Content-Disposition"] = disposition(f"{_file_name(version)}.json")
    return answer


@require_safe
def code_list_compare(request: PortalRequest, pk: int) -> HttpResponse:
    """Two versions of a list; unless others are asked for, the last two."""
    found = selectors.code_list_of(pk)
    versions = selectors.versions_of(request.user, found)
    numbers = [version.number for version in versions]
    after = _number(request.GET.get("after", "")) or (numbers[0] if numbers else None)
    before = _number(request.GET.get("before", "")) or (numbers[1] if len(numbers) > 1 else after)
    old = selectors.version_of(request.user, found, before)
    new = selectors.version_of(request.user, found, after)
    context = {
        "code_list": found,
        "versions": versions,
        "before": old,
        "after": new,
        "changes": selectors.comparison_of(old, new),
    }
    return render(request, "catalog/standards/code_list_compare.html", context)


@require_POST
def code_list_draft_start(request: PortalRequest, pk: int) -> HttpResponse:
    found = selectors.code_list_of(pk)
    standards.draft_version(code_list=found, by=request.user)
    return redirect("catalog:code_list_draft", pk=pk)


@require_http_methods(["GET", "HEAD", "POST"])
def code_list_draft(request: PortalRequest, pk: int) -> HttpResponse:
    """The version being written: its codes come as a table, every fault of which is named."""
    found, draft = _draft(request, pk)
    form = TableForm(
        request.POST if request.method == "POST" else None,
        request.FILES if request.method == "POST" else None,
        initial={"revision": draft.revision},
    )
    context: dict[str, Any] = {"code_list": found, "draft": draft, "form": form, "faults": []}
    if form.is_valid():
        try:
            rows = codes.read(form.content)
            standards.write_draft(
                code_list=found,
                revision=form.cleaned_data["revision"] or 0,
                rows=rows,
                by=request.user,
            )
        except DomainError as refusal:
            form.add_error("file", other_words(refusal))
            context["faults"] = faults_of(refusal)
        else:
            messages.success(
                request, _("The draft holds %(count)s codes now.") % {"count": len(rows)}
            )
            return redirect("catalog:code_list_draft", pk=pk)
    context["changes"] = selectors.changes_of_draft(draft)
    status = 422 if form.errors else 200
    return render(request, "catalog/standards/code_list_draft.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def code_list_publish(request: PortalRequest, pk: int) -> HttpResponse:
    found, draft = _draft(request, pk)
    form = PublishForm(
        request.POST if request.method == "POST" else None, initial={"revision": draft.revision}
    )
    if form.is_valid():
        try:
            standards.publish_draft(code_list=found, by=request.user, **form.cleaned_data)
        except DomainError as refusal:
            add_refusal(form, refusal)
        else:
            words = _("Version %(number)s is published.") % {"number": draft.number}
            messages.success(request, words)
            return redirect(found)
    changes = selectors.changes_of_draft(draft)
    return confirm_page(
        request,
        title=_("Publish version %(number)s of %(list)s?")
        % {"number": draft.number, "list": found.identifier},
        consequences=[
            _("Codes added: %(added)s, removed: %(removed)s, changed: %(changed)s.")
            % {
                "added": len(changes.added),
                "removed": len(changes.removed),
                "changed": len(changes.changed),
            },
            _("A published version never changes again."),
            _("Rows with codes that are removed are refused at the next sync."),
        ],
        form=form,
        is_danger=False,
        confirm_label=_("Publish the version"),
        back=request.path.removesuffix("publish/"),
        back_label=found,
    )


@require_http_methods(["GET", "HEAD", "POST"])
def code_list_discard(request: PortalRequest, pk: int) -> HttpResponse:
    found, draft = _draft(request, pk)
    form = RevisionForm(
        request.POST if request.method == "POST" else None, initial={"revision": draft.revision}
    )
    if form.is_valid():
        try:
            standards.discard_draft(code_list=found, by=request.user, **form.cleaned_data)
        except DomainError as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(request, _("The draft is discarded."))
            return redirect(found)
    return confirm_page(
        request,
        title=_("Discard the draft of %(list)s?") % {"list": found.identifier},
        consequences=[
            _("Its %(count)s codes are gone; published versions stay.")
            % {"count": draft.entry_count}
        ],
        form=form,
        confirm_label=_("Discard the draft"),
        back=request.path.removesuffix("discard/"),
        back_label=found,
    )


@require_http_methods(["GET", "HEAD", "POST"])
def code_list_retire(request: PortalRequest, pk: int) -> HttpResponse:
    may_keep_standards(request.user).enforce()
    found = selectors.code_list_of(pk)
    form = NoInputForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        standards.retire_list(code_list=found, by=request.user)
        messages.success(request, _("The list is retired."))
        return redirect(found)
    return confirm_page(
        request,
        title=_("Retire %(list)s?") % {"list": found.identifier},
        consequences=[
            _("No data item can be bound to it any more, and it gets no new versions."),
            _("Items that are bound to it stay so; their rows are checked as before."),
            _("It cannot be taken back."),
        ],
        confirm_label=_("Retire the list"),
        back=found,
    )


def _draft(request: PortalRequest, pk: int) -> tuple[CodeList, CodeListVersion]:
    may_keep_standards(request.user).enforce()
    found = selectors.code_list_of(pk)
    draft = selectors.draft_of(found)
    if draft is None:
        raise WrongState(_("No new version of this list is being written."))
    return found, draft


def _version(request: PortalRequest, pk: int) -> CodeListVersion:
    found = selectors.code_list_of(pk)
    number = _number(request.GET.get("version", ""))
    version = selectors.version_of(request.user, found, number)
    version.code_list = found
    return version


def _file_name(version: CodeListVersion) -> str:
    return f"{version.code_list.identifier} {version.code_list.name} v{version.number}"


def _number(given: str) -> int | None:
    return int(given) if given.isdecimal() and given.isascii() and len(given) < 7 else None
