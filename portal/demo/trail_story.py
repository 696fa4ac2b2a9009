"""What the audit administrator finds: filters of their own, refusals, and a neighbouring city's heads.

The city is invented, and so are the entries under its heads; they are signed by a key of its own and
taken through the same service as those of a real portal.
"""

from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from audit import filters, others
from audit.denials import Denial, note
from audit.models import OtherPortal
from audit.notes import HeadFacts
from catalog.models import Resource
from portal.demo.neighbour import Neighbour, fresh_key
from portal.demo.people import Cast, system_of
from portal.organisation.models import Duty, DutyKind
from sharing.models import SharingRequest
from sharing.permissions import may_answer

HEADS = 24
SEEN = "统计用区划代码"


def is_loaded() -> bool:
    return OtherPortal.objects.exists()


@transaction.atomic
def load(cast: Cast) -> None:
    _keep_filters()
    _refuse(cast)
    _witness_a_city(cast)


def _keep_filters() -> None:
    auditor = Duty.objects.select_related("user").filter(kind=DutyKind.AUDIT_ADMIN)[0].user
    seen = Resource.objects.get(name=SEEN, revision_of=None)
    kept: tuple[tuple[str, dict[str, str], int | None], ...] = (
        ("近 30 天的各类拒绝", {"result": "denied"}, 30),
        (f"谁看过{SEEN}", {"about": f"catalog.resource:{seen.pk}", "seen": "on"}, 90),
        ("审计管理员自己的查询", {"action": "audit.search"}, 7),
    )
    for name, asked, days in kept:
        filters.keep(name=name, asked=asked, days=days, by=auditor)


def _refuse(cast: Cast) -> None:
    """A steward wants to answer in the head's place, six times; another department guesses a number."""
    steward = cast.holder("civil", DutyKind.STEWARD)
    request = SharingRequest.objects.filter(resource__department=steward.department_id)[0]
    asked = {
        "method": "POST",
        "path": f"{request.get_absolute_url()}agree/",
        "page": "sharing:request_agree",
        "status": 403,
        "code": "not_allowed",
        "reason": may_answer(steward, request).reason,
    }
    for _time in range(6):
        note(Denial("audit.access.deny", request, asked), steward.audit_identity)
    stranger = cast.holder("farm", DutyKind.STEWARD)
    missed = {
        "method": "GET",
        "path": "/sharing/agreements/GX-0000-0001/",
        "page": "sharing:agreement",
        "status": 404,
        "code": "not_found",
    }
    note(Denial("audit.access.miss", None, missed), stranger.audit_identity)


def _witness_a_city(cast: Cast) -> None:
    """Two minutes of heads, with a key that is changed on the way."""
    old, new = fresh_key(), fresh_key()
    began = timezone.now() - timedelta(minutes=5)
    city = Neighbour(old, origin="city.example/audit", began=began)
    portal = others.add(
        name="city",
        label="示范市政务数据共享门户（演示）",
        origin=city.origin,
        key=old.public,
        by=None,
    )
    brings = system_of(cast.departments["civil"])
    last: HeadFacts | None = None
    for number in range(HEADS):
        city.keys = [old] if number < HEADS // 2 else [new, old]
        head = city.seal(*(f"{number}.{entry}" for entry in range(1 + number * 7 % 5)))
        path: list[bytes] = city.path(last.size, head.size) if last else []
        keys = [key.public.raw for key in city.keys]
        others.keep(portal=portal, brought=[head.note], keys=keys, path=path, by=brings)
        last = head
