"""The desk: how sharing stands, who is late with what, and departments beside one another."""

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from portal.common.http import PortalRequest
from portal.common.tables import File, table_file
from portal.supervision import presentation
from portal.supervision.indicators import INDICATORS
from portal.supervision.scope import scope_of
from portal.supervision.selectors import answers, figures, work
from portal.supervision.selectors import league as standings

from .scoped import scope_context

LATEST = 8
PER_PAGE = 50
MONTHLY = ("answers", "deliveries")


@require_safe
def desk(request: PortalRequest) -> HttpResponse:
    scope = scope_of(request.user, request.GET)
    monthly = [INDICATORS[key] for key in MONTHLY]
    board = figures.board(scope)
    months = board.by_month(monthly, scope)
    context = {
        **scope_context(scope),
        "figures": presentation.figure_rows(board.figures, scope),
        "months": presentation.month_rows(months, monthly, scope),
        "monthly": monthly,
        "trends": presentation.trends(months, monthly),
        "steps": presentation.step_rows(work.step_counts(scope), scope),
        "latest": work.latest(scope, most=LATEST),
        "refusals": presentation.refusal_rows(answers.refusals_by_reason(scope), scope),
        "extensions": presentation.extension_rows(answers.extensions_by_kind(scope), scope),
    }
    return render(request, "supervision/desk.html", context)


@require_safe
def league(request: PortalRequest) -> HttpResponse:
    scope = scope_of(request.user, request.GET)
    sort = request.GET.get("sort") or "rate"
    found = standings.league(scope, sort=sort, keys=presentation.COMPARED)
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    context = {
        **scope_context(scope),
        "page": page,
        "standings": presentation.standing_rows(page.object_list, scope),
        "sort": sort,
        "kept": [("sort", sort)],
        "targets": presentation.targets(),
        "file": presentation.address("league_file", scope, "xlsx", sort=sort),
        "csv": presentation.address("league_file", scope, "csv", sort=sort),
    }
    return render(request, "supervision/league.html", context)


@require_safe
def league_file(request: PortalRequest, form: str) -> File:
    scope = scope_of(request.user, request.GET)
    sort = request.GET.get("sort") or "rate"
    rows = standings.league(scope, sort=sort, keys=presentation.COMPARED)
    return table_file(
        form,
        _("Departments compared"),
        presentation.standing_heading(),
        (presentation.standing_row(one) for one in rows),
    )


@require_safe
def work_page(request: PortalRequest) -> HttpResponse:
    scope = scope_of(request.user, request.GET)
    context = {
        **scope_context(scope),
        "steps": work.steps(),
        "rows": presentation.work_rows(work.work_by_department(scope), scope),
        "file": presentation.address("work_file", scope, "xlsx"),
        "csv": presentation.address("work_file", scope, "csv"),
    }
    return render(request, "supervision/work.html", context)


@require_safe
def work_file(request: PortalRequest, form: str) -> File:
    scope = scope_of(request.user, request.GET)
    return table_file(
        form,
        _("Work by department and step"),
        presentation.work_heading(),
        presentation.work_lines(work.work_by_department(scope)),
    )
