"""The ways in which data is shared as CKAN's resources; their rows are the business of sharing."""

from typing import Any

from catalog.formats.ckan import shapes
from catalog.formats.ckan.refusals import NotFound
from catalog.formats.ways import WAYS
from catalog.models import Resource, SharingMode
from catalog.selectors import ckan

from .arguments import Arguments
from .caller import Caller


def resource_show(caller: Caller, given: Arguments) -> shapes.Shape:
    resource, mode = _found(caller, given.needed("id"))
    return shapes.way_shape(resource, WAYS[SharingMode(mode)], caller.base)


def resource_view_list(caller: Caller, given: Arguments) -> list[Any]:
    """There are no views of rows: only who holds an agreement gets any."""
    _found(caller, given.needed("id"))
    return []


def _found(caller: Caller, wanted: str) -> tuple[Resource, str]:
    found = ckan.way_named(caller.party, wanted)
    if found is None:
        raise NotFound
    return found
