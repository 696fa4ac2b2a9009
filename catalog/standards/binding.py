"""What binding data items to code lists and data elements asks of them."""

from collections.abc import Sequence

from catalog.models import CodeList, CodeListVersion, DataElement, DataItem, ItemType, VersionState
from portal.common.worded import Worded
from portal.common.worded import gettext as _

Faults = dict[str, list[Worded]]


def settle(items: Sequence[DataItem]) -> Faults:
    """Fill in what follows from the items' elements; return what cannot be, by `items.0.code_list`.

    An element fills in the length and the code list that an item leaves open. What the item states
    otherwise than its element is refused at the item, not overridden and not let through: whoever
    reads that an item follows a standard must be able to rely on it. The way out is to drop the
    element or the deviation. Two queries for all items, none when nothing is bound.
    """
    faults: Faults = {}
    elements = _elements({item.data_element_id for item in items})
    for index, item in enumerate(items):
        if item.data_element_id:
            _follow(item, elements.get(item.data_element_id), f"items.{index}", faults)
    lists = _lists({item.code_list_id for item in items})
    for index, item in enumerate(items):
        if item.code_list_id:
            words = _unbindable(item, lists.get(item.code_list_id))
            if words:
                faults.setdefault(f"items.{index}.code_list", []).append(words)
    return faults


def _elements(identifiers: set[str | None]) -> dict[str, DataElement]:
    known = _askable(identifiers)
    if not known:
        return {}
    found = DataElement.objects.filter(identifier__in=known).select_related("current")
    return {element.identifier: element for element in found}


def _lists(identifiers: set[str | None]) -> dict[str, CodeList]:
    """Lists with a published version, or retired ones, which have their own words."""
    known = _askable(identifiers)
    if not known:
        return {}
    published = CodeListVersion.objects.filter(state=VersionState.PUBLISHED)
    found = CodeList.objects.filter(
        identifier__in=known, pk__in=published.values("code_list")
    ).only("identifier", "retired_at")
    return {one.identifier: one for one in found}


def _askable(identifiers: set[str | None]) -> list[str]:
    """A NUL is in no identifier, and no query takes it."""
    return [one for one in identifiers if one and "\x00" not in one]


def _follow(item: DataItem, element: DataElement | None, place: str, faults: Faults) -> None:
    if element is None or element.current is None:
        faults[f"{place}.data_element"] = [
            _("There is no data element %(identifier)s.") % {"identifier": item.data_element_id}
        ]
        return
    if element.retired_at is not None:
        faults[f"{place}.data_element"] = [
            _("The data element %(identifier)s has been retired: choose another one, or none.")
            % {"identifier": element.identifier}
        ]
        return
    laid_down = element.current
    if item.type != laid_down.type:
        faults[f"{place}.type"] = [
            _("The data element %(identifier)s lays down the type %(type)s.")
            % {"identifier": element.identifier, "type": ItemType(laid_down.type).label}
        ]
    if laid_down.length is not None:
        if item.length is None:
            item.length = laid_down.length
        elif item.length != laid_down.length:
            faults[f"{place}.length"] = [
                _("The data element %(identifier)s lays down the length %(length)s.")
                % {"identifier": element.identifier, "length": laid_down.length}
            ]
    if laid_down.code_list_id:
        if not item.code_list_id:
            item.code_list_id = laid_down.code_list_id
        elif item.code_list_id != laid_down.code_list_id:
            faults[f"{place}.code_list"] = [
                _("The data element %(identifier)s lays down the code list %(list)s.")
                % {"identifier": element.identifier, "list": laid_down.code_list_id}
            ]


def _unbindable(item: DataItem, code_list: CodeList | None) -> Worded | None:
    if code_list is None:
        return _("There is no published code list %(identifier)s.") % {
            "identifier": item.code_list_id
        }
    if code_list.retired_at is not None:
        return _("The code list %(identifier)s has been retired: choose another one, or none.") % {
            "identifier": code_list.identifier
        }
    if item.type != ItemType.CHARACTER:
        return _("Codes are characters: give the item the type character, or no code list.")
    return None
