"""What tests ask of the trail when somebody is refused: no act, and the denial."""

from django.db.models import QuerySet

from audit.models import Entry

ACCESS = "audit.access."


def acts() -> QuerySet[Entry]:
    """What was done: every entry but the refusals of pages and acts."""
    return Entry.objects.exclude(action__startswith=ACCESS)


def denials() -> list[Entry]:
    """Those refusals, oldest first."""
    return list(Entry.objects.filter(action__startswith=ACCESS).order_by("id"))


def refused() -> list[str]:
    """Their kinds alone: "deny", "miss", "repeat"."""
    return [one.action.removeprefix(ACCESS) for one in denials()]
