"""What happens to requests of the demonstration between receipt and end (Art. 21, 28)."""

from datetime import timedelta

from portal.organisation.models import User
from sharing import deadlines
from sharing.masks import FUNCTIONS
from sharing.models import DisputeOutcome, SharingRequest
from sharing.services import disputes, extensions, offers, supplements


def ask_supplement(request: SharingRequest, by: User) -> None:
    supplements.ask(
        request=request,
        version=request.version,
        missing=["use_scope", "system"],
        opinion="请写明使用人员范围和年度核验人次，并填报接收系统及其安全等级。",
        by=by,
    )


def extend(request: SharingRequest, *, asked_by: User, officer: User | None) -> None:
    """Ask for more time; consented to when an officer is given."""
    asked = extensions.ask(
        request=request,
        version=request.version,
        days=10,
        opinion="数据涉及多个业务系统，需逐项核对后方可答复。",
        by=asked_by,
    )
    if officer is not None:
        extensions.decide(
            request=asked,
            version=asked.version,
            is_granted=True,
            days=8,
            opinion="理由充分，同意延长八个工作日。",
            by=officer,
        )


def offer(request: SharingRequest, by: User) -> None:
    """Half of the items that are no key, for half a year."""
    asked = [
        one.item.column
        for one in request.requested_items.select_related("item")
        if not one.item.is_key
    ]
    offered = asked[: max(1, len(asked) // 2)]
    offers.make(
        request=request,
        version=request.version,
        columns=offered,
        use_until=deadlines.today() + timedelta(days=180),
        masks={name: rule for name, rule in _masked(request).items() if name in offered},
        opinion="所列其余信息项超出核验所需，先行提供必要部分，半年后评估。",
        by=by,
    )


def _masked(request: SharingRequest) -> dict[str, str]:
    """Names and identity numbers in part only, as their items say."""
    asked = request.requested_items.filter(item__is_key=False).select_related("item")
    return {
        one.item.column: one.item.masking_rule
        for one in asked
        if one.item.masking_rule in FUNCTIONS
    }


def contest(request: SharingRequest, *, by: User, officer: User | None) -> None:
    """Contest the refusal; upheld when an officer is given."""
    contested = disputes.raise_dispute(
        request=request,
        version=request.version,
        opinion="申请的信息项均为法定审核事项所需，核验接口不能满足批量核对。",
        by=by,
    )
    if officer is not None:
        disputes.decide(
            request=contested,
            version=contested.version,
            outcome=DisputeOutcome.UPHELD,
            opinion="经协调，核验接口可满足审核需要，维持提供部门意见。",
            by=officer,
        )
