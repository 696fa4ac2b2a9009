"""The synonyms of the search: everybody reads them, officers of competent departments keep them."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from catalog.forms.finding import SynonymFileForm, SynonymForm
from catalog.permissions import may_keep_synonyms
from catalog.selectors.synonyms import synonym_for, synonym_page
from catalog.services import synonyms
from portal.common.confirming import confirm_page
from portal.common.errors import DomainError
from portal.common.form_errors import add_refusal
from portal.common.http import PortalRequest


@require_safe
def synonym_list(request: PortalRequest) -> HttpResponse:
    words = request.GET.get("q", "").strip()[:50]
    context = {
        "page": synonym_page(words=words, number=request.GET.get("page", "1")),
        "words": words,
        "may_keep": may_keep_synonyms(request.user),
    }
    return render(request, "catalog/finding/synonym_list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def synonym_create(request: PortalRequest) -> HttpResponse:
    may_keep_synonyms(request.user).enforce()
    form = SynonymForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        given = form.cleaned_data
        try:
            synonyms.create(terms=given["terms"], note=given["note"], by=request.user)
        except DomainError as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(request, _("The group has been added and is in force."))
            return redirect("catalog:synonym_list")
    return _form_page(request, form, _("Add synonyms"))


@require_http_methods(["GET", "HEAD", "POST"])
def synonym_edit(request: PortalRequest, pk: int) -> HttpResponse:
    group = synonym_for(pk)
    may_keep_synonyms(request.user).enforce()
    form = SynonymForm(
        request.POST if request.method == "POST" else None,
        initial={"terms": "\n".join(group.terms), "note": group.note, "version": group.version},
    )
    if form.is_valid():
        given = form.cleaned_data
        try:
            synonyms.change(
                group=group,
                version=given["version"] or 0,
                terms=given["terms"],
                note=given["note"],
                by=request.user,
            )
        except DomainError as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(request, _("The group has been changed and is in force."))
            return redirect("catalog:synonym_list")
    return _form_page(request, form, _("Change synonyms"), group=group)


@require_http_methods(["GET", "HEAD", "POST"])
def synonym_delete(request: PortalRequest, pk: int) -> HttpResponse:
    group = synonym_for(pk)
    may_keep_synonyms(request.user).enforce()
    if request.method == "POST":
        synonyms.delete(group=group, by=request.user)
        messages.success(request, _("The group has been deleted."))
        return redirect("catalog:synonym_list")
    return confirm_page(
        request,
        title=_('Delete the group "%(group)s"?') % {"group": group},
        consequences=[_("Who looks for one of these terms no longer finds the others.")],
        confirm_label=_("Delete the group"),
        back=group,
    )


@require_http_methods(["GET", "HEAD", "POST"])
def upload(request: PortalRequest) -> HttpResponse:
    may_keep_synonyms(request.user).enforce()
    is_sent = request.method == "POST"
    form = SynonymFileForm(request.POST if is_sent else None, request.FILES if is_sent else None)
    if form.is_valid():
        try:
            taken = synonyms.upload(content=form.cleaned_data["file"].read(), by=request.user)
        except DomainError as refusal:
            add_refusal(form, refusal)
        else:
            _tell(request, taken)
            return redirect("catalog:synonym_list")
    context = {"form": form, "title": _("Upload synonyms")}
    status = 422 if form.errors else 200
    return render(request, "catalog/finding/synonym_upload.html", context, status=status)


@require_POST
def take_over(request: PortalRequest) -> HttpResponse:
    """Add the groups that come with the portal."""
    _tell(request, synonyms.take_over_shipped(by=request.user))
    return redirect("catalog:synonym_list")


@require_safe
def download(request: PortalRequest) -> HttpResponse:
    answer = HttpResponse("\ufeff" + synonyms.as_csv(), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="synonyms.csv"'
    return answer


def _tell(request: PortalRequest, taken: synonyms.Taken) -> None:
    words = ngettext(
        "%(number)s group has been added.", "%(number)s groups have been added.", taken.added
    ) % {"number": taken.added}
    if taken.known:
        words += " " + ngettext(
            "%(number)s was there already.", "%(number)s were there already.", taken.known
        ) % {"number": taken.known}
    messages.success(request, words)


def _form_page(
    request: PortalRequest, form: SynonymForm, title: str, *, group: object = None
) -> HttpResponse:
    context = {"form": form, "title": title, "group": group}
    status = 422 if form.errors else 200
    return render(request, "catalog/finding/synonym_form.html", context, status=status)
