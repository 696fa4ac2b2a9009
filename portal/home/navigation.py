"""The navigation by duty: what this person can do here, and how much of it waits."""

from dataclasses import replace
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from portal.clocks.unread import unread_of
from portal.common.navigation import NavGroup, NavItem
from portal.organisation.models import DutyKind, User
from portal.organisation.models.person import ADMINISTRATORS
from portal.watching.permissions import may_see_cases
from sharing.permissions import may_see_use

from .rooms import place_of
from .waiting import waiting_for


def navigation(request: HttpRequest) -> dict[str, Any]:
    """The context variables `navigation`, empty for who is not signed in, and `unread_notices`."""
    user = getattr(request, "user", None)
    if not isinstance(user, User) or not user.is_active:
        return {"navigation": [], "unread_notices": 0}
    return {
        "navigation": _groups(user, request),
        "unread_notices": unread_of(user.pk),
    }


def _groups(user: User, request: HttpRequest) -> list[NavGroup]:
    def item(label: str, view: str, icon: str, *, count: int | None = None) -> NavItem:
        url = reverse(view)
        return NavItem(label=label, url=url, icon=icon, count=count, is_due=bool(count))

    works = user.has_duty(
        DutyKind.STAFF,
        DutyKind.STEWARD,
        DutyKind.WORK_BODY_HEAD,
        DutyKind.DEPARTMENT_HEAD,
        DutyKind.COMPETENT_OFFICER,
    )
    mine = [item(_("Home"), "home:index", "home")]
    if works:
        # A page that shows the tasks has counted them already.
        counted: int | None = getattr(request, "waiting", None)
        waiting = waiting_for(user) if counted is None else counted
        mine.append(item(_("My tasks"), "home:tasks", "inbox", count=waiting or None))
        mine.append(item(_("Sharing requests"), "sharing:request_list", "file-text"))
        mine.append(item(_("Basket"), "sharing:basket", "stack-2"))
        mine.append(item(_("My resources"), "catalog:my_resources", "stack-2"))
    if user.has_duty(DutyKind.DEPARTMENT_HEAD, DutyKind.COMPETENT_OFFICER):
        mine.append(item(_("Entries to review"), "catalog:review_list", "checks"))
    if user.has_duty(DutyKind.STEWARD, DutyKind.DEPARTMENT_HEAD, DutyKind.COMPETENT_OFFICER):
        mine.append(item(_("Update duties"), "catalog:update_duty_list", "calendar-due"))
    shared = [item(_("Data catalogue"), "catalog:resource_list", "database")]
    shared.append(item(_("Classification"), "catalog:classification", "sitemap"))
    shared.append(item(_("Standards library"), "catalog:code_list_list", "list-check"))
    shared.append(item(_("Source register"), "catalog:source_register", "git-branch"))
    if works:
        shared.append(item(_("Agreements"), "sharing:agreement_list", "file-certificate"))
        if may_see_use(user):
            shared.append(item(_("Use of our data"), "sharing:use", "chart-bar"))
        shared.append(item(_("Demands"), "matching:demand_list", "transfer"))
        shared.append(item(_("Challenges"), "matching:challenge_list", "scale"))
        shared.append(
            NavItem(
                label=_("Lists"),
                url=reverse("matching:listed", args=["responsibility"]),
                icon="clipboard-list",
            )
        )
        shared.append(item(_("Templates of terms"), "sharing:terms_template_list", "file-text"))
    if user.has_duty(DutyKind.STEWARD, DutyKind.WORK_BODY_HEAD, DutyKind.COMPETENT_OFFICER):
        shared.append(item(_("Sync runs"), "catalog:run_list", "refresh"))
        shared.append(item(_("Health of sync jobs"), "catalog:sync_health", "activity"))
        shared.append(item(_("Sources"), "catalog:source_list", "plug"))
    if user.has_duty(DutyKind.COMPETENT_OFFICER):
        shared.append(item(_("Synonyms"), "catalog:synonym_list", "language"))
    groups = [NavGroup(_("My work"), mine), NavGroup(_("Data sharing"), shared)]
    house = [
        item(_("Departments"), "organisation:department_list", "building"),
        item(_("People and duties"), "organisation:person_list", "users"),
        item(_("Information systems"), "organisation:system_list", "key"),
        item(_("Working-day calendar"), "organisation:calendar", "calendar"),
    ]
    if user.has_duty(*ADMINISTRATORS):
        house.append(item(_("Networks of sources"), "catalog:network_list", "plug"))
    groups.append(NavGroup(_("Organisation"), house))
    watch = []
    if works:
        watch.append(item(_("Indicators"), "supervision:desk", "chart-bar"))
        watch.append(item(_("Departments compared"), "supervision:league", "list-check"))
        watch.append(item(_("Lapsed deadlines"), "clocks:lapse_list", "clock-exclamation"))
    watch.append(item(_("Compliance"), "supervision:compliance", "gavel"))
    if may_see_cases(user):
        watch.append(item(_("Alerts"), "watching:case_list", "alert-triangle"))
    if user.has_duty(DutyKind.AUDIT_ADMIN):
        watch.append(item(_("Audit"), "audit:search", "shield-check"))
        watch.append(item(_("Sealing"), "audit:seals", "lock"))
    groups.append(NavGroup(_("Supervision"), watch))
    return _with_current(groups, place_of(request))


def _with_current(groups: list[NavGroup], path: str) -> list[NavGroup]:
    """Mark the one item under which the path lies: of several, that with the longest address."""
    urls = [item.url for group in groups for item in group.items]
    above = [url for url in urls if path == url or (url != "/" and path.startswith(url))]
    current = max(above, key=len, default="")
    return [
        replace(
            group,
            items=[replace(item, is_current=item.url == current) for item in group.items],
        )
        for group in groups
    ]
