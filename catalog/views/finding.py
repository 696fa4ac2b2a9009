"""Suggestions while somebody types."""

from django.contrib.auth.decorators import login_not_required
from django.http import JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from catalog.parties import party_of
from catalog.selectors.suggestions import suggestions
from catalog.views.catalogue import list_address
from portal.common.http import PortalRequest

LONGEST_TYPED = 60


@login_not_required
@never_cache
@require_safe
def suggest(request: PortalRequest) -> JsonResponse:
    """What begins with `q`, of what the person or visitor may see: {"suggestions": [...]}."""
    typed = request.GET.get("q", "").strip()[:LONGEST_TYPED]
    found = suggestions(party_of(request.user), typed)
    return JsonResponse(
        {
            "suggestions": [
                {"text": one.text, "kind": str(one.kind.label), "url": list_address(one.text, {})}
                for one in found
            ]
        }
    )
