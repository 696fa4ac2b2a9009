"""The live figures of the compliance page, each in the reader's own scope."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from urllib.parse import urlencode

from django.db.models import Count, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from catalog.models import Resource, ResourceState, SharingAttribute
from catalog.selectors.duplicates import open_duplicates
from portal.clocks.registry import tables
from portal.common.text import Text
from portal.organisation.models import DutyKind
from portal.supervision.articles import ARTICLES, CHAPTERS, Article
from portal.supervision.cases import IN_USE, met_in_time, with_met_on
from portal.supervision.scope import Scope
from portal.workdays.clocks import RUNNING, TICKING, today
from sharing.matching.models import OPEN, ClassificationChallenge, Demand
from sharing.models import (
    LIVE,
    Agreement,
    AgreementState,
    Dispute,
    Pull,
    PullResult,
    SharingRequest,
)

from .work import work_by_department


@dataclass(frozen=True, slots=True)
class ClockFigure:
    """A limit: how many clocks run, how many were kept in the period, how many are or came late."""

    label: Text
    open: int
    in_time: int
    late: int
    url: str


@dataclass(frozen=True, slots=True)
class CountFigure:
    label: Text
    number: int
    url: str = ""


LiveFigure = ClockFigure | CountFigure


@dataclass(frozen=True, slots=True)
class Told:
    article: Article
    figures: list[LiveFigure]


@dataclass(frozen=True, slots=True)
class Chapter:
    number: int
    title: Text
    articles: list[Told]


def compliance(scope: Scope | None) -> list[Chapter]:
    """The Decree by chapter. Without a scope, for who works in no department, without figures."""
    known: dict[str, LiveFigure] = {}

    def figure(key: str, scope: Scope) -> LiveFigure:
        if key not in known:
            known[key] = FIGURES[key](scope)
        return known[key]

    told = [
        Told(one, [figure(key, scope) for key in one.figures] if scope else [])
        for one in ARTICLES.values()
    ]
    return [
        Chapter(number, title, [one for one in told if one.article.chapter == number])
        for number, title, _last in CHAPTERS
    ]


def all_figures(chapters: list[Chapter]) -> Iterator[tuple[Article, LiveFigure]]:
    for chapter in chapters:
        for told in chapter.articles:
            for figure in told.figures:
                yield told.article, figure


def _clock(kind: str, label: Text) -> Callable[[Scope], ClockFigure]:
    def counted(scope: Scope) -> ClockFigure:
        table = next(
            one for one in tables() if kind in dict(one.model._meta.get_field("kind").flatchoices)
        )
        clocks = with_met_on(
            table.model._default_manager.filter(
                kind=kind, cancelled_at=None, holder__in=scope.departments().values("pk")
            )
        )
        ended = Q(due__gte=scope.period.first, met_at__isnull=False)
        found = clocks.aggregate(
            open=Count("pk", filter=RUNNING),
            in_time=Count("pk", filter=ended & met_in_time()),
            late=Count("pk", filter=ended),
            overdue=Count("pk", filter=TICKING & Q(due__lt=today())),
        )
        late = found["late"] - found["in_time"] + found["overdue"]
        query = urlencode({"step": kind, "state": "open", "reach": scope.reach})
        return ClockFigure(
            label,
            found["open"],
            found["in_time"],
            late,
            f"{reverse('supervision:deadlines')}?{query}",
        )

    return counted


def _count(
    label: Text, counted: Callable[[Scope], int], view: str = "", **query: str
) -> Callable[[Scope], CountFigure]:
    def figure(scope: Scope) -> CountFigure:
        url = reverse(view) if view else ""
        return CountFigure(label, counted(scope), f"{url}?{urlencode(query)}" if query else url)

    return figure


def _entries(scope: Scope, **wanted: object) -> int:
    return (
        Resource.objects.permitted(scope.user, "view_resource")
        .filter(department__in=scope.departments().values("pk"), **wanted)
        .count()
    )


def _in_review(state: str) -> Callable[[Scope], int]:
    """Drafts are no part of the catalogue yet: their own departments, and who reviews, know of them."""
    return lambda scope: Resource.objects.filter(
        department__in=scope.departments().values("pk"), state=state
    ).count()


def _headless(scope: Scope) -> int:
    return (
        scope.departments()
        .exclude(duties__kind=DutyKind.WORK_BODY_HEAD, duties__user__is_active=True)
        .count()
    )


def _requests(scope: Scope) -> int:
    return (
        SharingRequest.objects.permitted(scope.user)
        .filter(state__in=LIVE, resource__department__in=scope.departments().values("pk"))
        .count()
    )


def _demands(scope: Scope) -> int:
    return (
        Demand.objects.permitted(scope.user)
        .filter(state__in=OPEN, department__in=scope.departments().values("pk"))
        .count()
    )


def _challenges(scope: Scope) -> int:
    return (
        ClassificationChallenge.objects.permitted(scope.user)
        .filter(decided_at=None, resource__department__in=scope.departments().values("pk"))
        .count()
    )


def _agreements(*states: str) -> Callable[[Scope], int]:
    return lambda scope: (
        Agreement.objects.permitted(scope.user)
        .filter(state__in=states, provider__in=scope.departments().values("pk"))
        .count()
    )


def _disputes(scope: Scope) -> int:
    return Dispute.objects.filter(
        decided_at=None,
        request__in=SharingRequest.objects.permitted(scope.user),
        request__resource__department__in=scope.departments().values("pk"),
    ).count()


def _pulls(*results: str) -> Callable[[Scope], int]:
    def counted(scope: Scope) -> int:
        began, ended = scope.period.moments
        return Pull.objects.filter(
            agreement__in=Agreement.objects.permitted(scope.user).filter(
                provider__in=scope.departments().values("pk")
            ),
            started_at__gte=began,
            started_at__lt=ended,
            result__in=results,
        ).count()

    return counted


def _lapses(scope: Scope) -> int:
    return sum(row.total.lapsed for row in work_by_department(scope))


FIGURES: dict[str, Callable[[Scope], LiveFigure]] = {
    "departments": _count(
        _("departments"),
        lambda scope: scope.departments().count(),
        "organisation:department_list",
    ),
    "departments_without_head": _count(
        _("departments without a head of their work body"), _headless, "organisation:person_list"
    ),
    "entries": _count(
        _("published entries"),
        lambda scope: _entries(scope, state=ResourceState.PUBLISHED),
        "catalog:resource_list",
    ),
    "entries_not_shared": _count(
        _("published entries that are not shared"),
        lambda scope: _entries(
            scope,
            state=ResourceState.PUBLISHED,
            sharing_attribute=SharingAttribute.NOT_SHARED,
        ),
        "catalog:resource_list",
        sharing_attribute=SharingAttribute.NOT_SHARED.value,
    ),
    "entries_before_head": _count(
        _("entries before a department head"),
        _in_review(ResourceState.HEAD_REVIEW),
        "catalog:review_list",
    ),
    "entries_before_officer": _count(
        _("entries before the competent department"),
        _in_review(ResourceState.COMPETENT_REVIEW),
        "catalog:review_list",
    ),
    "update": _clock("update", _("update and submit")),
    "review": _clock("review", _("review and publish")),
    "duplicates": _count(
        _("open duplicates"),
        lambda scope: open_duplicates(scope.user).count() if scope.oversees else 0,
        "catalog:source_register",
    ),
    "requests": _count(_("requests under way"), _requests, "sharing:request_list"),
    "demands": _count(_("open demands for data"), _demands, "matching:demand_list"),
    "challenges": _count(
        _("open challenges of how entries are shared"), _challenges, "matching:challenge_list"
    ),
    "answer": _clock("answer", _("answer the request")),
    "deliver": _clock("deliver", _("share the data")),
    "agreements": _count(_("agreements in use"), _agreements(*IN_USE), "sharing:agreement_list"),
    "suspended": _count(
        _("agreements suspended or being put right"),
        _agreements(AgreementState.SUSPENDED, AgreementState.RECTIFYING),
        "sharing:agreement_list",
        state=AgreementState.SUSPENDED.value,
    ),
    "disputes": _count(_("open disputes"), _disputes, "sharing:request_list"),
    "pulls": _count(
        _("calls answered in the period"), _pulls(PullResult.OK), "sharing:agreement_list"
    ),
    "denied": _count(
        _("calls denied in the period"), _pulls(PullResult.DENIED), "sharing:agreement_list"
    ),
    "lapses": _count(_("deadlines lapsed in the period"), _lapses, "clocks:lapse_list"),
}
