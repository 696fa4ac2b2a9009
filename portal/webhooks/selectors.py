"""What pages and the API ask about webhooks: of the systems that the person may see, and no others."""

from collections.abc import Iterator

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from portal.common.errors import NotFound
from portal.common.tasks import Task
from portal.organisation.models import DutyKind, InformationSystem, User
from portal.organisation.selectors import systems_for

from .models import Delivery, Endpoint, EventType


def system_of(user: User, pk: int) -> InformationSystem:
    found: InformationSystem | None = systems_for(user).filter(pk=pk).first()
    if found is None:
        raise NotFound(_("There is no such system."))
    return found


def endpoints_of(system: InformationSystem) -> QuerySet[Endpoint]:
    return Endpoint.objects.filter(system=system, removed_at=None).select_related(
        "system__department", "created_by"
    )


def endpoint_of(user: User, system: int, pk: int) -> Endpoint:
    found: Endpoint | None = endpoints_of(system_of(user, system)).filter(pk=pk).first()
    if found is None:
        raise NotFound(_("There is no such webhook."))
    return found


def listeners(type: EventType) -> QuerySet[Endpoint]:
    """The endpoints to which such an event goes, whosever they are."""
    return Endpoint.objects.filter(
        system__is_active=True, is_on=True, removed_at=None, events__contains=[type.value]
    )


def deliveries_of(endpoint: Endpoint) -> QuerySet[Delivery]:
    return Delivery.objects.filter(endpoint=endpoint).select_related("event").order_by("-pk")


def tasks_for(user: User) -> Iterator[Task]:
    """The webhooks that the portal has switched off, for who looks after the systems."""
    if not user.has_duty(DutyKind.STEWARD, DutyKind.WORK_BODY_HEAD):
        return
    off = Endpoint.objects.filter(
        system__department=user.department_id,
        system__is_active=True,
        removed_at=None,
        is_on=True,
        disabled_at__isnull=False,
    )
    for one in off.select_related("system"):
        yield Task(
            kind="webhook_off",
            title=_("See to the webhook of %(system)s") % {"system": one.system.name},
            detail=one.url,
            url=one.get_absolute_url(),
            action=_("Look at it"),
            consequence=_("The system is told nothing; what happens waits for it."),
        )
