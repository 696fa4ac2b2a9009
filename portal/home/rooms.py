"""Which item of the navigation a page belongs to, where its address does not say so.

An address lies under its entry (`/catalog/12/sync/`), its room may be another: that of the way to it.
"""

from django.http import HttpRequest
from django.urls import reverse

# The room by its page, and the pages that lie elsewhere.
ROOMS: dict[str, frozenset[str]] = {
    "audit:seals": frozenset({"audit:other", "audit:other_list"}),
    "catalog:my_resources": frozenset(
        {
            "catalog:bulk_import",
            "catalog:bulk_import_apply",
            "catalog:bulk_import_undo",
            "catalog:bulk_imports",
            "catalog:resource_assess",
            "catalog:resource_create",
            "catalog:resource_edit",
            "catalog:resource_submit",
        }
    ),
    "catalog:review_list": frozenset({"catalog:resource_decide"}),
    "catalog:run_list": frozenset(
        {
            "catalog:quality_report",
            "catalog:quarantine",
            "catalog:run_start",
            "catalog:structure_accept",
            "catalog:sync_job",
            "catalog:sync_job_edit",
            "catalog:sync_rules",
            "catalog:sync_schedule",
        }
    ),
    "catalog:source_list": frozenset(
        {
            "catalog:interface",
            "catalog:interface_allow",
            "catalog:interface_close",
            "catalog:interface_edit",
            "catalog:interface_forbid",
            "catalog:interface_open",
            "catalog:interface_try",
        }
    ),
    "catalog:resource_list": frozenset({"sharing:resource_lineage"}),
    "sharing:request_list": frozenset({"sharing:application"}),
    "organisation:calendar": frozenset({"clocks:thresholds", "clocks:preview"}),
    "watching:case_list": frozenset({"watching:rule_list", "watching:rule"}),
}
ROOM_OF = {page: room for room, pages in ROOMS.items() for page in pages}


def place_of(request: HttpRequest) -> str:
    """The address under which the navigation looks for the page's item: that of its room.

    A page whose room depends on what it shows sets `request.room`.
    """
    match = request.resolver_match
    room: str | None = getattr(request, "room", None)
    if room is None and match is not None:
        room = ROOM_OF.get(match.view_name)
    return request.path if room is None else reverse(room)
