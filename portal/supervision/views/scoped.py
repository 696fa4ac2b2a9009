from typing import Any

from django.utils.translation import gettext as _

from portal.supervision.scope import BELOW, LEVEL, PERIODS, Scope, departments_of, period_of


def scope_context(scope: Scope) -> dict[str, Any]:
    """What every page of supervision shows of its scope, and the choices to change it."""
    names = {
        "year": _("This year"),
        "quarter": _("This quarter"),
        "month": _("This month"),
        "twelve": _("Last twelve months"),
    }
    reaches = [(LEVEL, _("Our level alone")), (BELOW, _("With the levels below"))]
    periods = [(key, names[key], period_of(key)) for key in PERIODS]
    if scope.period.key not in names:
        periods.append((scope.period.key, scope.period.key, scope.period))
    return {
        "scope": scope,
        "number_of_departments": scope.departments().count(),
        "periods": periods,
        "reaches": reaches if scope.oversees else [],
        "departments": departments_of(scope.user, reach=scope.reach) if scope.oversees else [],
    }
