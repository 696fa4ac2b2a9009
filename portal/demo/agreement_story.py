"""What happens to agreements in the demonstration: confirmed, amended, suspended, put right."""

from dataclasses import asdict, replace
from datetime import timedelta

from portal.organisation.models import User
from sharing import deadlines
from sharing.models import Agreement
from sharing.services import confirming, suspensions
from sharing.services.agreements import locked
from sharing.services.confirming import Proposal
from sharing.terms import Terms, terms_in_force


def confirm(agreement: Agreement, heads: tuple[User, ...]) -> None:
    """The proposed terms, confirmed by these heads."""
    for head in heads:
        proposed = locked(agreement.pk).version_proposed
        if proposed is not None:
            confirming.confirm(
                agreement=agreement,
                version=proposed.number,
                content_hash=proposed.content_hash,
                by=head,
            )


def amend(agreement: Agreement, *, by: User, confirming_head: User) -> None:
    """Quotas and a longer term, confirmed by the requester and not yet by the provider."""
    held = locked(agreement.pk)
    terms = replace(
        terms_in_force(held),
        ends_on=deadlines.today() + timedelta(days=700),
        calls_a_day=2_000,
        rows_a_day=100_000,
        exports_at_once=2,
    )
    confirming.propose(
        agreement=held,
        version=1,
        proposal=proposal_of(terms),
        reason="业务延续一年，并约定每日调用额度。",
        by=by,
    )
    confirm(held, (confirming_head,))


def suspend(agreement: Agreement, *, by: User, head: User, is_ordered: bool) -> None:
    """Suspended for use beyond the scope; ordered to be put right, and reported."""
    suspensions.suspend(
        agreement=agreement, reason="调用量与申请的使用范围明显不符，疑似用于其他业务。", by=by
    )
    if is_ordered:
        suspensions.rectify(
            agreement=agreement,
            demand="停止超范围调用，删除已取得的超范围数据，并提交使用情况说明。",
            until=deadlines.today() + timedelta(days=14),
            by=by,
        )
        suspensions.report(
            agreement=agreement, report="已停止批量比对并删除相关数据，说明已随函报送。", by=head
        )


def proposal_of(terms: Terms) -> Proposal:
    given = asdict(terms)
    del given["starts_on"]
    return Proposal(**given)
