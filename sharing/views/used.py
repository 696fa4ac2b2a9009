"""A department's own view of how others use its data."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from portal.common import svg
from portal.common.http import PortalRequest
from sharing.permissions import may_see_use
from sharing.selectors.used import SPANS, use_of_ours


@require_safe
def use_of_our_data(request: PortalRequest) -> HttpResponse:
    may_see_use(request.user).enforce()
    days = next((one for one in SPANS if str(one) == request.GET.get("days")), SPANS[0])
    asked = request.GET.get("resource", "")
    resource_id = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 10 else None
    use = use_of_ours(request.user, days=days, resource_id=resource_id)
    form = "%Y-%m" if use.is_monthly else "%m-%d"
    parts = [svg.Part(f"{slot:{form}}", rows, "run") for slot, rows in use.slots if rows]
    title = _("Rows drawn by month") if use.is_monthly else _("Rows drawn by day")
    context = {
        "use": use,
        "days": days,
        "spans": SPANS,
        "chart": svg.bars(parts, id="use-chart", title=title),
        "chart_title": title,
    }
    return render(request, "sharing/use_of_our_data.html", context)
