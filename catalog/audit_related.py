"""Which addresses are about an entry of the catalogue."""

from collections.abc import Mapping
from typing import Any

from audit.related import Addressed
from catalog.models import Resource


def _resource(arguments: Mapping[str, Any]) -> Resource | None:
    return Resource.objects.filter(pk=arguments["pk"]).first()


ADDRESSED: dict[str, Addressed] = {
    "catalog/<int:pk>/": _resource,
    "api/v1/resources/<int:pk>/": _resource,
}
