"""The ways in which data of an entry are shared, as other standards' "distributions".

They lead to the page of the entry, where an agreement is asked for: rows leave under one only.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from catalog.models import Resource, SharingAttribute, SharingMode

FILE_TYPE = "http://publications.europa.eu/resource/authority/file-type/"
MEDIA_TYPE = "https://www.iana.org/assignments/media-types/"


@dataclass(frozen=True, slots=True)
class Way:
    """One sharing mode of an entry with what comes out of it; nothing fixed for batch exchange."""

    mode: SharingMode
    format: str = ""
    media_type: str = ""


WAYS = {
    SharingMode.INTERFACE: Way(SharingMode.INTERFACE, "JSON", "application/json"),
    SharingMode.BATCH: Way(SharingMode.BATCH),
    SharingMode.FILE: Way(SharingMode.FILE, "CSV", "text/csv"),
}
BY_FORMAT = {way.format: way.mode for way in WAYS.values() if way.format}


def ways_of(resource: Resource) -> Sequence[Way]:
    """In the order of the modes; none when the data is given to nobody."""
    if resource.sharing_attribute == SharingAttribute.NOT_SHARED:
        return ()
    return [WAYS[mode] for mode in SharingMode if mode in resource.sharing_modes]
