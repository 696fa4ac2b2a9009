"""The target of an agreement and the receipts of its pushes, for both parties."""

from dataclasses import dataclass
from uuid import UUID

from django.db.models import QuerySet

from catalog.sources.schedule import Schedule, schedule_of
from catalog.sources.words import Explanation
from portal.common.decisions import Decision
from portal.organisation.models import InformationSystem, User
from sharing import outlet, permissions
from sharing.models import Agreement, Push, PushTarget
from sharing.push_words import explain
from sharing.targets.kinds import statement_for

Party = User | InformationSystem
SHOWN = 50


@dataclass(frozen=True, slots=True)
class Receipt:
    """A push with its failure in words, where it has one."""

    push: Push
    failure: Explanation | None


@dataclass(frozen=True, slots=True)
class PushPage:
    target: PushTarget | None
    schedule: Schedule
    statement: str
    test_failure: Explanation | None
    receipts: list[Receipt]
    may_set_up: Decision
    ended: Decision | None

    @property
    def is_under_way(self) -> bool:
        return any(one.push.is_under_way for one in self.receipts)


def push_page(party: Party, agreement: Agreement) -> PushPage:
    """`agreement` is one that the party may see."""
    target = target_of(agreement)
    failed = target is not None and target.test_failure
    return PushPage(
        target=target,
        schedule=schedule_of(target) if target else Schedule(),
        statement=statement_for(target, outlet.columns_of(agreement)) if target else "",
        test_failure=explain(target.test_failure, target.test_failure_data)
        if target and failed
        else None,
        receipts=[receipt_of(push) for push in pushes_of(agreement)[:SHOWN]],
        may_set_up=permissions.may_set_up_push(party, agreement),
        ended=permissions.why_ended(agreement),
    )


def target_of(agreement: Agreement) -> PushTarget | None:
    """The table that is registered now."""
    return (
        PushTarget.objects.filter(agreement=agreement, removed_at=None)
        .select_related("timing", "agreement")
        .first()
    )


def pushes_of(agreement: Agreement) -> QuerySet[Push]:
    found = Push.objects.filter(agreement=agreement).select_related("started_by")
    return found.order_by("-asked_at", "-id")


def push_of(agreement: Agreement, number: UUID) -> Push | None:
    return pushes_of(agreement).filter(number=number).first()


def receipt_of(push: Push) -> Receipt:
    return Receipt(
        push, explain(push.failure_code, push.failure_data) if push.failure_code else None
    )
