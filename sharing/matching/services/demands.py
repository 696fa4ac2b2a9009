"""What can happen to a demand. A move is possible from its states, for who may make it, once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

import audit.services
from catalog.models import Resource
from portal.common.errors import Invalid, StaleVersion, WrongState
from portal.common.plain_text import fault_of
from portal.organisation.models import Department, User
from sharing import deadlines
from sharing.matching.models import OPEN, Demand, DemandMove, DemandState, DemandStep
from sharing.matching.permissions import may_move, may_post
from sharing.numbers import DEMANDS, next_number
from sharing.services.words import said

TEXTS = ("title", "description", "use_basis", "use_scene")
POSTED, MATCHED, ACCEPTED = DemandState.POSTED, DemandState.MATCHED, DemandState.ACCEPTED
# From which states a move is possible, and where it leads; None: it stays where it is.
RULES: dict[DemandMove, tuple[frozenset[str], DemandState | None]] = {
    DemandMove.MATCH: (frozenset({POSTED}), MATCHED),
    DemandMove.ACCEPT: (frozenset({MATCHED}), ACCEPTED),
    DemandMove.DECLINE: (frozenset({MATCHED}), POSTED),
    DemandMove.REFUSE: (frozenset({POSTED}), DemandState.REFUSED),
    DemandMove.LINK: (frozenset(OPEN), DemandState.LISTED),
    DemandMove.MERGE: (frozenset({POSTED}), DemandState.MERGED),
    DemandMove.JOIN: (frozenset(OPEN), None),
    DemandMove.WITHDRAW: (frozenset({POSTED, MATCHED}), DemandState.WITHDRAWN),
}


@dataclass(frozen=True, slots=True)
class DemandData:
    title: str
    description: str
    use_basis: str
    use_scene: str
    update_frequency: str = ""
    wanted_by: date | None = None


@transaction.atomic
def post(*, data: DemandData, by: User) -> Demand:
    """Post a demand for all departments to see. The head agrees later: to the request (Art. 20)."""
    may_post(by).enforce()
    given = {name: getattr(data, name) for name in TEXTS}
    faults = {name: [fault] for name, text in given.items() if (fault := fault_of(text))}
    if faults:
        raise Invalid(_("The input has errors."), fields=faults)
    made = Demand(
        number=next_number(DEMANDS, deadlines.today().year),
        department=by.department,
        posted_by=by,
        **{name: text.strip() for name, text in given.items()},
        update_frequency=data.update_frequency,
        wanted_by=data.wanted_by,
    )
    try:
        made.full_clean(exclude=["matched_to", "merged_into", "resource", "joined"])
    except ValidationError as wrong:
        raise Invalid(_("The demand has errors."), fields=wrong.message_dict) from wrong
    made.save()
    return _noted(made, DemandMove.POST, by, "")


@transaction.atomic
def match(
    *, demand: Demand, version: int, department: Department, words: str = "", by: User
) -> Demand:
    """Name the department that should hold the data."""
    held = _ready(demand, DemandMove.MATCH, version, by)
    if not department.is_active or department.pk == held.department_id:
        wrong = _("Name another active department.")
        raise Invalid(wrong, fields={"department": [wrong]})
    held.matched_to = department
    return _moved(held, DemandMove.MATCH, by, said(words, "words"), department=department.name)


@transaction.atomic
def accept(*, demand: Demand, version: int, words: str = "", by: User) -> Demand:
    """Take it on: an entry will be compiled. The Decree sets no time for a first entry (Art. 16)."""
    return _moved(_ready(demand, DemandMove.ACCEPT, version, by), DemandMove.ACCEPT, by, words)


@transaction.atomic
def decline(*, demand: Demand, version: int, words: str, by: User) -> Demand:
    """The competent department matches it anew, or refuses it."""
    held = _ready(demand, DemandMove.DECLINE, version, by)
    why = _stated(words)
    held.matched_to = None
    return _moved(held, DemandMove.DECLINE, by, why)


@transaction.atomic
def refuse(*, demand: Demand, version: int, words: str, by: User) -> Demand:
    held = _ready(demand, DemandMove.REFUSE, version, by)
    return _moved(held, DemandMove.REFUSE, by, _stated(words))


@transaction.atomic
def link(
    *, demand: Demand, version: int, resource: Resource | None, words: str = "", by: User
) -> Demand:
    """Name the published entry that answers it; the departments that need it are told to request it."""
    held = _ready(demand, DemandMove.LINK, version, by)
    seen = Resource.objects.permitted(by, "view_resource")
    found = seen.filter(pk=resource.pk).first() if resource else None
    if found is None or not found.is_published:
        wrong = _("Name a published entry of the catalogue.")
        raise Invalid(wrong, fields={"resource": [wrong]})
    if held.matched_to_id is not None and found.department_id != held.matched_to_id:
        wrong = _("Name an entry of the matched department.")
        raise Invalid(wrong, fields={"resource": [wrong]})
    held.resource = found
    return _moved(held, DemandMove.LINK, by, said(words, "words"), resource=found.code)


@transaction.atomic
def merge(
    *, demand: Demand, version: int, into: Demand | None, words: str = "", by: User
) -> Demand:
    """Merge it into a similar one that is open: its departments follow that one."""
    keys = sorted({demand.pk, into.pk} if into else {demand.pk})
    list(Demand.objects.select_for_update(of=("self",)).filter(pk__in=keys).order_by("pk"))
    held = _ready(demand, DemandMove.MERGE, version, by)
    other = Demand.objects.filter(pk=into.pk).first() if into else None
    if other is None or other.pk == held.pk or not other.is_open:
        wrong = _("Name another demand that is open.")
        raise Invalid(wrong, fields={"into": [wrong]})
    theirs = {held.department_id, *held.joined.values_list("pk", flat=True)}
    other.joined.add(*(theirs - {other.department_id}))
    held.merged_into = other
    return _moved(held, DemandMove.MERGE, by, said(words, "words"), into=other.number)


@transaction.atomic
def join(*, demand: Demand, version: int, words: str = "", by: User) -> Demand:
    """The person's department needs the data too."""
    held = _ready(demand, DemandMove.JOIN, version, by)
    if held.joined.filter(pk=by.department_id).exists():
        raise WrongState(_("Your department has joined the demand already."))
    held.joined.add(by.department)
    return _moved(held, DemandMove.JOIN, by, said(words, "words"))


@transaction.atomic
def withdraw(*, demand: Demand, version: int, words: str = "", by: User) -> Demand:
    held = _ready(demand, DemandMove.WITHDRAW, version, by)
    return _moved(held, DemandMove.WITHDRAW, by, said(words, "words"))


def can(state: str, how: DemandMove) -> bool:
    return state in RULES[how][0]


def _ready(demand: Demand, how: DemandMove, version: int, by: User) -> Demand:
    """The demand, locked, when the move is the person's, possible, and on what they have seen."""
    held: Demand = (
        Demand.objects.select_for_update(of=("self",))
        .select_related("department", "matched_to")
        .get(pk=demand.pk)
    )
    may_move(by, held, how).enforce()
    if not can(held.state, how):
        raise WrongState(
            _("This is not possible any more. It stands at: %(state)s.")
            % {"state": held.get_state_display()}
        )
    if held.version != version:
        raise StaleVersion(_("The demand has changed since you opened it. Look at it again."))
    return held


def _moved(held: Demand, how: DemandMove, by: User, words: str, **facts: Any) -> Demand:
    held.state = RULES[how][1] or held.state
    held.version += 1
    held.save()
    return _noted(held, how, by, words, **facts)


def _noted(held: Demand, how: DemandMove, by: User, words: str, **facts: Any) -> Demand:
    DemandStep.objects.create(demand=held, move=how, after=held.state, by=by, words=words)
    audit.services.record(
        actor=by,
        action=f"matching.demand.{how}",
        target=held,
        after=held.state,
        words=words,
        **facts,
    )
    return held


def _stated(words: str) -> str:
    if not words.strip():
        wrong = _("Say why: the other side reads it.")
        raise Invalid(wrong, fields={"words": [wrong]})
    return said(words, "words")


MOVES: Sequence[DemandMove] = tuple(RULES)
