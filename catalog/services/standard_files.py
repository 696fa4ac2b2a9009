"""Takes over the standards that come with the portal; by nobody's hand, so without asking a right."""

from dataclasses import dataclass
from datetime import date

from django.db import transaction
from django.utils import timezone

from catalog.models import Classification, CodeList, CodeListVersion, DataElement, VersionState
from catalog.services import classification, data_elements, standards
from catalog.services.data_elements import ElementData
from catalog.services.standards import ListData
from catalog.standards import codes, shipped
from catalog.standards.shipped import ShippedElement, ShippedList

# When Decree 809 came into force: from then on the first versions hold.
FIRST_DAY = date(2025, 8, 1)


@dataclass(frozen=True, slots=True)
class Loaded:
    """How much a run took over: zeros when all was there."""

    versions: int
    elements: int
    nodes: int


@transaction.atomic
def load_standards() -> Loaded:
    """Bring the library up to the files. Runs any number of times, and beside itself.

    A list gets a new version when its codes in the file are none that it ever had: what officers
    published by hand since is not undone by an old file. Elements and nodes that there are already
    stay as they are, for officers may have changed them.
    """
    versions = sum(_load_list(one) for one in shipped.lists())
    elements = sum(_load_element(one) for one in shipped.elements())
    return Loaded(versions, elements, _load_nodes())


def is_loaded() -> bool:
    """Whether every list that comes with the portal is there; new codes in its file aside."""
    wanted = {one.identifier for one in shipped.lists()}
    return CodeList.objects.filter(identifier__in=wanted).count() == len(wanted)


def _load_list(described: ShippedList) -> bool:
    rows = described.rows()
    codes.check(rows)
    held = CodeList.objects.select_for_update().filter(identifier=described.identifier).first()
    if held is None:
        held = standards.add_list(
            ListData(
                identifier=described.identifier,
                name=described.name,
                name_en=described.name_en,
                standard=described.standard,
                is_partial=described.is_partial,
                note=described.note,
            ),
            by=None,
        )
    published = held.versions.filter(state=VersionState.PUBLISHED)
    latest = published.order_by("-number").first()
    if held.retired_at or published.filter(digest=codes.digest_of(rows)).exists():
        return False
    if held.versions.filter(state=VersionState.DRAFT).exists():
        return False  # an officer is at it, and sees the file's codes when the draft is done
    number = 1 if latest is None else latest.number + 1
    draft = CodeListVersion.objects.create(code_list=held, number=number)
    standards.write_codes(draft, rows)
    valid_from = FIRST_DAY if latest is None else timezone.localdate()
    if latest is not None and latest.valid_from is not None:
        valid_from = max(valid_from, latest.valid_from)
    standards.publish(draft, valid_from=valid_from, note="", by=None)
    return True


def _load_element(described: ShippedElement) -> bool:
    if DataElement.objects.filter(identifier=described.identifier).exists():
        return False
    data = ElementData(
        name=described.name,
        name_en=described.name_en,
        definition=described.definition,
        type=described.type,
        length=described.length,
        code_list=described.code_list,
        standard=described.standard,
    )
    data_elements.add_element(described.identifier, data, by=None)
    return True


def _load_nodes() -> int:
    known = set(Classification.objects.values_list("resource_class", "code"))
    rows = [row for row in shipped.nodes() if row.key not in known]
    return classification.load_table(rows, by=None).added if rows else 0
