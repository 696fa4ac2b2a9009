"""Collection plans as they are listed and read (Decree 809, Art. 19)."""

from django.db.models import Count, QuerySet
from django.utils.translation import gettext as _

from catalog.models import CollectionPlan, Duplicate, PlanState
from catalog.parties import Party
from portal.common.errors import NotFound

TABS = ("open", "filed", "all")


def plans_for(party: Party, *, tab: str = "all") -> QuerySet[CollectionPlan]:
    """The plans that the party sees, newest first; open ones wait for their department."""
    found = CollectionPlan.objects.permitted(party).select_related("department")
    if tab == "open":
        found = found.filter(state__in=(PlanState.DRAFT, PlanState.OBJECTED))
    elif tab == "filed":
        found = found.filter(state=PlanState.FILED)
    return found.annotate(item_count=Count("items")).order_by("-id")


def plan_for(party: Party, pk: int) -> CollectionPlan:
    found = (
        CollectionPlan.objects.permitted(party)
        .select_related("department__region", "edited_by", "objected_by")
        .prefetch_related("items")
        .filter(pk=pk)
        .first()
    )
    if found is None:
        raise NotFound(_("There is no such collection plan."))
    return found


def repeated_in(plan: CollectionPlan) -> set[str]:
    """Which of the plan's items were answered for or are recorded as repeating others' data."""
    return set(Duplicate.objects.filter(plan=plan).values_list("column", flat=True))
