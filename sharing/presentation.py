"""Requests and agreements in the words of their pages: state, next actor, date."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from catalog.models import MaskingRule
from portal.common.dates import local_date
from portal.common.text import Text
from portal.organisation.models import DutyKind, User
from sharing import row_filters
from sharing.models import AgreementState, AgreementStep, RequestState, RequestStep
from sharing.selectors.agreements import AgreementPage
from sharing.selectors.requests import RequestPage
from sharing.services.supplements import FIELDS
from sharing.workflow import AgreementMove, Move


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a thing stands and who acts next; `tone` is that of `{% state %}`."""

    tone: str
    label: Text
    next_actor: Text


def request_sides() -> list[tuple[str, Text]]:
    return [("ours", _("We ask")), ("received", _("We provide")), ("", _("All I may see"))]


def first_side(user: User) -> str:
    """The side that the list of requests opens with: an officer decides between departments."""
    return "" if user.has_duty(DutyKind.COMPETENT_OFFICER) else "ours"


def agreement_sides() -> list[tuple[str, Text]]:
    return [("", _("All I may see")), ("ours", _("We draw")), ("given", _("We provide"))]


def standing(page: RequestPage) -> Standing:
    request = page.request
    label = request.get_state_display()
    applicant = f"{request.requester} {request.applicant}"
    head = _("%(department)s, work body head")
    match request.state:
        case RequestState.DRAFT:
            return Standing("rest", label, applicant)
        case RequestState.RETURNED:
            return Standing("wait", label, applicant)
        case RequestState.INTERNAL_REVIEW:
            return Standing("run", label, head % {"department": request.requester})
        case RequestState.RECEIVED:
            return Standing("run", label, head % {"department": request.resource.department})
        case RequestState.SUPPLEMENT:
            return Standing("wait", label, applicant)
        case RequestState.OFFERED:
            return Standing("wait", label, head % {"department": request.requester})
        case RequestState.REFUSED if page.open_dispute:
            return Standing("stop", label, _("the competent department decides the dispute"))
        case RequestState.REFUSED if page.disputes:
            return Standing("stop", label, "")
        case RequestState.REFUSED:
            return Standing(
                "stop",
                label,
                _("%(department)s: may take it to a dispute") % {"department": request.requester},
            )
        case RequestState.AGREED:
            return Standing("go", label, "")
    return Standing("rest", label, "")


def agreement_standing(page: AgreementPage) -> Standing:
    agreement = page.agreement
    label = agreement.get_state_display()
    match agreement.state:
        case AgreementState.AWAITING:
            return Standing("wait", label, _("both work body heads confirm"))
        case AgreementState.SUSPENDED:
            return Standing("stop", label, _("who suspended it decides"))
        case AgreementState.RECTIFYING if page.suspension and page.suspension.reported_at:
            return Standing("stop", label, _("who suspended it decides on what was put right"))
        case AgreementState.RECTIFYING:
            return Standing(
                "stop",
                label,
                _("%(department)s puts it right") % {"department": agreement.requester},
            )
        case AgreementState.PENDING:
            return Standing(
                "wait",
                label,
                _("%(department)s opens the data") % {"department": agreement.provider},
            )
        case AgreementState.ACTIVE if page.end_plan and page.end_plan.is_unanswered:
            return Standing(
                "go",
                label,
                _("%(department)s answers on the end of the service")
                % {"department": agreement.requester},
            )
        case AgreementState.ACTIVE:
            return Standing("go", label, "")
        case AgreementState.TERMINATED:
            return Standing("stop", label, "")
    return Standing("rest", label, "")


def steps(page: RequestPage) -> list[dict[str, Any]]:
    """The step bar: drafted, approved in the house, answered, shared, used."""
    request = page.request
    at = {step.move: step.at for step in page.steps}
    order = [
        (
            _("Draft"),
            at.get(Move.SUBMIT),
            {RequestState.DRAFT, RequestState.RETURNED, RequestState.SUPPLEMENT},
        ),
        (_("Requester's approval"), at.get(Move.APPROVE), {RequestState.INTERNAL_REVIEW}),
        (
            _("Provider's answer"),
            request.answered_at,
            {RequestState.RECEIVED, RequestState.OFFERED},
        ),
        (
            _("Sharing the data"),
            page.agreement.activated_at if page.agreement else None,
            set(),
        ),
        (_("Use"), page.agreement.ended_at if page.agreement else None, set()),
    ]
    shown = []
    for title, done_at, now_in in order:
        # What comes back for a supplement or after a dispute has been through a step before.
        state = "now" if request.state in now_in else "done" if done_at else ""
        words = local_date(done_at).isoformat() if done_at else ""
        if title == _("Sharing the data") and request.state == RequestState.AGREED and not done_at:
            state, words = "now", _("within 20 working days")
        if title == _("Use") and page.agreement and page.agreement.is_active:
            state = "now"
            words = _("until %(day)s") % {"day": page.agreement.ends_on.isoformat()}
        shown.append({"title": title, "words": words, "state": state})
    return shown


def acts(page: RequestPage) -> dict[str, Any]:
    """What the page says of supplement, extension, offer and dispute, and which this person decides."""
    offer, extension, supplement = page.offer, page.extension, page.supplement
    named = {one.item.column: one.item.name for one in page.items}
    return {
        "notes": [
            {
                "who": f"{one.by.department} {one.by}",
                "did": one.get_verdict_display(),
                "words": one.words,
                "at": one.at,
            }
            for one in page.notes
        ],
        "advises": page.can(Move.AGREE)
        and page.rights.advise
        and not any(one.verdict for one in page.notes),
        "missing": [FIELDS[name] for name in supplement.missing] if supplement else [],
        "offered_rows": row_scope(offer.row_filter, page) if offer else "",
        "offered_masks": [
            _("%(item)s (%(mask)s)")
            % {"item": named.get(column, column), "mask": MaskingRule(rule).label}
            for column, rule in (offer.masks.items() if offer else ())
        ],
        "asked_rows": row_scope(page.request.row_filter, page),
        "offered": [named.get(column, column) for column in offer.columns] if offer else [],
        "accepts": page.can(Move.ACCEPT) and page.rights.decide,
        "consents": page.can(Move.EXTEND) and page.rights.decide_extension,
        "settles": page.can(Move.UPHOLD) and page.rights.decide_dispute,
        "asks_for_time": page.can(Move.ASK_EXTENSION) and page.rights.ask_extension,
        "acknowledges": bool(
            extension
            and extension.granted_days
            and extension.acknowledged_at is None
            and page.rights.dispute
        ),
    }


def summary(page: RequestPage) -> list[dict[str, Any]]:
    """The applicant's answers, to be checked before submitting."""
    request = page.request
    items = _(", ").join(one.item.name for one in page.items)
    return [
        {"name": _("Data items"), "value": items},
        {"name": _("Row scope"), "value": row_scope(request.row_filter, page) or _("all rows")},
        {"name": _("Basis for use"), "value": request.use_basis or "—"},
        {"name": _("Scene of use"), "value": request.use_scene or "—"},
        {"name": _("Scope of use"), "value": request.use_scope or "—"},
        {
            "name": _("Sharing mode"),
            "value": request.get_sharing_mode_display() if request.sharing_mode else "—",
        },
        {
            "name": _("Frequency of use"),
            "value": request.get_use_frequency_display() or _("not stated"),
        },
        {"name": _("Calls a day"), "value": quantity(request.calls_a_day)},
        {"name": _("Rows a day"), "value": quantity(request.rows_a_day)},
        {
            "name": _("Use until"),
            "value": request.use_until.isoformat() if request.use_until else "—",
        },
        {"name": _("Receiving information system"), "value": request.system or _("any of ours")},
        {"name": _("Security measures"), "value": request.security_measures or "—"},
        {
            "name": _("Files"),
            "value": _(", ").join(one.name for one in page.attachments) or _("none"),
        },
    ]


def row_scope(document: Sequence[dict[str, Any]], page: RequestPage) -> str:
    """Conditions in words; empty for all rows."""
    conditions = row_filters.kept(document)
    if not conditions:
        return ""
    return _("; ").join(row_filters.in_words(conditions, page.item_names))


def quantity(number: int | None) -> str:
    return f"{number:,}" if number is not None else _("not stated")


def record(entries: Sequence[RequestStep | AgreementStep]) -> list[dict[str, Any]]:
    """Who did what, when, in which words; newest first."""
    labels = {move.value: move.label for kind in (Move, AgreementMove) for move in kind}
    return [
        {
            "at": step.at,
            "who": f"{step.by.department} {step.by}" if step.by else _("The portal"),
            "did": labels.get(step.move, step.move),
            "words": step.opinion,
        }
        for step in entries
    ]
