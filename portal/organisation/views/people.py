from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from portal.common.confirming import confirm_page
from portal.common.errors import DomainError
from portal.common.form_errors import add_refusal
from portal.common.http import PortalRequest
from portal.organisation import permissions, selectors
from portal.organisation.forms import AccountForm, DepartmentForm, DutyForm, EmailForm, MoveForm
from portal.organisation.models import DutyKind
from portal.organisation.services import contact, departments, people

PER_PAGE = 50


@require_safe
def department_list(request: PortalRequest) -> HttpResponse:
    page = Paginator(selectors.departments(), PER_PAGE).get_page(request.GET.get("page"))
    context = {"page": page, "may_create": permissions.may_open_accounts(request.user)}
    return render(request, "organisation/department_list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def department_create(request: PortalRequest) -> HttpResponse:
    permissions.may_open_accounts(request.user).enforce()
    form = DepartmentForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            made = departments.create_department(by=request.user, **form.cleaned_data)
        except DomainError as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(
                request, _("The department is there. Open the accounts of its people.")
            )
            return redirect("organisation:department", pk=made.pk)
    status = 422 if form.errors else 200
    return render(request, "organisation/department_create.html", {"form": form}, status=status)


@require_safe
def department(request: PortalRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(selectors.departments(), pk=pk)
    context = {
        "department": found,
        "heads": selectors.heads_of(found),
        "systems": selectors.systems_for(request.user).filter(department=found),
        "is_ours": found.pk == request.user.department_id,
        "people": selectors.people_with_duties(request.user, found),
    }
    return render(request, "organisation/department.html", context)


@require_safe
def person_list(request: PortalRequest) -> HttpResponse:
    text = request.GET.get("q", "").strip()
    found = selectors.people_for(request.user, text=text)
    context = {
        "page": Paginator(found, PER_PAGE).get_page(request.GET.get("page")),
        "text": text,
        "may_open": permissions.may_open_accounts(request.user),
    }
    return render(request, "organisation/person_list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def person_open(request: PortalRequest) -> HttpResponse:
    permissions.may_open_accounts(request.user).enforce()
    form = AccountForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            person = people.open_account(by=request.user, **form.cleaned_data)
        except DomainError as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(request, _("The account is open. Appoint the person to a duty."))
            return redirect("organisation:person", pk=person.pk)
    context = {"form": form}
    return render(
        request, "organisation/person_open.html", context, status=422 if form.errors else 200
    )


@require_http_methods(["GET", "HEAD", "POST"])
def person(request: PortalRequest, pk: int) -> HttpResponse:
    """A person with their duties; administrators appoint here."""
    found = get_object_or_404(selectors.people_for(request.user), pk=pk)
    form = DutyForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            people.appoint(person=found, kind=DutyKind(form.cleaned_data["kind"]), by=request.user)
        except DomainError as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(request, _("The duty is appointed."))
            return redirect("organisation:person", pk=pk)
    duties = [
        (duty, permissions.may_appoint(request.user, found, duty.kind))
        for duty in found.duty_set.all()
    ]
    context = {
        "person": found,
        "duties": duties,
        "form": form,
        "appoints": request.user.has_duty(DutyKind.SYSTEM_ADMIN, DutyKind.SECURITY_ADMIN),
        "may_close": permissions.may_open_accounts(request.user),
    }
    return render(request, "organisation/person.html", context, status=422 if form.errors else 200)


@require_POST
def duty_dismiss(request: PortalRequest, pk: int, kind: str) -> HttpResponse:
    found = get_object_or_404(selectors.people_for(request.user), pk=pk)
    people.dismiss(person=found, kind=selectors.duty_kind(kind), by=request.user)
    messages.success(request, _("The duty has ended."))
    return redirect("organisation:person", pk=pk)


@require_http_methods(["GET", "HEAD", "POST"])
def person_move(request: PortalRequest, pk: int) -> HttpResponse:
    permissions.may_open_accounts(request.user).enforce()
    found = get_object_or_404(selectors.people_for(request.user), pk=pk)
    form = MoveForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            people.move_person(
                person=found, department=form.cleaned_data["department"], by=request.user
            )
        except DomainError as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(request, _("The person is in the new department, without a duty."))
            return redirect("organisation:person", pk=pk)
    return confirm_page(
        request,
        title=_("Move %(person)s to another department?") % {"person": found.name},
        consequences=[
            _("All their duties end; the new department's are appointed anew."),
            _("They see what the new department may see, and no more what the old one may."),
        ],
        form=form,
        confirm_label=_("Move the person"),
        back=found,
        is_danger=False,
    )


@require_http_methods(["GET", "HEAD", "POST"])
def person_email(request: PortalRequest, pk: int) -> HttpResponse:
    """Where the person's notices go by e-mail."""
    permissions.may_open_accounts(request.user).enforce()
    found = get_object_or_404(selectors.people_for(request.user), pk=pk)
    given = request.POST if request.method == "POST" else None
    form = EmailForm(given, initial={"email": found.email})
    if form.is_valid():
        try:
            contact.change_email(person=found, by=request.user, **form.cleaned_data)
        except DomainError as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(request, _("Notices go to the new address from now on."))
            return redirect("organisation:person", pk=pk)
    context = {"person": found, "form": form}
    status = 422 if form.errors else 200
    return render(request, "organisation/person_email.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def person_close(request: PortalRequest, pk: int) -> HttpResponse:
    permissions.may_open_accounts(request.user).enforce()
    found = get_object_or_404(selectors.people_for(request.user), pk=pk)
    if request.method == "POST":
        people.deactivate_account(person=found, by=request.user)
        messages.success(request, _("The account is closed."))
        return redirect("organisation:person_list")
    return confirm_page(
        request,
        title=_("Close the account of %(person)s?") % {"person": found.name},
        consequences=[
            _("The person cannot sign in any more, and all their duties end."),
            _("What they did stays in the records under their name."),
        ],
        confirm_label=_("Close the account"),
        back=found,
    )
