"""The navigation by duty: what this person can do here, and how much of it waits."""

from dataclasses import replace
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from portal.clocks.unread import unread_of
from portal.common.navigation import NavGroup, NavItem
from portal.organisation.models import DutyKind, User

from .selectors import waiting_count


def navigation(request: HttpRequest) -> dict[str, Any]:
    """The context variables `navigation`, empty for who is not signed in, and `unread_notices`."""
    user = getattr(request, "user", None)
    if not isinstance(user, User) or not user.is_active:
        return {"navigation": [], "unread_notices": 0}
    return {
        "navigation": _groups(user, request.path),
        "unread_notices": unread_of(user.pk),
    }


def _groups(user: User, path: str) -> list[NavGroup]:
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
        waiting = waiting_count(user)
        mine.append(item(_("My tasks"), "home:tasks", "inbox", count=waiting or None))
        mine.append(item(_("Sharing requests"), "sharing:request_list", "file-text"))
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
    if user.has_duty(DutyKind.STEWARD, DutyKind.WORK_BODY_HEAD, DutyKind.COMPETENT_OFFICER):
        shared.append(item(_("Sync runs"), "catalog:run_list", "refresh"))
        shared.append(item(_("Sources"), "catalog:source_list", "plug"))
    if user.has_duty(DutyKind.COMPETENT_OFFICER):
        shared.append(item(_("Synonyms"), "catalog:synonym_list", "language"))
    groups = [NavGroup(_("My work"), mine), NavGroup(_("Data sharing"), shared)]
    if works:
        shared.append(item(_("Lapsed deadlines"), "clocks:lapse_list", "clock-exclamation"))
    house = [
        item(_("Departments"), "organisation:department_list", "building"),
        item(_("People and duties"), "organisation:person_list", "users"),
        item(_("Information systems"), "organisation:system_list", "key"),
        item(_("Working-day calendar"), "organisation:calendar", "calendar"),
    ]
    groups.append(NavGroup(_("Organisation"), house))
    if user.has_duty(DutyKind.AUDIT_ADMIN):
        groups.append(
            NavGroup(_("Supervision"), [item(_("Audit"), "audit:search", "shield-check")])
        )
    return _with_current(groups, path)


def _with_current(groups: list[NavGroup], path: str) -> list[NavGroup]:
    """Mark the one item under which the page lies: of several, that with the longest address."""
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
