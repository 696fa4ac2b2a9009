"""The heads of other portals, kept here: this portal is their witness.

Who brings them counts for nothing, their signatures for everything. A head that is taken leaves no
entry: it is a record itself, only ever added to, and with an entry for each two portals that are
each other's witness would give one another something to seal without end.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from audit import notes, tree
from audit.models import OtherFork, OtherHead, OtherKey, OtherPortal, Result
from audit.notes import HeadFacts
from audit.sealing import GENESIS
from audit.services import record
from audit.signing import PublicKey
from portal.common.errors import DomainError, NotFound

MOST_FORKS = 20
MOST_KEYS = 20
LOCK = "SELECT pg_advisory_xact_lock('audit_otherhead'::regclass::oid::int, %s)"


class Unsound(DomainError):
    """What was brought is no next head of that portal. Nothing is kept of it."""

    code = "unsound_heads"
    status = 422


class Forked(DomainError):
    """The portal signed a head that contradicts what it had signed before: that is kept as evidence."""

    code = "forked"
    status = 409

    def __init__(self, words: str, head: HeadFacts) -> None:
        super().__init__(words)
        self.head = head


def portals() -> QuerySet[OtherPortal]:
    return OtherPortal.objects.all()


def heads_of(portal: OtherPortal) -> QuerySet[OtherHead]:
    return portal.heads.order_by("-number")


def portal_named(name: str) -> OtherPortal:
    found = OtherPortal.objects.filter(name=name).first()
    if found is None:
        raise NotFound(_("No portal of this name is known here."))
    return found


def last_of(portal: OtherPortal) -> OtherHead | None:
    return heads_of(portal).first()


@transaction.atomic
def add(*, name: str, label: str, origin: str, key: PublicKey, by: Any | None) -> OtherPortal:
    """Begin to keep a portal's heads. Its name, origin and key are told by its operators."""
    made = OtherPortal.objects.create(name=name, label=label, origin=origin)
    OtherKey.objects.create(portal=made, raw=key.raw)
    record(
        actor=by, action="audit.other.add", target=made, name=name, origin=origin, key=key.key_id
    )
    return made


@transaction.atomic
def trust(*, portal: OtherPortal, key: PublicKey, by: Any | None) -> None:
    """Believe a further key, told by hand: for a portal that lost the one it had."""
    _made, is_new = OtherKey.objects.get_or_create(portal=portal, raw=key.raw)
    if is_new:
        record(actor=by, action="audit.other.trust", target=portal, key=key.key_id)


def keep(
    *,
    portal: OtherPortal,
    brought: Sequence[str],
    keys: Sequence[bytes] = (),
    path: Sequence[bytes] = (),
    by: Any,
) -> OtherHead:
    """Keep heads that follow on the last kept one; the last that is kept then.

    Heads that are kept already are passed over. `path` proves that the tree of the last one brought
    begins with that of the last one kept. A key among `keys` that signed beside a known one is known from
    then on. Raises `Unsound` or `Forked`, all or nothing; either leaves an entry.
    """
    try:
        with transaction.atomic():
            return _keep(portal, brought, keys, path, by)
    except Unsound as refusal:
        with transaction.atomic():
            record(
                actor=by,
                action="audit.other.refuse",
                target=portal,
                result=Result.DENIED,
                reason=str(refusal.message),
            )
        raise
    except Forked as refusal:
        with transaction.atomic():
            _keep_evidence(portal, refusal, by)
        raise


def _keep(
    portal: OtherPortal,
    brought: Sequence[str],
    keys: Sequence[bytes],
    path: Sequence[bytes],
    by: Any,
) -> OtherHead:
    with connection.cursor() as cursor:
        cursor.execute(LOCK, [portal.pk])
    known = {key.key_id: key for key in (PublicKey(bytes(one.raw)) for one in portal.keys.all())}
    last = last_of(portal)
    before = last.facts if last else None
    heads = [_signed(portal, note, known) for note in brought]
    held = _held(portal, heads, before)
    new: list[HeadFacts] = []
    for head in heads:
        if before and head.number <= before.number:
            if held[head.number].text != head.text:
                words = _("Head %(number)s is kept here with another content.")
                raise Forked(words % {"number": head.number}, head)
            continue
        _check_follows(head, before)
        new.append(head)
        before = head
        held[head.number] = head
    if new:
        if last:
            _check_grew(last.facts, new[-1], path)
        OtherHead.objects.bulk_create(
            OtherHead(portal=portal, number=one.number, size=one.size, at=one.at, note=one.note)
            for one in new
        )
        _learn(portal, new[-1], known, keys, by)
    found = last_of(portal)
    if found is None:
        raise Unsound(_("No head was brought."))
    return found


def _signed(portal: OtherPortal, note: str, known: Mapping[str, PublicKey]) -> HeadFacts:
    try:
        head = notes.read(note)
    except notes.Unreadable as error:
        raise Unsound(_("This is no signed head: %(why)s.") % {"why": error}) from error
    if max(head.size, head.number) >= 2**63:
        raise Unsound(_("This is no signed head: %(why)s.") % {"why": "2^63"})
    if head.origin != portal.origin:
        words = _("Head %(number)s is of %(origin)s, not of %(portal)s.")
        raise Unsound(
            words % {"number": head.number, "origin": head.origin, "portal": portal.origin}
        )
    if not notes.signed_by(head, known):
        words = _("Head %(number)s is signed by no key that is known of this portal.")
        raise Unsound(words % {"number": head.number})
    return head


def _held(
    portal: OtherPortal, heads: Sequence[HeadFacts], last: HeadFacts | None
) -> dict[int, HeadFacts]:
    numbers = [head.number for head in heads if last and head.number <= last.number]
    if any(number < 1 for number in numbers):
        raise Unsound(_("The number of a head is 1 or more."))
    return {one.number: one.facts for one in portal.heads.filter(number__in=numbers)}


def _check_follows(head: HeadFacts, before: HeadFacts | None) -> None:
    number = before.number + 1 if before else 1
    if head.number != number:
        words = _("Head %(number)s is missing: head %(head)s was brought.")
        raise Unsound(words % {"number": number, "head": head.number})
    if head.previous != (before.hash if before else GENESIS):
        words = _("Head %(number)s does not continue the head before it that is kept here.")
        raise Forked(words % {"number": number}, head)
    if before and head.algorithm != before.algorithm:
        words = _("Head %(number)s is hashed otherwise than the head before it.")
        raise Forked(words % {"number": number}, head)
    if before and (head.size <= before.size or head.at < before.at):
        words = _("Head %(number)s goes back behind the head before it.")
        raise Forked(words % {"number": number}, head)


def _check_grew(old: HeadFacts, new: HeadFacts, path: Sequence[bytes]) -> None:
    if not tree.consistent(
        tree.digest(new.algorithm),
        first=old.size,
        second=new.size,
        old=old.root,
        new=new.root,
        path=path,
    ):
        words = _(
            "It is not proved that the tree of head %(second)s begins with that of %(first)s."
        )
        raise Unsound(words % {"first": old.number, "second": new.number})


def _learn(
    portal: OtherPortal,
    head: HeadFacts,
    known: Mapping[str, PublicKey],
    keys: Sequence[bytes],
    by: Any,
) -> None:
    """A key that signed this head, which a known one signed too, is the portal's own."""
    for key in map(PublicKey, keys):
        if key.key_id in known or not notes.signed_by(head, {key.key_id: key}):
            continue
        if portal.keys.count() >= MOST_KEYS:
            raise Unsound(_("The portal has too many keys."))
        OtherKey.objects.create(portal=portal, raw=key.raw, since=head.number)
        record(
            actor=by,
            action="audit.other.trust",
            target=portal,
            key=key.key_id,
            head=head.number,
        )


def _keep_evidence(portal: OtherPortal, fork: Forked, by: Any) -> None:
    words = str(fork.message)
    is_new = not portal.forks.filter(note=fork.head.note).exists()
    if is_new and portal.forks.count() < MOST_FORKS:
        OtherFork.objects.create(
            portal=portal, number=fork.head.number, note=fork.head.note, words=words
        )
    record(
        actor=by,
        action="audit.other.fork",
        target=portal,
        result=Result.DENIED,
        reason=words,
        head=fork.head.number,
        note=fork.head.note,
    )
