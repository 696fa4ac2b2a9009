"""What a draft says, as the data that services take: to write a part of it anew, or to copy it."""

from dataclasses import replace

from catalog.models import Resource

from .models import SharingRequest
from .services.requests import RequestData


def data_of(request: SharingRequest) -> RequestData:
    """What a draft says, for a step to write its part into."""
    return RequestData(
        items=tuple(
            one.item.column
            for one in request.requested_items.select_related("item")
            if not one.item.is_key
        ),
        use_basis=request.use_basis,
        use_scene=request.use_scene,
        use_scope=request.use_scope,
        sharing_mode=request.sharing_mode,
        use_until=request.use_until,
        system=request.system,
        row_filter=request.row_filter,
        use_frequency=request.use_frequency,
        calls_a_day=request.calls_a_day,
        rows_a_day=request.rows_a_day,
        security_measures=request.security_measures,
        is_vouched_for=request.is_vouched_for,
    )


def copied_from(earlier: SharingRequest, resource: Resource) -> RequestData:
    """What an earlier request said, for a new one: who copies it vouches and dates it anew.

    Items and conditions come along as far as the other resource has such columns.
    """
    said = data_of(earlier)
    columns = set(resource.items.values_list("column", flat=True))
    is_same = earlier.resource_id == resource.pk
    return replace(
        said,
        items=tuple(column for column in said.items if column in columns),
        row_filter=said.row_filter if is_same else (),
        sharing_mode=said.sharing_mode if said.sharing_mode in resource.sharing_modes else "",
        use_until=None,
        is_vouched_for=False,
    )
