"""What happens to agreements in the demonstration: confirmed, amended, suspended, put right."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from datetime import timedelta

from django.db import connection
from django.db.models import F
from django.utils import timezone

from catalog.models import Resource
from portal.demo.people import Cast
from portal.organisation.models import DutyKind, User
from sharing import deadlines
from sharing.models import (
    Agreement,
    AgreementConfirmation,
    AgreementStep,
    AgreementVersion,
)
from sharing.services import confirming, requests, suspensions
from sharing.services.agreements import locked
from sharing.services.confirming import Proposal
from sharing.services.requests import RequestData
from sharing.terms import Terms, content_hash, document_of, terms_in_force, terms_of
from sharing.workflow import AgreementMove

A_DAY = timedelta(days=1)
# No code of a division begins with a letter.
CANARY = {"code": "T-{mark}", "name": "虚构区划（溯源用）"}


def conclude(
    *, resource: Resource, data: RequestData, provider: str, requester: str, cast: Cast
) -> Agreement:
    """What the requester's staff asks for, approved, agreed to, and confirmed by both heads."""
    head = cast.holder(requester, DutyKind.WORK_BODY_HEAD)
    answering = cast.holder(provider, DutyKind.WORK_BODY_HEAD)
    staff = cast.holder(requester, DutyKind.STAFF)
    request = requests.start_request(resource=resource, data=data, by=staff)
    request = requests.submit(request=request, version=request.version, by=staff)
    request = requests.approve(request=request, version=request.version, by=head)
    requests.agree(request=request, version=request.version, opinion="同意提供。", by=answering)
    agreement = Agreement.objects.get(request=request)
    confirm(agreement, (answering, head))
    return agreement


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


def begin_earlier(agreement: Agreement, back: timedelta) -> None:
    """Let the first terms begin earlier, before any head has confirmed their hash."""
    held = locked(agreement.pk)
    version = held.versions.get()
    held.starts_on -= back
    held.save(update_fields=["starts_on"])
    terms = replace(terms_of(version), starts_on=held.starts_on)
    document = document_of(held, terms, number=version.number)
    with _kept_terms_open():
        held.versions.update(terms=document, content_hash=content_hash(document))


def move_back(agreement: Agreement, back: timedelta) -> None:
    """Let it have been made earlier, and confirmed and opened a day later."""
    now = timezone.now()
    confirmed = min(now, now - back + A_DAY) - now
    held = Agreement.objects.filter(pk=agreement.pk)
    held.update(created_at=F("created_at") - back, activated_at=F("activated_at") + confirmed)
    steps = AgreementStep.objects.filter(agreement=agreement)
    steps.filter(move=AgreementMove.MAKE).update(at=F("at") - back)
    steps.exclude(move=AgreementMove.MAKE).update(at=F("at") + confirmed)
    with _kept_terms_open():
        AgreementVersion.objects.filter(agreement=agreement).update(made_at=F("made_at") - back)
        AgreementConfirmation.objects.filter(version__agreement=agreement).update(
            at=F("at") + confirmed
        )


@contextmanager
def _kept_terms_open() -> Iterator[None]:
    """The triggers that keep agreed terms, off in this transaction: the story moves dates alone."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for model in (AgreementVersion, AgreementConfirmation):
            cursor.execute(f"ALTER TABLE {model._meta.db_table} DISABLE TRIGGER USER")
        yield
        for model in (AgreementVersion, AgreementConfirmation):
            cursor.execute(f"ALTER TABLE {model._meta.db_table} ENABLE TRIGGER USER")


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


def plant(agreement: Agreement, *, by: User, heads: tuple[User, ...]) -> None:
    """One row that is not true, written by the provider, confirmed by both."""
    held = locked(agreement.pk)
    terms = replace(terms_in_force(held), canary=CANARY)
    confirming.propose(
        agreement=held,
        version=1,
        proposal=proposal_of(terms),
        reason="加入一行虚构的溯源数据，便于文件泄露时追查来源。",
        by=by,
    )
    confirm(held, heads)


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
