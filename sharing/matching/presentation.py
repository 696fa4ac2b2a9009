"""Demands and the three lists in words."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from catalog.models import Resource
from portal.common.errors import NotFound
from portal.common.text import Text
from portal.organisation.models import User

from .forms import WordsForm
from .models import Demand, DemandMove, DemandState, DemandStep
from .selectors import DemandPage, demands_for, listed_entries

BUTTONS: dict[DemandMove, Text] = {
    DemandMove.MATCH: gettext_lazy("Match to a department"),
    DemandMove.REFUSE: gettext_lazy("Refuse the demand"),
    DemandMove.MERGE: gettext_lazy("Merge into a similar one"),
    DemandMove.ACCEPT: gettext_lazy("Take it on"),
    DemandMove.DECLINE: gettext_lazy("Decline it"),
    DemandMove.LINK: gettext_lazy("Name the entry"),
    DemandMove.JOIN: gettext_lazy("We need it too"),
    DemandMove.WITHDRAW: gettext_lazy("Withdraw the demand"),
}
HELP: dict[DemandMove, Text] = {
    DemandMove.MATCH: gettext_lazy("It gets the task to answer whether it holds the data."),
    DemandMove.REFUSE: gettext_lazy("Everybody reads the reasons; the demand is closed."),
    DemandMove.MERGE: gettext_lazy("This one closes; its departments follow the other."),
    DemandMove.ACCEPT: gettext_lazy(
        "Your department compiles an entry. The Decree sets no time for a first entry (Art. 16)."
    ),
    DemandMove.DECLINE: gettext_lazy("The competent department matches it anew, or refuses it."),
    DemandMove.LINK: gettext_lazy("The departments that need it are told to request it."),
    DemandMove.JOIN: gettext_lazy("Your department is named beside the others."),
    DemandMove.WITHDRAW: gettext_lazy("The demand is closed."),
}
DANGER = frozenset({DemandMove.REFUSE, DemandMove.DECLINE, DemandMove.WITHDRAW})


def acts(forms: Mapping[DemandMove, WordsForm]) -> list[dict[str, Any]]:
    """The decisions that this person can take now, the first one the usual one."""
    return [
        {
            "move": how.value,
            "label": BUTTONS[how],
            "help": HELP[how],
            "form": form,
            "is_danger": how in DANGER,
            "is_open": bool(form.errors),
        }
        for how, form in forms.items()
    ]


def facts(page: DemandPage) -> list[dict[str, Any]]:
    one = page.demand
    rows = [
        (_("Needed by"), str(one.department)),
        (_("Posted by"), str(one.posted_by)),
        (_("Needed too by"), _(", ").join(str(other) for other in page.joined)),
        (_("Matched to"), str(one.matched_to or "")),
        (_("How fresh"), one.get_update_frequency_display()),
        (_("Needed from"), one.wanted_by.isoformat() if one.wanted_by else ""),
    ]
    whole = [
        (_("Items and scope"), one.description),
        (_("Basis for use"), one.use_basis),
        (_("Scene of use"), one.use_scene),
    ]
    return [{"name": name, "value": value} for name, value in rows] + [
        {"name": name, "value": value, "whole": True} for name, value in whole
    ]


def steps(page: DemandPage) -> list[dict[str, str]]:
    """The stations of a demand that goes its usual way."""
    state = page.demand.state
    titles = [
        (DemandState.POSTED, pgettext("step of a demand", "Posted")),
        (DemandState.MATCHED, _("Matched")),
        (DemandState.ACCEPTED, _("Taken on")),
        (DemandState.LISTED, _("In the catalogue")),
    ]
    places = [one for one, _title in titles]
    now = places.index(DemandState(state)) if state in places else -1
    return [
        {
            "title": title,
            "words": "",
            "state": "done"
            if place < now or state == DemandState.LISTED
            else "now"
            if place == now
            else "",
        }
        for place, (_state, title) in enumerate(titles)
    ]


def record(found: Iterable[DemandStep]) -> list[dict[str, Any]]:
    return [
        {"who": one.by, "did": one.get_move_display(), "words": one.words, "at": one.at}
        for one in found
    ]


@dataclass(frozen=True, slots=True)
class ListTable:
    """One of the three lists: its rows for a reader, and a row in words."""

    kind: str
    title: Text
    about: Text
    rows: Callable[[User], QuerySet[Any]]
    heading: Callable[[], list[str]]
    line: Callable[[Any], list[Any]]


def _entry_heading() -> list[str]:
    return [_("Entry"), _("Code"), _("Provider"), _("Sharing attribute"), _("Update frequency")]


def _entry_line(one: Resource) -> list[Any]:
    return [
        one.name,
        one.code,
        one.department.name,
        one.get_sharing_attribute_display(),
        one.get_update_frequency_display(),
    ]


def _negative_heading() -> list[str]:
    return [
        _("Entry"),
        _("Code"),
        _("Provider"),
        _("Reason for not sharing"),
        _("Kind of basis"),
        _("Basis"),
        _("Article"),
    ]


def _negative_line(one: Resource) -> list[Any]:
    return [
        one.name,
        one.code,
        one.department.name,
        one.not_shared_reason,
        one.get_basis_kind_display(),
        one.basis_title,
        one.basis_article,
    ]


def _demand_heading() -> list[str]:
    return [_("Data needed"), _("Number"), _("Needed by"), _("State"), _("Matched to"), _("Posted")]


def _demand_line(one: Demand) -> list[Any]:
    return [
        one.title,
        one.number,
        one.department.name,
        one.get_state_display(),
        one.matched_to.name if one.matched_to else "",
        one.posted_at,
    ]


LISTS: dict[str, ListTable] = {
    one.kind: one
    for one in (
        ListTable(
            "responsibility",
            gettext_lazy("Responsibility list"),
            gettext_lazy("What each department has to share: its published entries."),
            lambda user: listed_entries(user, "responsibility"),
            _entry_heading,
            _entry_line,
        ),
        ListTable(
            "demand",
            gettext_lazy("Demand list"),
            gettext_lazy("What departments need and the catalogue does not offer yet."),
            demands_for,
            _demand_heading,
            _demand_line,
        ),
        ListTable(
            "negative",
            gettext_lazy("Negative list"),
            gettext_lazy("What is not shared, with the law that clearly says so (Art. 15)."),
            lambda user: listed_entries(user, "negative"),
            _negative_heading,
            _negative_line,
        ),
    )
}


def list_of(kind: str) -> ListTable:
    if kind not in LISTS:
        raise NotFound(_("There is no such list."))
    return LISTS[kind]


def lists() -> list[tuple[str, Text, str]]:
    return [
        (kind, one.title, reverse("matching:listed", args=[kind])) for kind, one in LISTS.items()
    ]
