"""The cases behind every figure, as pages and as files."""

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from portal.common.http import PortalRequest
from portal.common.tables import File, table_file
from portal.supervision import case_lines, presentation
from portal.supervision.scope import scope_of
from portal.supervision.selectors import answers, figures, work

from .scoped import scope_context

PER_PAGE = 50


@require_safe
def indicator(request: PortalRequest, key: str) -> HttpResponse:
    scope = scope_of(request.user, request.GET)
    one = figures.indicator_of(key)
    part = request.GET.get("part") or "all"
    page = Paginator(figures.cases_of(one, scope, part=part), PER_PAGE).get_page(
        request.GET.get("page")
    )
    share = figures.share_of(one, scope)
    context = {
        **scope_context(scope),
        "indicator": one,
        "share": share,
        "part": part,
        "kept": [("part", part)],
        "parts": presentation.parts(one, share, scope),
        "page": page,
        "lines": case_lines.lines(one, scope, list(page.object_list)),
        "by_department": presentation.department_rows(one, scope) if scope.oversees else [],
        "file": presentation.address("indicator_file", scope, key, "xlsx", part=part),
        "csv": presentation.address("indicator_file", scope, key, "csv", part=part),
    }
    return render(request, "supervision/indicator.html", context)


@require_safe
def indicator_file(request: PortalRequest, key: str, form: str) -> File:
    scope = scope_of(request.user, request.GET)
    one = figures.indicator_of(key)
    found = figures.cases_of(one, scope, part=request.GET.get("part") or "all")
    lines = case_lines.all_lines(one, scope, found)
    return table_file(
        form,
        str(one.label),
        case_lines.line_heading(),
        (case_lines.line_row(line) for line in lines),
    )


@require_safe
def deadlines(request: PortalRequest) -> HttpResponse:
    scope = scope_of(request.user, request.GET)
    step = request.GET.get("step") or work.steps()[0].key
    state = request.GET.get("state") or "open"
    page = Paginator(work.clocks(scope, step=step, state=state), PER_PAGE).get_page(
        request.GET.get("page")
    )
    context = {
        **scope_context(scope),
        "steps": presentation.step_rows(work.step_counts(scope), scope),
        "step": step,
        "state": state,
        "kept": [("step", step), ("state", state)],
        "page": page,
        "rows": work.with_subjects(scope, step, list(page.object_list)),
        "file": presentation.address("deadlines_file", scope, "xlsx", step=step, state=state),
        "csv": presentation.address("deadlines_file", scope, "csv", step=step, state=state),
    }
    return render(request, "supervision/deadlines.html", context)


@require_safe
def deadlines_file(request: PortalRequest, form: str) -> File:
    scope = scope_of(request.user, request.GET)
    found = work.clocks(
        scope,
        step=request.GET.get("step") or work.steps()[0].key,
        state=request.GET.get("state") or "open",
    )
    return table_file(
        form,
        _("Deadlines"),
        case_lines.line_heading(),
        (case_lines.line_row(line) for line in case_lines.clock_lines(scope, list(found))),
    )


@require_safe
def refusals(request: PortalRequest) -> HttpResponse:
    scope = scope_of(request.user, request.GET)
    reason, contested = request.GET.get("reason", ""), request.GET.get("contested", "")
    page = Paginator(
        answers.refused(scope, reason=reason, contested=bool(contested)), PER_PAGE
    ).get_page(request.GET.get("page"))
    asked = {"reason": reason, "contested": contested}
    context = {
        **scope_context(scope),
        "reasons": presentation.refusal_rows(answers.refusals_by_reason(scope), scope),
        "reason": reason,
        "contested": contested,
        "kept": list(asked.items()),
        "page": page,
        "file": presentation.address("refusals_file", scope, "xlsx", **asked),
        "csv": presentation.address("refusals_file", scope, "csv", **asked),
    }
    return render(request, "supervision/refusals.html", context)


@require_safe
def refusals_file(request: PortalRequest, form: str) -> File:
    scope = scope_of(request.user, request.GET)
    found = answers.refused(
        scope,
        reason=request.GET.get("reason", ""),
        contested=bool(request.GET.get("contested")),
    )
    heading = [_("Data"), _("Number"), _("Provider"), _("Requester"), _("Answered"), _("Reason")]
    rows = (
        [
            str(one.resource),
            one.number,
            str(one.resource.department),
            str(one.requester),
            one.answered_at,
            one.get_refusal_reason_display(),
        ]
        for one in found.iterator(500)
    )
    return table_file(form, _("Refusals"), heading, rows)


@require_safe
def extensions(request: PortalRequest) -> HttpResponse:
    scope = scope_of(request.user, request.GET)
    kind, outcome = request.GET.get("kind", ""), request.GET.get("outcome", "")
    page = Paginator(answers.extensions(scope, kind=kind, outcome=outcome), PER_PAGE).get_page(
        request.GET.get("page")
    )
    asked = {"kind": kind, "outcome": outcome}
    context = {
        **scope_context(scope),
        "kinds": presentation.extension_rows(answers.extensions_by_kind(scope), scope),
        "outcomes": presentation.outcomes(),
        "outcome": outcome,
        "kind": kind,
        "kept": list(asked.items()),
        "page": page,
        "file": presentation.address("extensions_file", scope, "xlsx", **asked),
        "csv": presentation.address("extensions_file", scope, "csv", **asked),
    }
    return render(request, "supervision/extensions.html", context)


@require_safe
def extensions_file(request: PortalRequest, form: str) -> File:
    scope = scope_of(request.user, request.GET)
    found = answers.extensions(
        scope, kind=request.GET.get("kind", ""), outcome=request.GET.get("outcome", "")
    )
    heading = [
        _("Extension of"),
        _("Provider"),
        _("Asked"),
        _("Working days asked for"),
        _("Working days granted"),
        _("Reasons"),
    ]
    rows = (
        [one.title, one.department, one.asked_at, one.days, one.granted, one.reasons]
        for one in found
    )
    return table_file(form, _("Extensions"), heading, rows)
