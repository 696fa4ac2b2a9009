"""Interfaces of providers, as pages and calls need them."""

from django.db.models import QuerySet

from catalog.models import PublishedInterface, Resource
from catalog.selectors.sync import Party, resources_for


def interfaces_for(party: Party) -> QuerySet[PublishedInterface]:
    """Those that the party may look at, with their calls: of the resources whose sync it may look at."""
    return (
        PublishedInterface.objects.filter(resource__in=resources_for(party))
        .select_related("resource__department")
        .prefetch_related("calls")
    )


def interface_of(resource: Resource) -> PublishedInterface | None:
    """The resource's interface, open or not, with its calls."""
    return (
        PublishedInterface.objects.filter(resource=resource)
        .select_related("resource__department")
        .prefetch_related("calls")
        .first()
    )


def open_interface_of(resource_id: int) -> PublishedInterface | None:
    """The interface through which the resource can be called just now."""
    return (
        PublishedInterface.objects.filter(resource=resource_id, is_open=True)
        .prefetch_related("calls")
        .first()
    )


def has_open_interface(resource_id: int) -> bool:
    return PublishedInterface.objects.filter(resource=resource_id, is_open=True).exists()
