"""What a source holds, as proposals for a new entry; files that are uploaded to a source."""

from dataclasses import asdict
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from catalog.models import Source
from catalog.permissions import may_create
from catalog.selectors import sync
from catalog.services import source_uploads
from catalog.sources.failures import SourceFailure
from catalog.sources.permissions import may_manage
from catalog.sources.proposing import ProposedItem, items_from
from catalog.sources.words import Explanation, explain
from portal.common.errors import DomainError
from portal.common.http import PortalRequest
from portal.organisation.models import User

MOST_SHOWN = 200
ITEM_FIELDS = (
    "name",
    "column",
    "type",
    "length",
    "is_key",
    "is_nullable",
    "is_personal",
    "is_sensitive",
    "identifier_kind",
    "masking_rule",
)


class UploadForm(forms.Form):
    file = forms.FileField(
        label=gettext_lazy("File"),
        help_text=gettext_lazy(
            "It takes the place of the one before; every sync job reads it then."
        ),
    )


@require_POST
def source_upload(request: PortalRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(sync.sources_for(request.user), pk=pk)
    may_manage(request.user, found.department).enforce()
    form = UploadForm(request.POST, request.FILES)
    if not form.is_valid():
        messages.error(request, _("Choose a file that is not empty."))
        return redirect(found)
    file = form.cleaned_data["file"]
    try:
        source_uploads.upload_file(
            source=found, name=file.name, file=file, size=file.size, by=request.user
        )
    except DomainError as refusal:
        for words in (*refusal.fields.get("file", ()),) or (str(refusal.message),):
            messages.error(request, words)
    else:
        messages.success(request, _("The file is kept. The sync jobs of this source read it now."))
    return redirect(found)


@require_safe
def source_items(request: PortalRequest, pk: int) -> HttpResponse:
    """The wizard: which table or sheet, then an item for each of its columns to accept."""
    found = get_object_or_404(sync.sources_for(request.user), pk=pk)
    may_manage(request.user, found.department).enforce()
    relation = request.GET.get("relation", "")
    context: dict[str, Any] = {"source": found, "relation": relation}
    try:
        context["relations"] = sync.relations_of(found)[:MOST_SHOWN]
        if len(context["relations"]) == 1 and not relation:
            context["relation"] = relation = context["relations"][0].name
        context["items"] = items_from(found, relation) if relation else []
    except SourceFailure as failure:
        context["failure"] = explain(failure.code, failure.data)
    return render(request, "sources/source_items.html", context)


def accepted_rows(user: User, given: Any) -> tuple[list[dict[str, Any]], Explanation | None]:
    """Rows for the form of a new entry: the items of a source that the steward has accepted.

    `given` is the query: source, relation, and a column of the source for every accepted item.
    """
    key = given.get("source", "")
    if not key.isdecimal():
        return [], None
    source: Source = get_object_or_404(sync.sources_for(user), pk=int(key))
    may_manage(user, source.department).enforce()
    may_create(user).enforce()
    wanted = set(given.getlist("item"))
    try:
        found = items_from(source, given.get("relation", ""))
    except SourceFailure as failure:
        return [], explain(failure.code, failure.data)
    return [_row(item) for item in found if item.source in wanted], None


def _row(item: ProposedItem) -> dict[str, Any]:
    told = asdict(item)
    return {name: told[name] for name in ITEM_FIELDS}
