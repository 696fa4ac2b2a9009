"""The filters that the audit administrator keeps."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from audit import asking, filters
from audit.forms import FilterForm, FilterNameForm, SearchForm
from audit.reading import permit
from portal.common.confirming import confirm_page
from portal.common.errors import DomainError
from portal.common.form_errors import add_refusal
from portal.common.http import PortalRequest


@require_safe
def filter_list(request: PortalRequest) -> HttpResponse:
    permit(by=request.user, action="audit.search")
    today = timezone.localdate()
    context = {
        "listed": [
            (
                kept,
                asking.of_filter(kept),
                reverse("audit:search") + filters.address(kept, today=today),
            )
            for kept in filters.filters_of(request.user)
        ]
    }
    return render(request, "audit/filter_list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def filter_create(request: PortalRequest) -> HttpResponse:
    """Save the question in the address under a name; one with errors shows the search page instead."""
    permit(by=request.user, action="audit.filter.create")
    search = SearchForm(request.GET)
    if not search.is_valid():
        return render(request, "audit/search.html", {"form": search}, status=422)
    asked = search.asked()
    form = FilterForm(
        request.POST if request.method == "POST" else None,
        initial={"span": FilterForm.span_of(asked, today=timezone.localdate())},
    )
    if form.is_valid():
        try:
            filters.keep(asked=asked, by=request.user, **form.given())
        except DomainError as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(request, _("The filter is saved. It stands above the search."))
            return redirect("audit:filter_list")
    context = {
        "form": form,
        "title": _("Save this filter"),
        "asked": asking.in_words(asked),
        "back_url": f"{reverse('audit:search')}?{request.GET.urlencode()}",
    }
    return render(request, "audit/filter_form.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def rename(request: PortalRequest, pk: int) -> HttpResponse:
    """One filter, to rename or delete."""
    permit(by=request.user, action="audit.filter.rename")
    kept = filters.filter_of(request.user, pk)
    form = FilterNameForm(
        request.POST if request.method == "POST" else None, initial={"name": kept.name}
    )
    if form.is_valid():
        try:
            filters.rename(kept=kept, by=request.user, **form.cleaned_data)
        except DomainError as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(request, _("The filter has been renamed."))
            return redirect("audit:filter_list")
    context = {
        "kept": kept,
        "form": form,
        "title": kept.name,
        "asked": asking.of_filter(kept),
        "search_url": reverse("audit:search") + filters.address(kept, today=timezone.localdate()),
    }
    return render(request, "audit/filter.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: PortalRequest, pk: int) -> HttpResponse:
    """Asks once more, then deletes it."""
    permit(by=request.user, action="audit.filter.delete")
    kept = filters.filter_of(request.user, pk)
    if request.method == "POST":
        filters.remove(kept=kept, by=request.user)
        words = _('The filter "%(name)s" has been deleted.') % {"name": kept.name}
        messages.success(request, words)
        return redirect("audit:filter_list")
    return confirm_page(
        request,
        title=_('Delete the filter "%(name)s"?') % {"name": kept.name},
        consequences=[_("You can save it again from the search.")],
        confirm_label=_("Delete this filter"),
        back=kept,
        back_label=kept.name,
    )
