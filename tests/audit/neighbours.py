"""Another portal whose heads are kept here, as tests bring them."""

from audit import others
from audit.models import OtherHead, OtherPortal
from portal.demo.neighbour import Neighbour
from tests.audit.conftest import RELIEF


def bring(portal: OtherPortal, city: Neighbour, *heads, path=None, keys=()) -> OtherHead:
    """As the other portal would: with the proof from the last head that is kept here."""
    last = others.last_of(portal)
    if path is None:
        path = city.path(last.size, heads[-1].size) if last and heads[-1].size > last.size else []
    return others.keep(
        portal=portal, brought=[head.note for head in heads], path=path, keys=keys, by=RELIEF
    )
