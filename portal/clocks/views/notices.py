"""A person's notices: to read, to follow, and how they come by e-mail."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from portal.clocks.forms import PostingForm
from portal.clocks.selectors import notices as selectors
from portal.clocks.services import notices
from portal.clocks.wording import lines_of
from portal.common.errors import DomainError
from portal.common.form_errors import add_refusal
from portal.common.http import PortalRequest

PER_PAGE = 30


@require_safe
def notice_list(request: PortalRequest) -> HttpResponse:
    return _page(request, PostingForm(initial=selectors.choices_of(request.user)))


@require_POST
def follow(request: PortalRequest, pk: int) -> HttpResponse:
    """Mark one as read and go to what it is about, as far as it may be seen."""
    held = notices.mark_read(notice_id=pk, by=request.user)
    (line,) = lines_of(request.user, [held])
    if not line.url:
        messages.info(request, _("What this notice is about is not, or no longer, open to you."))
    return redirect(line.url or "clocks:notice_list")


@require_POST
def read_all(request: PortalRequest) -> HttpResponse:
    newest = request.POST.get("newest", "")
    marked = notices.mark_all_read(
        newest=int(newest) if newest.isdecimal() and len(newest) < 19 else 0, by=request.user
    )
    if marked:
        messages.success(request, _("All are marked as read."))
    return redirect("clocks:notice_list")


@require_POST
def posting(request: PortalRequest) -> HttpResponse:
    form = PostingForm(request.POST)
    if form.is_valid():
        try:
            notices.choose_posting(by=request.user, **form.cleaned_data)
        except DomainError as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(request, _("Your choice holds from the next notice on."))
            return redirect("clocks:notice_list")
    return _page(request, form, status=422)


def _page(request: PortalRequest, form: PostingForm, *, status: int = 200) -> HttpResponse:
    unread_only = request.GET.get("tab") == "unread"
    found = selectors.notices_for(request.user, unread_only=unread_only)
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    shown = list(page.object_list)
    context = {
        "page": page,
        "lines": lines_of(request.user, shown),
        "newest": max((one.pk for one in shown), default=0),
        "counts": selectors.counts_for(request.user),
        "unread_only": unread_only,
        "form": form,
    }
    return render(request, "clocks/notice_list.html", context, status=status)
