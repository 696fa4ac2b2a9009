"""Who stands in for whom during an absence."""

from datetime import date, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from audit.services import record
from portal.common.errors import Invalid, NotFound, WrongState
from portal.organisation.models import Substitution, User
from portal.organisation.permissions import may_name_substitute, may_stand_in
from portal.workdays.clocks import today

LONGEST = timedelta(days=366)


@transaction.atomic
def name_substitute(
    *, absent: User, substitute: User, first: date, last: date, reason: str, by: User
) -> Substitution:
    """Let `substitute` hold the duties of `absent` from `first` to `last`, both days included.

    Raises `Invalid` for days that are past, in the wrong order, longer than a year, or taken by another
    substitution of the same person.
    """
    people = {one.pk: one for one in _locked(absent, substitute)}
    held, other = people[absent.pk], people[substitute.pk]
    may_name_substitute(by, held).enforce()
    decision = may_stand_in(other, held)
    if not decision:
        raise Invalid(str(decision.reason), fields={"substitute": [str(decision.reason)]})
    _check_days(held, first, last)
    why = reason.strip()
    if not why:
        words = _("Say why you are away.")
        raise Invalid(words, fields={"reason": [words]})
    made = Substitution.objects.create(
        absent=held, substitute=other, first=first, last=last, reason=why[:200], named_by=by
    )
    record(
        actor=by,
        action="organisation.substitute.name",
        target=held,
        substitute=other.pk,
        first=first,
        last=last,
        reason=made.reason,
    )
    return made


@transaction.atomic
def end_substitution(*, substitution: int, absent: User, by: User) -> Substitution:
    """End it at once. What the substitute did stands."""
    may_name_substitute(by, absent).enforce()
    held = Substitution.objects.select_for_update().filter(pk=substitution, absent=absent).first()
    if held is None:
        raise NotFound(_("There is no such substitution."))
    if held.ended_at is not None or held.last < today():
        raise WrongState(_("The substitution is over."))
    return _end(held, by)


def end_all_of(person: User, by: User) -> None:
    """End what a person who leaves the department has with it, on either side. In the leaver's act."""
    theirs = Substitution.objects.select_for_update().filter(
        Q(absent=person) | Q(substitute=person), ended_at=None, last__gte=today()
    )
    for one in theirs:
        _end(one, by)


def _end(held: Substitution, by: User) -> Substitution:
    held.ended_at = timezone.now()
    held.save(update_fields=["ended_at"])
    record(
        actor=by,
        action="organisation.substitute.end",
        target=held.absent,
        substitute=held.substitute_id,
        first=held.first,
        last=held.last,
    )
    return held


def _locked(*people: User) -> list[User]:
    """Both, in one order, so that two who name one another do not wait for each other."""
    keys = {one.pk for one in people}
    return list(
        User.objects.select_for_update(of=("self",))
        .select_related("department")
        .filter(pk__in=keys)
        .order_by("pk")
    )


def _check_days(absent: User, first: date, last: date) -> None:
    wrong: dict[str, list[str]] = {}
    if first < today():
        wrong["first"] = [_("The first day is today or later.")]
    if last < first:
        wrong["last"] = [_("The last day comes after the first.")]
    elif last - first > LONGEST:
        wrong["last"] = [_("An absence is a year at most.")]
    if (
        not wrong
        and Substitution.objects.filter(
            absent=absent, ended_at=None, first__lte=last, last__gte=first
        ).exists()
    ):
        wrong["first"] = [_("Somebody stands in for this person already in that time.")]
    if wrong:
        raise Invalid(_("The days are wrong."), fields=wrong)
