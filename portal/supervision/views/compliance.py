"""The Decree article by article, with live figures in the reader's own scope."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from portal.common.http import PortalRequest
from portal.common.tables import File, table_file
from portal.supervision import presentation
from portal.supervision.permissions import may_see_figures
from portal.supervision.scope import Scope, scope_of
from portal.supervision.selectors.compliance import compliance

from .scoped import scope_context


@require_safe
def page(request: PortalRequest) -> HttpResponse:
    scope = _scope(request)
    chapters = compliance(scope)
    context = {
        **(scope_context(scope) if scope else {}),
        "scope": scope,
        "chapters": chapters,
        "served": sum(told.article.is_served for one in chapters for told in one.articles),
        "articles": sum(len(one.articles) for one in chapters),
        "file": presentation.address("compliance_file", scope, "xlsx") if scope else "",
        "csv": presentation.address("compliance_file", scope, "csv") if scope else "",
    }
    return render(request, "supervision/compliance.html", context)


@require_safe
def page_file(request: PortalRequest, form: str) -> File:
    return table_file(
        form,
        _("Compliance"),
        presentation.compliance_heading(),
        presentation.compliance_rows(compliance(_scope(request))),
    )


def _scope(request: PortalRequest) -> Scope | None:
    """Who works in no department reads the articles without figures."""
    return scope_of(request.user, request.GET) if may_see_figures(request.user) else None
