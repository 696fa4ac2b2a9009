"""The stewards' pages: their resources, the draft of an entry, its assessments, its submission."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from catalog import presentation
from catalog.description import around, description
from catalog.entry import entry_of
from catalog.forms import (
    AssessmentForm,
    BaseItemFormSet,
    EntryForm,
    ItemForm,
    VersionForm,
    add_entry_refusal,
    as_typed,
    item_rows,
    rows_of,
)
from catalog.models import AssessmentKind, Move, Resource
from catalog.permissions import may_create, may_edit
from catalog.selectors import classification, standards
from catalog.selectors.audience import divisions
from catalog.selectors.resources import items_of, my_resources, resource_for, resource_page
from catalog.selectors.versions import change_of
from catalog.services import assessments, resources, review
from catalog.services.entry_rules import MOST_ITEMS
from portal.common.errors import DomainError
from portal.common.form_errors import add_refusal
from portal.common.http import PortalRequest

from .source_files import accepted_rows


@require_safe
def mine(request: PortalRequest) -> HttpResponse:
    found = my_resources(
        request.user, tab=request.GET.get("tab", "all"), number=request.GET.get("page", "1")
    )
    context = {
        "tabs": found.tabs,
        "page": found.page,
        "listed": [
            (resource, presentation.standing(resource, request.user)) for resource in found.page
        ],
        "may_create": may_create(request.user),
    }
    return render(request, "catalog/my_resources.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def resource_create(request: PortalRequest) -> HttpResponse:
    may_create(request.user).enforce()
    return _write(request, None)


@require_http_methods(["GET", "HEAD", "POST"])
def resource_edit(request: PortalRequest, pk: int) -> HttpResponse:
    resource = resource_for(request.user, pk)
    may_edit(request.user, resource).enforce()
    return _write(request, resource)


@require_http_methods(["GET", "HEAD", "POST"])
def resource_assess(request: PortalRequest, pk: int, kind: str) -> HttpResponse:
    if kind not in AssessmentKind.values:
        raise Http404(kind)
    page = resource_page(request.user, pk)
    page.rights.edit.enforce()
    known = next((one for one in page.assessments if one.kind == kind), None)
    initial: dict[str, object] = {"version": page.resource.version}
    if known is not None:
        initial |= {
            "is_present": "yes" if known.is_present else "no",
            "is_passed": "yes" if known.is_passed else "no",
            "findings": known.findings,
        }
    form = AssessmentForm(
        request.POST if request.method == "POST" else None, kind=kind, initial=initial
    )
    if form.is_valid():
        try:
            assessments.assess(
                resource=page.resource,
                kind=AssessmentKind(kind),
                by=request.user,
                **form.cleaned_data,
            )
        except DomainError as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(request, _("The assessment is recorded."))
            return redirect(f"{page.resource.get_absolute_url()}#assessments")
    context = {
        "form": form,
        "resource": page.resource,
        "kind": AssessmentKind(kind),
        "personal": [item for item in page.items if item.is_personal],
    }
    return render(request, "catalog/assess.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def resource_submit(request: PortalRequest, pk: int) -> HttpResponse:
    """Check your answers, then hand the entry on."""
    page = resource_page(request.user, pk)
    page.rights.submit.enforce()
    form = VersionForm(
        request.POST if request.method == "POST" else None,
        initial={"version": page.resource.version},
    )
    if form.is_valid():
        try:
            moved = review.submit(
                resource=page.resource, version=form.cleaned_data["version"], by=request.user
            )
        except DomainError as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(request, presentation.done(Move.SUBMIT, moved))
            return redirect(moved)
    edit_url = presentation.edit_url(page.resource)
    context = {
        "form": form,
        "page": page,
        "resource": page.resource,
        "edit_url": edit_url,
        "rows": description(
            page.resource,
            around(page),
            change_url=edit_url,
        ),
        "missing": presentation.missing(page.resource, page.gaps),
        "change": change_of(page.resource),
    }
    return render(request, "catalog/submit.html", context, status=422 if form.errors else 200)


def _write(request: PortalRequest, resource: Resource | None) -> HttpResponse:
    """The form of a new or an existing draft, with its table of items."""
    is_posted = request.method == "POST"
    if is_posted and "more" in request.POST:
        form, rows = _as_typed_with_more_rows(request)
    elif is_posted:
        form, rows = EntryForm(request.POST), item_rows(request.POST)
        if form.is_valid() & rows.is_valid():
            try:
                saved = _save(request, resource, form, rows)
            except DomainError as refusal:
                add_entry_refusal(refusal, form, rows)
            else:
                messages.success(request, _("The draft is saved."))
                if stricter := presentation.stricter_items(
                    saved, items_of(saved), stated=form.cleaned_data
                ):
                    messages.warning(request, stricter)
                check = "check" in request.POST
                return redirect("catalog:resource_submit", saved.pk) if check else redirect(saved)
    elif resource is None and "source" in request.GET:
        form, rows = EntryForm(), _rows_of_source(request)
    else:
        form, rows = _as_saved(resource)
    version = request.POST.get("version", "") if is_posted else getattr(resource, "version", "")
    context = {
        "form": form,
        "rows": rows,
        "resource": resource,
        "version": version,
        "divisions": divisions(),
        "classifications": classification.choices(),
        "code_lists": standards.bindable_lists(),
        "data_elements": standards.bindable_elements(),
    }
    is_wrong = is_posted and form.is_bound
    return render(request, "catalog/resource_form.html", context, status=422 if is_wrong else 200)


def _save(
    request: PortalRequest, resource: Resource | None, form: EntryForm, rows: BaseItemFormSet
) -> Resource:
    if resource is None:
        return resources.create_draft(entry=form.entry(), items=rows.items(), by=request.user)
    given = request.POST.get("version", "")
    return resources.change_draft(
        resource=resource,
        version=int(given) if given.isdecimal() else 0,
        entry=form.entry(entry_of(resource)),
        items=rows.items(),
        by=request.user,
    )


def _as_saved(resource: Resource | None) -> tuple[EntryForm, BaseItemFormSet]:
    if resource is None:
        return EntryForm(), item_rows()
    initial = {name: getattr(resource, name) for name in EntryForm.base_fields}
    rows = rows_of(resource, items_of(resource))
    return EntryForm(initial=initial), item_rows(initial=rows)


def _rows_of_source(request: PortalRequest) -> BaseItemFormSet:
    """The items that the steward accepted from a source, to be looked at and saved with the entry."""
    found, failure = accepted_rows(request.user, request.GET)
    if failure is not None:
        messages.error(request, f"{failure.what} {failure.to_do}")
    return item_rows(initial=found)


def _as_typed_with_more_rows(request: PortalRequest) -> tuple[EntryForm, BaseItemFormSet]:
    """What was typed, not judged yet, and five more empty rows."""
    given = request.POST.get("items-TOTAL_FORMS", "")
    count = min(int(given) if given.isdecimal() else 0, MOST_ITEMS)
    rows = [as_typed(request.POST, ItemForm, f"items-{number}") for number in range(count)]
    return EntryForm(initial=as_typed(request.POST, EntryForm)), item_rows(initial=rows)
