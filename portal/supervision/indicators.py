"""The indicators, in the four groups that Art. 38 of the Decree has supervised.

The Decree fixes no formula: these are the portal's, each with its numerator and denominator in words,
and each counted from the cases that its list shows.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db import models
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from portal.common.text import Text
from sharing.models import AgreementState

from . import cases
from .scope import Scope


class Group(models.TextChoices):
    TIMELINESS = "timeliness", _("providers: timeliness")
    QUALITY = "quality", _("providers: data quality")
    USE = "use", _("requesters: use")
    SECURITY = "security", _("requesters: security")


@dataclass(frozen=True, slots=True)
class Indicator:
    """`cases` is the denominator; of them those that `good` names are the numerator.

    `department` is the path to whom a case is counted for, `newest` the order of the list. `day` is
    the date by which a case belongs to a month; empty where the figure is of today.
    """

    key: str
    label: Text
    group: Group
    numerator: Text
    denominator: Text
    cases: Callable[[Scope], QuerySet[Any]]
    good: Callable[[Scope], Q]
    department: str
    newest: tuple[str, ...]
    kind: str
    article: int | None = None
    day: str = ""

    def of(self, scope: Scope) -> QuerySet[Any]:
        found = self.cases(scope)
        return cases.with_met_on(found) if self.kind == "clock" else found


def _in_time(scope: Scope) -> Q:
    return cases.met_in_time()


INDICATORS: dict[str, Indicator] = {
    one.key: one
    for one in (
        Indicator(
            key="answers",
            label=_("On-time answer rate"),
            group=Group.TIMELINESS,
            numerator=_("answered by the last day of the limit"),
            denominator=_("answers given or overdue, due since the period began"),
            cases=cases.answers,
            good=_in_time,
            department="holder",
            newest=("-due", "-pk"),
            kind="clock",
            article=21,
            day="due",
        ),
        Indicator(
            key="deliveries",
            label=_("On-time delivery rate"),
            group=Group.TIMELINESS,
            numerator=_("shared within 20 working days of the answer"),
            denominator=_("deliveries made or overdue, due since the period began"),
            cases=cases.deliveries,
            good=_in_time,
            department="holder",
            newest=("-due", "-pk"),
            kind="clock",
            article=22,
            day="due",
        ),
        Indicator(
            key="satisfaction",
            label=_("Demand satisfaction rate"),
            group=Group.TIMELINESS,
            numerator=_("agreed and delivered"),
            denominator=_("requests closed in the period, without those withdrawn"),
            cases=cases.closed_requests,
            good=lambda scope: Q(agreement__activated_at__isnull=False),
            department="resource__department",
            newest=("-created_at", "-pk"),
            kind="request",
        ),
        Indicator(
            key="updates",
            label=_("Catalogue updated on time"),
            group=Group.TIMELINESS,
            numerator=_("submitted by the last day of the limit"),
            denominator=_("updates submitted or overdue, due since the period began"),
            cases=cases.updates,
            good=_in_time,
            department="holder",
            newest=("-due", "-pk"),
            kind="clock",
            article=17,
            day="due",
        ),
        Indicator(
            key="freshness",
            label=_("Data updated in time"),
            group=Group.QUALITY,
            numerator=_("rows as fresh as the update frequency promises"),
            denominator=_("published entries with rows"),
            cases=cases.entries_with_rows,
            good=lambda scope: cases.FRESH,
            department="department",
            newest=("-rows_changed_at", "-pk"),
            kind="entry",
        ),
        Indicator(
            key="mounted",
            label=_("Entries with usable data"),
            group=Group.QUALITY,
            numerator=_("rows have come"),
            denominator=_("published entries that may be shared"),
            cases=cases.shareable_entries,
            good=lambda scope: Q(rows_changed_at__isnull=False),
            department="department",
            newest=("-published_at", "-pk"),
            kind="entry",
        ),
        Indicator(
            key="use",
            label=_("Agreements in use"),
            group=Group.USE,
            numerator=_("rows were drawn in the period"),
            denominator=_("active agreements, by requester"),
            cases=cases.active_agreements,
            good=cases.was_used,
            department="requester",
            newest=("-created_at", "-pk"),
            kind="agreement",
        ),
        Indicator(
            key="order",
            label=_("Agreements in good order"),
            group=Group.SECURITY,
            numerator=_("neither suspended nor being put right"),
            denominator=_("agreements in use, by requester"),
            cases=cases.agreements_of_requesters,
            good=lambda scope: Q(state=AgreementState.ACTIVE),
            department="requester",
            newest=("-created_at", "-pk"),
            kind="agreement",
        ),
    )
}
