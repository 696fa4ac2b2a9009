"""Pages of the classification tree: browsing it, keeping it."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from catalog.selectors import classification as selectors
from catalog.services import classification
from catalog.standards import classification as rules
from catalog.standards.permissions import may_keep_standards
from portal.common.confirming import confirm_page
from portal.common.errors import DomainError
from portal.common.form_errors import add_refusal
from portal.common.http import PortalRequest

from .standard_forms import NodeForm, NoInputForm, TableForm
from .standard_tables import csv_answer, done_words, faults_of, other_words

HEADING = ("class", "code", "name", "name_en", "parent_code", "note")
ENTRIES_PER_PAGE = 30


@require_safe
def classification_tree(request: PortalRequest) -> HttpResponse:
    context = {
        "trees": selectors.trees(request.user),
        "may_keep": may_keep_standards(request.user),
    }
    return render(request, "catalog/standards/classification.html", context)


@require_safe
def classification_csv(request: PortalRequest) -> HttpResponse:
    """The tree as it could be uploaded again; retired nodes are left out."""
    rows = (
        (one.resource_class, one.code, one.name, one.name_en, above, one.note)
        for one in selectors.nodes()
        if one.retired_at is None
        for above in (one.parent.code if one.parent else "",)
    )
    return csv_answer("classification", HEADING, rows)


@require_safe
def classification_node(request: PortalRequest, pk: int) -> HttpResponse:
    node = selectors.node_of(pk)
    entries = Paginator(selectors.entries_under(request.user, node), ENTRIES_PER_PAGE)
    context = {
        "node": node,
        "above": selectors.ancestors(node),
        "below": selectors.children(node),
        "page": entries.get_page(request.GET.get("page")),
        "may_keep": may_keep_standards(request.user),
    }
    return render(request, "catalog/standards/classification_node.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def classification_create(request: PortalRequest) -> HttpResponse:
    may_keep_standards(request.user).enforce()
    form = NodeForm(
        request.POST if request.method == "POST" else None,
        initial={
            name: request.GET.get(name, "")[:20] for name in ("resource_class", "parent_code")
        },
    )
    if form.is_valid():
        try:
            made = classification.add_node(row=form.row, by=request.user)
        except DomainError as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(request, _("%(node)s is added.") % {"node": made})
            return redirect(made)
    context = {"form": form, "node": None}
    status = 422 if form.errors else 200
    return render(request, "catalog/standards/classification_form.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def classification_edit(request: PortalRequest, pk: int) -> HttpResponse:
    may_keep_standards(request.user).enforce()
    node = selectors.node_of(pk)
    form = NodeForm(request.POST if request.method == "POST" else None, node=node)
    if form.is_valid():
        try:
            changed = classification.change_node(node=node, by=request.user, **form.cleaned_data)
        except DomainError as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(request, _("%(node)s is saved.") % {"node": changed})
            return redirect(changed)
    context = {"form": form, "node": node}
    status = 422 if form.errors else 200
    return render(request, "catalog/standards/classification_form.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def classification_retire(request: PortalRequest, pk: int) -> HttpResponse:
    may_keep_standards(request.user).enforce()
    node = selectors.node_of(pk)
    if NoInputForm(request.POST if request.method == "POST" else None).is_valid():
        classification.retire_node(node=node, by=request.user)
        messages.success(request, _("%(node)s is retired.") % {"node": node})
        return redirect("catalog:classification")
    entries = selectors.entries_under(request.user, node).count()
    return confirm_page(
        request,
        title=_("Retire %(list)s?") % {"list": node},
        consequences=[
            _("No entry can be classified here any more."),
            _("Published entries that stay here: %(count)s. They keep their codes.")
            % {"count": entries},
            _("It cannot be taken back."),
        ],
        confirm_label=_("Retire the node"),
        back=node,
    )


@require_http_methods(["GET", "HEAD", "POST"])
def classification_upload(request: PortalRequest) -> HttpResponse:
    may_keep_standards(request.user).enforce()
    is_sent = request.method == "POST"
    form = TableForm(request.POST if is_sent else None, request.FILES if is_sent else None)
    faults = []
    if form.is_valid():
        try:
            rows = rules.read(form.content)
            taken = classification.take_table(rows=rows, by=request.user)
        except DomainError as refusal:
            form.add_error("file", other_words(refusal))
            faults = faults_of(refusal)
        else:
            messages.success(request, done_words(taken.added, taken.changed, taken.kept))
            return redirect("catalog:classification")
    context = {"form": form, "faults": faults}
    status = 422 if form.errors else 200
    return render(request, "catalog/standards/classification_upload.html", context, status=status)
