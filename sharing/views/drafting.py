"""A draft, step by step: each step writes its part, and a draft keeps itself while it is written."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from catalog.models import Resource
from catalog.selectors.resources import resource_for
from portal.common.errors import DomainError
from portal.common.form_errors import add_refusal
from portal.common.http import PortalRequest
from sharing import permissions, presentation, selectors
from sharing.completeness import gaps
from sharing.draft_data import copied_from, data_of
from sharing.draft_forms import FIRST, STEPS, StepForm, initial_of
from sharing.selectors import RequestPage
from sharing.services import attachments, requests
from sharing.services.requests import RequestData

from .requests import page_of

FILES = "files"


class FileForm(forms.Form):
    file = forms.FileField(
        label=gettext_lazy("File to add"),
        widget=forms.ClearableFileInput(attrs={"class": "form-control"}),
    )


@require_http_methods(["GET", "HEAD", "POST"])
def request_create(request: PortalRequest, pk: int) -> HttpResponse:
    """A new request for one resource; with its first step it is a draft that is kept."""
    resource = resource_for(request.user, pk)
    decision = permissions.may_request(request.user, resource)
    copied = selectors.own_request(request.user, request.GET.get("copy", ""))
    modes = resource.sharing_modes
    data = RequestData(sharing_mode=modes[0] if modes else "")
    if copied is not None:
        data = copied_from(copied, resource)
    form = _form(request, FIRST, resource, data)
    if form.is_valid():
        try:
            made = requests.start_request(resource=resource, data=form.onto(data), by=request.user)
        except DomainError as refusal:
            add_refusal(form, refusal)
        else:
            return redirect("sharing:request_step", number=made.number, step=_after(FIRST))
    context = {
        "decision": decision,
        "copied": copied,
        "earlier": selectors.earlier_requests_of(request.user),
    }
    return _shown(request, FIRST, form, resource, **context)


@require_safe
def request_edit(request: PortalRequest, number: str) -> HttpResponse:
    page_of(request, number).rights.change.enforce()
    return redirect("sharing:request_step", number=number, step=FIRST)


@require_http_methods(["GET", "HEAD", "POST"])
def request_step(request: PortalRequest, number: str, step: str) -> HttpResponse:
    """One step of the wizard. With the header of htmx it only keeps what was typed, and says so."""
    page = page_of(request, number)
    if step not in STEPS:
        raise Http404(step)
    page.rights.change.enforce()
    draft = page.request
    form = _form(request, step, draft.resource, data_of(draft))
    keeps_itself = bool(request.htmx) and request.method == "POST"
    if form.is_valid():
        try:
            draft = requests.change_draft(
                request=draft,
                version=version_of(request),
                data=form.onto(data_of(draft)),
                by=request.user,
            )
        except DomainError as refusal:
            add_refusal(form, refusal)
        else:
            if not keeps_itself:
                return redirect(_address_after(draft.number, step))
    if keeps_itself:
        context = {"form": form, "draft": draft, "now": timezone.localtime()}
        return render(request, "sharing/request_kept.html", context)
    return _shown(request, step, form, draft.resource, draft=draft, decision=page.rights.change)


@require_http_methods(["GET", "HEAD", "POST"])
def request_files(request: PortalRequest, number: str) -> HttpResponse:
    """The files that go with the request."""
    page = page_of(request, number)
    page.rights.change.enforce()
    form = FileForm(
        request.POST if request.method == "POST" else None,
        request.FILES if request.method == "POST" else None,
    )
    if form.is_valid():
        sent = form.cleaned_data["file"]
        try:
            attachments.attach(
                request=page.request, name=sent.name, file=sent, size=sent.size, by=request.user
            )
        except DomainError as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(request, _("The file goes with the request."))
            return redirect("sharing:request_files", number=number)
    context = {
        "form": form,
        "draft": page.request,
        "resource": page.request.resource,
        "attachments": page.attachments,
        "stations": _stations(FILES, number),
        "most": attachments.MOST,
    }
    status = 422 if form.errors else 200
    return render(request, "sharing/request_files.html", context, status=status)


@require_POST
def request_file_remove(request: PortalRequest, number: str, pk: int) -> HttpResponse:
    page = page_of(request, number)
    attachments.detach(request=page.request, attachment=pk, by=request.user)
    messages.success(request, _("The file was taken off the request."))
    return redirect("sharing:request_files", number=number)


@require_safe
def request_file(request: PortalRequest, number: str, pk: int) -> FileResponse:
    """An attached file, to be saved: never shown by the browser in the portal's own name."""
    page = page_of(request, number)
    found = next((one for one in page.attachments if one.pk == pk), None)
    if found is None:
        raise Http404(pk)
    return FileResponse(
        found.file.open("rb"),
        as_attachment=True,
        filename=found.name,
        content_type=found.media_type,
    )


@require_http_methods(["GET", "HEAD", "POST"])
def request_check(request: PortalRequest, number: str) -> HttpResponse:
    """Check the answers, then submit to the own work body head."""
    page = page_of(request, number)
    page.rights.change.enforce()
    refused: DomainError | None = None
    if request.method == "POST":
        try:
            requests.submit(
                request=page.request,
                version=version_of(request),
                is_vouched_for="is_vouched_for" in request.POST,
                by=request.user,
            )
        except DomainError as refusal:
            refused = refusal
        else:
            messages.success(request, _("Submitted. Your work body head decides next."))
            return redirect(page.request)
    context = {
        "page": page,
        "rows": presentation.summary(page),
        "missing": _missing(page),
        "refused": refused,
        "stations": _stations("check", number),
    }
    return render(request, "sharing/request_check.html", context, status=422 if refused else 200)


def version_of(request: PortalRequest) -> int:
    """The version the form was made of; a form without a sound one is as stale as can be."""
    given = request.POST.get("version", "")
    return int(given) if given.isascii() and given.isdecimal() and len(given) < 10 else 0


def _form(request: PortalRequest, step: str, resource: Resource, data: RequestData) -> StepForm:
    return STEPS[step][0](
        request.POST if request.method == "POST" else None,
        resource=resource,
        user=request.user,
        initial=initial_of(data, step),
    )


def _shown(
    request: PortalRequest, step: str, form: StepForm, resource: Resource, **context: Any
) -> HttpResponse:
    draft = context.get("draft")
    context |= {
        "step": step,
        "form": form,
        "resource": resource,
        "title": STEPS[step][1],
        "law": STEPS[step][2],
        "stations": _stations(step, draft.number if draft else None),
    }
    return render(request, "sharing/request_form.html", context, status=422 if form.errors else 200)


def _missing(page: RequestPage) -> list[str]:
    """What stands in the way of submitting, but for the vouching, which is done on this page."""
    told = gaps(page.request)
    return [one for name, words in told.items() if name != "is_vouched_for" for one in words]


def _after(step: str) -> str | None:
    names = list(STEPS)
    place = names.index(step) + 1
    return names[place] if place < len(names) else None


def _address_after(number: str, step: str) -> str:
    following = _after(step)
    if following is None:
        return _url("request_files", number)
    return _url("request_step", number, following)


def _stations(now: str, number: str | None) -> list[dict[str, Any]]:
    """The steps in order; those of a draft that is kept can be gone to."""
    order: list[tuple[str, Any]] = [(name, title) for name, (_f, title, _l) in STEPS.items()]
    order += [(FILES, _("Files")), ("check", _("Check your answers"))]
    shown = []
    for place, (name, title) in enumerate(order, start=1):
        url = ""
        if number and name != now:
            url = _address(name, number)
        shown.append({"place": place, "title": title, "url": url, "is_now": name == now})
    return shown


def _address(name: str, number: str) -> str:
    if name == FILES:
        return _url("request_files", number)
    if name == "check":
        return _url("request_check", number)
    return _url("request_step", number, name)


def _url(view: str, *args: object) -> str:
    return reverse(f"sharing:{view}", args=args)
