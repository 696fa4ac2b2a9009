"""Names that mean one datum: everybody reads them, officers of competent departments keep them."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from catalog.forms.one_source import ItemSynonymForm
from catalog.permissions import may_keep_synonyms
from catalog.selectors.item_synonyms import group_of, groups
from catalog.services import item_synonyms
from portal.common.confirming import confirm_page
from portal.common.errors import DomainError
from portal.common.form_errors import add_refusal
from portal.common.http import PortalRequest

PAGE_SIZE = 50


@require_safe
def item_synonym_list(request: PortalRequest) -> HttpResponse:
    words = request.GET.get("q", "").strip()[:100]
    context = {
        "page": Paginator(groups(words), PAGE_SIZE).get_page(request.GET.get("page")),
        "words": words,
        "may_keep": may_keep_synonyms(request.user),
    }
    return render(request, "catalog/one_source/synonyms.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def item_synonym_create(request: PortalRequest) -> HttpResponse:
    may_keep_synonyms(request.user).enforce()
    return _edit(request, ItemSynonymForm(request.POST or None), _("Add names of a datum"))


@require_http_methods(["GET", "HEAD", "POST"])
def item_synonym_edit(request: PortalRequest, pk: int) -> HttpResponse:
    group = group_of(pk)
    may_keep_synonyms(request.user).enforce()
    form = ItemSynonymForm(
        request.POST or None,
        initial={"names": "\n".join(group.names), "is_reference": group.is_reference},
    )
    return _edit(request, form, _("Change names of a datum"), pk=pk, replaces=group.canonical)


@require_http_methods(["GET", "HEAD", "POST"])
def item_synonym_delete(request: PortalRequest, pk: int) -> HttpResponse:
    group = group_of(pk)
    may_keep_synonyms(request.user).enforce()
    if request.method == "POST":
        item_synonyms.delete(canonical=group.canonical, by=request.user)
        messages.success(request, _("The group has been deleted."))
        return redirect("catalog:item_synonym_list")
    return confirm_page(
        request,
        title=_('Delete the group "%(group)s"?') % {"group": group.names[0]},
        consequences=[_("Entries that hold these names are no longer compared with each other.")],
        confirm_label=_("Delete the group"),
        back=reverse("catalog:item_synonym_edit", args=[pk]),
        back_label=group.names[0],
    )


def _edit(
    request: PortalRequest,
    form: ItemSynonymForm,
    title: str,
    *,
    pk: int | None = None,
    replaces: str = "",
) -> HttpResponse:
    if form.is_valid():
        try:
            item_synonyms.save(**form.cleaned_data, replaces=replaces, by=request.user)
        except DomainError as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(request, _("The names are saved and in force."))
            return redirect("catalog:item_synonym_list")
    context = {"form": form, "title": title, "pk": pk}
    status = 422 if form.errors else 200
    return render(request, "catalog/one_source/synonym_form.html", context, status=status)
