"""The ways in which data is shared as CKAN's resources, and rows, which do not leave here."""

from typing import Any, NoReturn

from catalog.formats.ckan import shapes
from catalog.formats.ckan.refusals import NotAuthorized, NotFound
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


def datastore_search(caller: Caller, given: Arguments) -> NoReturn:
    """Rows leave under an agreement alone (Decree 809, Art. 20 to 22): not here, to nobody."""
    name = given.text("resource_id") if given.has("resource_id") else given.text("id")
    wanted = name or given.needed("resource_id")
    try:
        _found(caller, wanted)
    except NotFound:
        raise NotFound(f'Resource "{wanted}" was not found.') from None
    raise NotAuthorized(
        "rows leave this portal under an agreement only; with one, read them at "
        f"{caller.base}api/v1/agreements/{{number}}/rows/"
    )


def _found(caller: Caller, wanted: str) -> tuple[Resource, str]:
    found = ckan.way_named(caller.party, wanted)
    if found is None:
        raise NotFound
    return found
