"""What pages and the API ask about alerts and rules."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from audit.models import Entry
from portal.common.decisions import Decision
from portal.common.errors import NotFound
from portal.common.text import Text
from portal.organisation.models import DutyKind, InformationSystem, User
from portal.organisation.selectors import people_for, systems_for
from sharing.models import Agreement

from .limits import InForce, in_force, in_force_of
from .models import Alert, CaseMove, CaseState, CaseStep, RuleVersion, WatchPlace
from .permissions import may_see_cases, may_work_on
from .rules import RULES
from .workflow import STEPS, can

SHOWN_ENTRIES = 100
TABS: dict[str, tuple[Text, Q]] = {
    "open": (
        pgettext_lazy("cases", "to close"),
        Q(state__in=[CaseState.OPEN, CaseState.LOOKED_AT]),
    ),
    "true": (gettext_lazy("true alarms"), Q(state=CaseState.TRUE)),
    "false": (gettext_lazy("false alarms"), Q(state=CaseState.FALSE)),
    "all": (pgettext_lazy("cases", "all"), Q()),
}


@dataclass(frozen=True, slots=True)
class Tab:
    key: str
    label: Text
    count: int


@dataclass(frozen=True, slots=True)
class Case:
    """A case as its page shows it. `entries` are the newest of those it rests on, `counted` how
    many there are.

    `is_grown` says that some came after it was closed; `actor_url` leads to who acted, for who may see
    that; `opens_agreement` and `reads_trail` say whether the reader may go there.
    """

    alert: Alert
    entries: list[Entry]
    counted: int
    steps: list[CaseStep]
    may_work: Decision
    moves: list[CaseMove]
    is_grown: bool
    actor_url: str
    opens_agreement: bool
    reads_trail: bool


@dataclass(frozen=True, slots=True)
class RuleLine:
    """A rule, what holds for it, and how its cases of the last year ended."""

    held: InForce
    open: int
    true: int
    false: int


def alerts_for(
    party: User | InformationSystem, *, state: str = "", rule: str = "", q: str = ""
) -> QuerySet[Alert]:
    """Newest first; one query. `q` is part of a name, an agreement's number, or a subject."""
    found = Alert.objects.permitted(party).select_related(
        "agreement__resource",
        "agreement__requester",
        "agreement__provider",
        "agreement__request",
    )
    if state in CaseState.values:
        found = found.filter(state=state)
    if rule:
        found = found.filter(rule=rule)
    if q:
        found = found.filter(
            Q(actor_name__icontains=q)
            | Q(subject__icontains=q)
            | Q(agreement__number__icontains=q)
            | Q(agreement__requester__name__icontains=q)
            | Q(agreement__resource__name__icontains=q)
        )
    return found.order_by("-raised_at", "-pk")


def listed(user: User, *, tab: str, rule: str, q: str) -> QuerySet[Alert]:
    may_see_cases(user).enforce()
    _label, condition = TABS.get(tab, TABS["open"])
    return alerts_for(user, rule=rule, q=q).filter(condition)


def tabs(user: User, *, rule: str, q: str) -> list[Tab]:
    counts = {key: Count("pk", filter=condition) for key, (_label, condition) in TABS.items()}
    counted = alerts_for(user, rule=rule, q=q).order_by().aggregate(**counts)
    return [Tab(key, label, counted[key]) for key, (label, _condition) in TABS.items()]


def alert_of(party: User | InformationSystem, pk: int) -> Alert:
    found = alerts_for(party).filter(pk=pk).first()
    if found is None:
        raise NotFound(_("There is no such alert."))
    return found


def case_of(user: User, pk: int) -> Case:
    alert = alert_of(user, pk)
    keys = list(alert.evidence.values_list("entry_id", flat=True))
    entries = list(Entry.objects.filter(pk__in=keys).order_by("-at", "-pk")[:SHOWN_ENTRIES])
    may_work = may_work_on(user, alert)
    moves = [how for how in STEPS if may_work and can(alert.state, how)]
    return Case(
        alert=alert,
        entries=entries,
        counted=len(keys),
        steps=list(alert.steps.select_related("by")),
        may_work=may_work,
        moves=moves,
        is_grown=_is_grown(alert, entries),
        actor_url=_actor_url(user, alert),
        opens_agreement=_opens(user, alert),
        reads_trail=user.has_duty(DutyKind.AUDIT_ADMIN),
    )


def _actor_url(user: User, alert: Alert) -> str:
    kind, _colon, key = alert.actor.partition(":")
    if kind not in {"person", "system"}:
        return ""
    found = people_for(user) if kind == "person" else systems_for(user)
    who = found.filter(pk=key).first()
    return who.get_absolute_url() if who else ""


def _opens(user: User, alert: Alert) -> bool:
    found = Agreement.objects.permitted(user)
    return alert.agreement_id is not None and found.filter(pk=alert.agreement_id).exists()


def _is_grown(alert: Alert, entries: Sequence[Entry]) -> bool:
    return alert.closed_at is not None and any(one.at > alert.closed_at for one in entries)


def entries_of(alert: Alert) -> list[int]:
    """The keys of the entries that the alert rests on."""
    return list(alert.evidence.values_list("entry_id", flat=True))


def rule_lines(user: User) -> list[RuleLine]:
    """For who sees every case: what each rule is worth."""
    found = Alert.objects.permitted(user).order_by().values("rule").annotate(cases=Count("pk"))
    states = ("open", "true", "false")
    counted = {
        (row["rule"], state): row["cases"]
        for state in states
        for row in found.filter(TABS[state][1])
    }
    return [
        RuleLine(held, *(counted.get((held.rule.code, state), 0) for state in states))
        for held in in_force()
    ]


def rule_of(code: str) -> InForce:
    if code not in RULES:
        raise NotFound(_("There is no such rule."))
    return in_force_of(RULES[code])


def versions_of(code: str) -> list[RuleVersion]:
    return list(RuleVersion.objects.filter(rule=code).select_related("by"))


def watched_until() -> WatchPlace | None:
    return WatchPlace.objects.first()
