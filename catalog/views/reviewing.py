"""The reviewers' pages: what waits, the decision, the withdrawal."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from catalog import presentation
from catalog.description import around, description
from catalog.forms import DecisionForm, WithdrawForm
from catalog.models import Move, Resource, ResourceState
from catalog.permissions import Rights
from catalog.selectors.resources import ResourcePage, resource_page
from catalog.selectors.tasks import waiting_for
from catalog.selectors.update_duties import clocks_on
from catalog.selectors.versions import change_of
from catalog.services import review
from portal.common.confirming import confirm_page
from portal.common.decisions import Decision
from portal.common.errors import DomainError
from portal.common.form_errors import add_refusal
from portal.common.http import PortalRequest
from portal.common.text import Text
from portal.organisation.models import DutyKind, User


@require_safe
def review_list(request: PortalRequest) -> HttpResponse:
    today = timezone.localdate()
    waiting = list(waiting_for(request.user))
    clocks = clocks_on(waiting)
    context = {
        "listed": [
            (resource, presentation.waiting_days(resource, today), clocks.get(resource.pk))
            for resource in waiting
        ],
        "reviews": request.user.has_duty(DutyKind.DEPARTMENT_HEAD, DutyKind.COMPETENT_OFFICER),
    }
    return render(request, "catalog/review_list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def resource_decide(request: PortalRequest, pk: int) -> HttpResponse:
    """Evidence at the left, decision at the right; a confirm page before it is done."""
    page = resource_page(request.user, pk)
    resource = page.resource
    forward = _forward(resource, page.rights)
    if not page.rights.decides:
        forward.enforce()
    form = DecisionForm(
        request.POST if request.method == "POST" else None,
        choices=_choices(page.rights, resource),
        initial={"version": resource.version},
    )
    if request.method == "POST" and form.is_valid():
        if "confirmed" not in request.POST:
            return _ask_again(request, page, form)
        try:
            how, decided = _decide(request.user, page, form)
        except DomainError as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(request, presentation.done(how, decided))
            return redirect("catalog:review_list")
    items = page.items
    context = {
        "form": form,
        "page": page,
        "resource": resource,
        "standing": presentation.standing(resource, request.user),
        "stations": presentation.stations(resource),
        "rows": description(resource, around(page)),
        "record": presentation.record(page.steps),
        "clock": clocks_on([resource]).get(resource.pk),
        "findings": presentation.findings(
            resource,
            items=len(items),
            personal=page.personal_items,
            sensitive=sum(item.is_sensitive for item in items),
        ),
        "forward": forward,
        "assessment_kinds": presentation.assessment_kinds(),
        "change": change_of(resource),
    }
    return render(request, "catalog/decide.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def resource_withdraw(request: PortalRequest, pk: int) -> HttpResponse:
    page = resource_page(request.user, pk)
    page.rights.withdraw.enforce()
    resource = page.resource
    form = WithdrawForm(
        request.POST if request.method == "POST" else None,
        initial={"version": resource.version},
    )
    if form.is_valid():
        try:
            moved = review.withdraw(resource=resource, by=request.user, **form.cleaned_data)
        except DomainError as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(request, presentation.done(Move.WITHDRAW, moved))
            return redirect("catalog:resource_list")
    return confirm_page(
        request,
        title=_('Withdraw "%(name)s"?') % {"name": resource.name},
        consequences=[
            _("It leaves the catalogue at once: no other department can find or request it."),
            _("All departments are told of the withdrawal."),
            _("It cannot be taken back: the data would have to be described in a new entry."),
            *(
                [_("The change of it that is under way ends with it.")]
                if page.is_being_changed
                else []
            ),
        ],
        form=form,
        resource=resource,
        confirm_label=_("Withdraw the entry"),
        back=resource,
        template="catalog/withdraw.html",
    )


def _choices(rights: Rights, resource: Resource) -> list[tuple[str, Text]]:
    """What this person may decide now, in words."""
    choices: list[tuple[str, Text]] = []
    if rights.approve:
        choices.append(("forward", _("Approve: it goes to the competent department")))
    if rights.publish:
        words = _("Publish: all departments can find and request it")
        if resource.is_change:
            words = _("Publish: the entry says what the change says")
        choices.append(("forward", words))
    if rights.send_back:
        choices.append(("send_back", _("Send back: the stewards mend it and submit it again")))
    return choices


def _forward(resource: Resource, rights: Rights) -> Decision:
    """The decision on going on, with its reason when it is not this person's."""
    if resource.state == ResourceState.HEAD_REVIEW:
        return rights.approve
    return rights.publish


def _ask_again(request: PortalRequest, page: ResourcePage, form: DecisionForm) -> HttpResponse:
    resource, given = page.resource, form.cleaned_data
    name = {"name": resource.name}
    if given["decision"] == "send_back":
        title = _('Send "%(name)s" back?') % name
        consequences = [
            _("The stewards of %(department)s get it back with your reasons.")
            % {"department": resource.department}
        ]
        label = _("Send back")
    elif resource.state == ResourceState.HEAD_REVIEW:
        title = _('Approve "%(name)s"?') % name
        consequences = [
            _("The competent department of %(region)s reviews it next.")
            % {"region": resource.department.region}
        ]
        label = _("Approve")
    elif resource.is_change:
        title = _('Publish the change of "%(name)s"?') % name
        consequences = [
            _("The entry says at once what the change says; its last version stays on record."),
            _("The change is announced to all who see the entry (Art. 16)."),
        ]
        label = _("Publish")
    else:
        title = _('Publish "%(name)s"?') % name
        consequences = [
            _("All departments can find the entry and request its data at once."),
            _("It is announced to all departments (Art. 16)."),
        ]
        label = _("Publish")
    return confirm_page(
        request,
        title=title,
        consequences=consequences,
        given=given,
        confirm_label=label,
        is_danger=given["decision"] == "send_back",
        resource=resource,
        back=request.path,
        back_label=resource,
        template="catalog/decide_confirm.html",
    )


def _decide(user: User, page: ResourcePage, form: DecisionForm) -> tuple[Move, Resource]:
    resource, given = page.resource, form.cleaned_data
    version, opinion = given["version"], given["opinion"]
    if given["decision"] == "send_back":
        return Move.SEND_BACK, review.send_back(
            resource=resource, version=version, reasons=opinion, by=user
        )
    if resource.state == ResourceState.HEAD_REVIEW:
        return Move.APPROVE, review.approve(
            resource=resource, version=version, opinion=opinion, by=user
        )
    return Move.PUBLISH, review.publish(
        resource=resource, version=version, opinion=opinion, by=user
    )
