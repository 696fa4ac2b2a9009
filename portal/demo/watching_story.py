"""What watching shows in the demonstration: real calls that the portal refused, and the cases of them.

The calls go through the services of delivery, and the rules find them in the trail as they find any
other; only the people who work on the cases follow a script.
"""

from contextlib import suppress

from portal.common.errors import NotAllowed, NotFound
from portal.demo.people import Cast, system_of
from portal.organisation.models import Duty, DutyKind, InformationSystem, User
from portal.watching.models import Alert
from portal.watching.services import cases
from portal.watching.services.watching import watch
from sharing.delivery import pages
from sharing.models import Agreement, AgreementState

TRIES = 34
NUMBERS = 6


def is_loaded() -> bool:
    return Alert.objects.exists()


def load(cast: Cast) -> None:
    """Calls after the end, during a suspension and on numbers that do not exist; then the cases."""
    for state in (AgreementState.TERMINATED, AgreementState.EXPIRED, AgreementState.SUSPENDED):
        agreement = _agreement(state)
        for _ in range(TRIES):
            _try(agreement.number, system_of(agreement.requester))
    farm = system_of(cast.departments["farm"])
    for number in range(NUMBERS):
        _try(f"GX-0000-{number:04d}", farm)
    watch()
    guard = Duty.objects.select_related("user").get(kind=DutyKind.SECURITY_ADMIN).user
    _close(_alert(AgreementState.TERMINATED), guard)
    _confirm(_alert(AgreementState.SUSPENDED), guard)
    cases.look(alert=Alert.objects.get(rule="probing"), version=1, by=guard)


def _agreement(state: str) -> Agreement:
    found = Agreement.objects.filter(state=state).select_related("requester").order_by("pk")
    agreement: Agreement = found[0]
    return agreement


def _try(number: str, system: InformationSystem) -> None:
    with suppress(NotAllowed, NotFound):
        pages.rows(number=number, party=system, asked={})


def _alert(state: str) -> Alert:
    return Alert.objects.get(rule="denials", agreement=_agreement(state))


def _close(alert: Alert, guard: User) -> None:
    held = cases.look(alert=alert, version=alert.version, by=guard)
    words = "协议终止后，需求部门的定时任务未停用，系统按旧配置重试。已通知停用，未取得任何数据。"
    cases.dismiss(alert=held, version=held.version, words=words, by=guard)


def _confirm(alert: Alert, guard: User) -> None:
    held = cases.look(alert=alert, version=alert.version, by=guard)
    words = "暂停共享期间仍持续调用，电话联系未答复。"
    held = cases.note(alert=held, version=held.version, words=words, by=guard)
    words = "属实：整改期间继续调用。已函告需求部门说明情况，整改完成前不恢复共享。"
    cases.confirm(alert=held, version=held.version, words=words, by=guard)
