"""What holiday lists do to deadlines: before one is published, and after."""

from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response

from portal.clocks.models import MovedClock, Recount
from portal.clocks.selectors import recounts as selectors
from portal.common.api import KeysetPagination
from portal.common.errors import NotFound
from portal.organisation.api.calendars import DayListIn
from portal.organisation.permissions import may_publish_calendar

from .views import OfPerson


class WouldMoveOut(serializers.Serializer[Any]):
    title = serializers.CharField(source="subject.title")
    url = serializers.CharField(source="subject.url")
    due = serializers.DateField(source="clock.due")
    new_due = serializers.DateField()


class PreviewOut(serializers.Serializer[Any]):
    """`shown` are the first by date of what the reader may know of; the numbers count all."""

    concerned = serializers.IntegerField()
    moved = serializers.IntegerField()
    earlier = serializers.IntegerField()
    shown = WouldMoveOut(many=True)


class RecountOut(serializers.ModelSerializer[Recount]):
    """`id` is that of the list."""

    id = serializers.IntegerField(source="calendar_id")
    calendar = serializers.CharField()
    source = serializers.CharField(source="calendar.source")  # type: ignore[assignment]

    class Meta:
        model = Recount
        fields = ["id", "calendar", "source", "began_at", "ended_at"]


class MovedOut(serializers.Serializer[Any]):
    title = serializers.CharField()
    url = serializers.CharField()
    holder = serializers.CharField()
    old_due = serializers.DateField()
    new_due = serializers.DateField()
    old_version = serializers.CharField()
    new_version = serializers.CharField()
    had_lapsed = serializers.BooleanField(help_text="the lapse is reversed")


class CalendarPreview(OfPerson):
    @extend_schema(request=DayListIn, responses=PreviewOut)
    def post(self, request: Request) -> Response:
        """What publishing this list would move. Nothing is written."""
        may_publish_calendar(self.person).enforce()
        given = DayListIn(data=request.data)
        given.is_valid(raise_exception=True)
        found = selectors.preview_of(self.person, **given.validated_data)
        return Response(PreviewOut(found).data)


class NewestRecount(KeysetPagination):
    ordering = ("-began_at", "-id")


class InOrder(KeysetPagination):
    ordering = ("id",)


class RecountList(OfPerson, generics.ListAPIView[Recount]):
    """The lists by which open deadlines were counted anew, newest first."""

    serializer_class = RecountOut
    pagination_class = NewestRecount

    def get_queryset(self) -> Any:
        return selectors.recounts()


class RecountMoves(OfPerson, generics.GenericAPIView[MovedClock]):
    pagination_class = InOrder

    @extend_schema(operation_id="calendars_recount_moves", responses=MovedOut(many=True))
    def get(self, request: Request, pk: int) -> Response:
        """What a list moved, of what the reader may know."""
        found = selectors.recount_of(pk)
        if found is None or found[1] is None:
            raise NotFound(_("Nothing was counted anew by such a list."))
        listed = self.paginate_queryset(selectors.moves_for(self.person, found[1])) or []
        lines = [_line(move, known) for move, known in selectors.with_subjects(self.person, listed)]
        return self.get_paginated_response(MovedOut(lines, many=True).data)


def _line(move: Any, known: Any) -> dict[str, Any]:
    return {
        "title": known.title if known else "",
        "url": known.url if known else "",
        "holder": move.holder.name,
        "old_due": move.old_due,
        "new_due": move.new_due,
        "old_version": move.old_version,
        "new_version": move.new_version,
        "had_lapsed": move.had_lapsed,
    }
