"""The pages of update duties: the list, the record of a change, one duty and what is done with it."""

from collections.abc import Callable
from functools import partial
from typing import Any

from django.contrib import messages
from django.forms import Form
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from catalog import duty_forms, duty_presentation
from catalog.duty_permissions import is_officer_for, may_record_any
from catalog.models import DutyState
from catalog.selectors.update_duties import (
    DutyPage,
    departments_to_record_for,
    duty_list,
    duty_page,
    entries_to_name,
    entry_of_code,
)
from catalog.services import update_duties, update_progress
from portal.common.confirming import confirm_page
from portal.common.decisions import Decision
from portal.common.errors import DomainError, Invalid
from portal.common.form_errors import add_refusal
from portal.common.http import PortalRequest
from portal.common.text import Text
from portal.organisation.models import Department


@require_safe
def update_duty_list(request: PortalRequest) -> HttpResponse:
    tab = request.GET.get("tab", "open")
    found = duty_list(request.user, tab=tab, number=request.GET.get("page", "1"))
    context = {
        "found": found,
        "page": found.page,
        "listed": duty_presentation.lines(found.lines, request.user),
    }
    return render(request, "catalog/update_duties/list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def update_duty_create(request: PortalRequest) -> HttpResponse:
    """An officer names the department first; everybody else records for the own one."""
    may_record_any(request.user).enforce()
    departments = departments_to_record_for(request.user)
    department = _department(request, departments)
    if department is None:
        context: dict[str, Any] = {"form": duty_forms.DepartmentForm(departments=departments)}
        return render(request, "catalog/update_duties/department.html", context)
    form = duty_forms.ChangeForm(
        request.POST if request.method == "POST" else None,
        entries=list(entries_to_name(request.user, department)),
    )
    if form.is_valid():
        try:
            made = update_duties.record_change(
                change=form.change(), department=department, by=request.user
            )
        except DomainError as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(request, _("The change is recorded, and its clock runs."))
            return redirect(made)
    context = {"form": form, "department": department, "can_choose": len(departments) > 1}
    return render(
        request,
        "catalog/update_duties/record.html",
        context,
        status=422 if form.errors else 200,
    )


@require_safe
def update_duty(request: PortalRequest, pk: int) -> HttpResponse:
    page = duty_page(request.user, pk)
    acts = duty_presentation.acts(page)
    context = {
        "page": page,
        "duty": page.duty,
        "standing": duty_presentation.standing(page.duty, request.user),
        "timeliness": duty_presentation.timeliness(page),
        "rows": duty_presentation.summary(page),
        "extension_rows": duty_presentation.extension_rows(page),
        "entries": [(one, duty_presentation.tone_of(one.entry.state)) for one in page.entries],
        "record": duty_presentation.record(page.steps, page.known),
        "reviews": page.duty.state != DutyState.DONE
        and is_officer_for(request.user, page.duty.department),
        "possible": [
            (url, label, url.endswith("_decide")) for url, label, decision in acts if decision
        ],
        "refused": [(label, decision) for _url, label, decision in acts if not decision],
    }
    return render(request, "catalog/update_duties/duty.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def update_duty_extension(request: PortalRequest, pk: int) -> HttpResponse:
    page = duty_page(request.user, pk)
    return _act(
        request,
        page,
        may=page.rights.ask_extension,
        form=duty_forms.ExtensionForm,
        title=_("Ask for an extension of the update?"),
        consequences=[
            _("The competent department of %(region)s consents or refuses.")
            % {"region": page.duty.department.region},
            _("An extension can be asked for only once, and until it is granted the date stands."),
        ],
        label=_("Ask for the extension"),
        done=_("The extension is asked for. The competent department decides."),
        act=lambda form: update_duties.ask_extension(
            duty=page.duty, by=request.user, **form.cleaned_data
        ),
    )


@require_http_methods(["GET", "HEAD", "POST"])
def update_duty_extension_decide(request: PortalRequest, pk: int) -> HttpResponse:
    page = duty_page(request.user, pk)
    page.rights.decide_extension.enforce()
    extension = page.extension
    assert extension is not None  # noqa: S101 - nobody may decide what was not asked
    return _act(
        request,
        page,
        may=page.rights.decide_extension,
        form=partial(duty_forms.ExtensionDecisionForm, extension=extension),
        title=_("Decide on the extension of the update"),
        consequences=[
            ngettext(
                "%(department)s asks for %(days)s more working day: %(reasons)s",
                "%(department)s asks for %(days)s more working days: %(reasons)s",
                extension.days,
            )
            % {
                "department": page.duty.department,
                "days": extension.days,
                "reasons": extension.reasons,
            },
            _("Your decision cannot be taken back, and the department cannot ask again."),
        ],
        label=_("Decide"),
        done=_("The extension is decided. The department sees it at once."),
        act=lambda form: update_duties.decide_extension(
            duty=page.duty, by=request.user, **form.decided()
        ),
    )


@require_http_methods(["GET", "HEAD", "POST"])
def update_duty_close(request: PortalRequest, pk: int) -> HttpResponse:
    page = duty_page(request.user, pk)
    return _act(
        request,
        page,
        may=page.rights.propose_close,
        form=duty_forms.CloseForm,
        title=_("Propose to close without a change of the catalogue?"),
        consequences=[
            _("Your department head decides. Until then the clock goes on."),
            _("What has been submitted already is reviewed all the same."),
        ],
        label=_("Propose"),
        done=_("The department head decides next."),
        act=lambda form: update_duties.propose_close(
            duty=page.duty, by=request.user, **form.cleaned_data
        ),
    )


@require_http_methods(["GET", "HEAD", "POST"])
def update_duty_close_decide(request: PortalRequest, pk: int) -> HttpResponse:
    page = duty_page(request.user, pk)
    proposed = next((step.words for step in page.steps if step.act == "propose_close"), "")
    return _act(
        request,
        page,
        may=page.rights.decide_close,
        form=duty_forms.CloseDecisionForm,
        title=_("Does nothing of the catalogue have to change?"),
        consequences=[
            _("The stewards say: %(reasons)s") % {"reasons": proposed},
            _("If you approve, the clock stops and you answer for it."),
        ],
        label=_("Decide"),
        done=_("Your decision is recorded."),
        act=lambda form: update_duties.decide_close(
            duty=page.duty, by=request.user, **form.decided()
        ),
    )


@require_http_methods(["GET", "HEAD", "POST"])
def update_duty_answer(request: PortalRequest, pk: int) -> HttpResponse:
    """Name an entry by its code: a new one, or another that the change concerns too."""
    page = duty_page(request.user, pk)

    def act(form: Form) -> None:
        given = form.cleaned_data
        resource = entry_of_code(request.user, given["code"])
        if resource is None:
            words = _("Your department has no entry with this code.")
            raise Invalid(words, fields={"code": [words]})
        update_progress.answer_with(
            duty=page.duty, version=given["version"], resource=resource, by=request.user
        )

    return _act(
        request,
        page,
        may=page.rights.answer,
        form=duty_forms.AnswerForm,
        title=_("Which entry answers the change?"),
        consequences=[
            _("The duty is met once all entries that it concerns have been submitted."),
            _("A submission since the day of the change counts from when it was made."),
        ],
        label=_("Add the entry"),
        done=_("The entry is named."),
        act=act,
    )


@require_POST
def update_duty_count(request: PortalRequest, pk: int, entry: int) -> HttpResponse:
    """Count what was submitted of an entry before anybody recorded the change."""
    page = duty_page(request.user, pk)
    page.rights.answer.enforce()
    form = duty_forms.DutyVersionForm(request.POST)
    line = next((one for one in page.entries if one.entry.pk == entry), None)
    if line is None or line.resource is None or not form.is_valid():
        raise Invalid(_("There is nothing to count. Look at the page again."))
    update_progress.answer_with(
        duty=page.duty,
        version=form.cleaned_data["version"],
        resource=line.resource,
        by=request.user,
    )
    messages.success(request, _("The submission counts from when it was made."))
    return redirect(page.duty)


def _act(
    request: PortalRequest,
    page: DutyPage,
    *,
    may: Decision,
    form: Callable[..., Any],
    title: str,
    consequences: list[Text],
    label: str,
    done: str,
    act: Callable[[Any], object],
) -> HttpResponse:
    """A confirm page for one act; what cannot be done is refused before it is asked."""
    may.enforce()
    sent = request.POST if request.method == "POST" else None
    filled = form(sent, initial={"version": page.duty.version})
    if filled.is_valid():
        try:
            act(filled)
        except DomainError as refusal:
            add_refusal(filled, refusal)
        else:
            messages.success(request, done)
            return redirect(page.duty)
    return confirm_page(
        request,
        title=title,
        page=page,
        duty=page.duty,
        consequences=consequences,
        form=filled,
        confirm_label=label,
        back=page.duty,
        is_danger=False,
        template="catalog/update_duties/act.html",
    )


def _department(request: PortalRequest, departments: list[Department]) -> Department | None:
    """The only one, or the one that was chosen."""
    if len(departments) == 1:
        return departments[0]
    chosen = request.GET.get("department", "")
    return next((one for one in departments if str(one.pk) == chosen), None)
