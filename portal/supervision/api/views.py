from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import generics
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from portal.common.api import KeysetPagination
from portal.supervision import case_lines
from portal.supervision.permissions import may_see_figures
from portal.supervision.scope import BELOW, LEVEL, PERIODS, Scope, scope_of
from portal.supervision.selectors import figures, work
from portal.supervision.selectors.compliance import compliance
from portal.supervision.selectors.league import SORTS, league
from sharing.api.callers import person

from .serializers import ArticleOut, CaseOut, FigureOut, RunningClockOut, StandingOut

SCOPE = [
    OpenApiParameter(
        "period",
        description=f"{', '.join(PERIODS)}, or a month as YYYY-MM; this year when it is left out",
    ),
    OpenApiParameter("reach", enum=(LEVEL, BELOW), description="for competent departments"),
    OpenApiParameter("department", int, description="one department of those supervised"),
]


class Scoped(APIView):
    permission_classes = [IsAuthenticated]

    def scope(self) -> Scope:
        return scope_of(person(self.request), self.request.query_params)


class Indicators(Scoped):
    @extend_schema(parameters=SCOPE, responses=FigureOut(many=True))
    def get(self, request: Request) -> Response:
        """Every indicator with numerator and denominator (Decree 809, Art. 38)."""
        return Response(FigureOut(figures.figures(self.scope()), many=True).data)


class IndicatorCases(Scoped):
    """The cases behind an indicator, newest first."""

    @extend_schema(
        parameters=[*SCOPE, OpenApiParameter("part", enum=figures.PARTS)],
        responses=CaseOut(many=True),
    )
    def get(self, request: Request, key: str) -> Response:
        scope = self.scope()
        indicator = figures.indicator_of(key)
        part = request.query_params.get("part") or "all"
        pages = KeysetPagination()
        pages.ordering = indicator.newest
        listed = pages.paginate_queryset(
            figures.cases_of(indicator, scope, part=part), request, view=self
        )
        return pages.get_paginated_response(
            CaseOut(case_lines.lines(indicator, scope, listed or []), many=True).data
        )


class League(Scoped):
    @extend_schema(
        parameters=[*SCOPE, OpenApiParameter("sort", enum=tuple(SORTS))],
        responses=StandingOut(many=True),
    )
    def get(self, request: Request) -> Response:
        """Departments beside one another, judged by the platform's own targets."""
        rows = league(self.scope(), sort=request.query_params.get("sort") or "rate")
        return Response(StandingOut(rows, many=True).data)


class SoonestDue(KeysetPagination):
    ordering = ("due", "pk")


class Deadlines(generics.ListAPIView[Any]):
    """The running deadlines of one step, those due first first."""

    permission_classes = [IsAuthenticated]
    serializer_class = RunningClockOut
    pagination_class = SoonestDue

    @extend_schema(
        parameters=[
            *SCOPE,
            OpenApiParameter("step", description="answer, deliver, update, review and so on"),
            OpenApiParameter("state", enum=work.STATES),
        ]
    )
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)

    def get_queryset(self) -> QuerySet[Any]:
        asked = self.request.query_params
        return work.clocks(
            scope_of(person(self.request), asked),
            step=asked.get("step") or work.steps()[0].key,
            state=asked.get("state") or "open",
        )


class Compliance(Scoped):
    @extend_schema(parameters=SCOPE, responses=ArticleOut(many=True))
    def get(self, request: Request) -> Response:
        """The Decree article by article; figures for those who work in a department."""
        user = person(request)
        scope = self.scope() if may_see_figures(user) else None
        told = [one for chapter in compliance(scope) for one in chapter.articles]
        return Response(ArticleOut(told, many=True).data)
