"""The holiday lists by which deadlines are counted, and their publication."""

from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from portal.common.errors import NotFound
from portal.organisation import permissions, selectors
from portal.organisation.services import calendar
from portal.workdays.models import FIRST_YEAR, LAST_YEAR, DayKind, HolidayCalendar

from .views import IsPerson, _person


class DayIn(serializers.Serializer[Any]):
    day = serializers.DateField()
    name = serializers.CharField(
        required=False, allow_blank=True, default="", help_text="as the notice calls it"
    )


class DayListIn(serializers.Serializer[Any]):
    """The whole list of a year; of a region only what differs from the lists above it."""

    year = serializers.IntegerField(min_value=FIRST_YEAR, max_value=LAST_YEAR)
    region = serializers.CharField(
        required=False, allow_blank=True, default="", help_text="division code; empty: the nation"
    )
    holidays = DayIn(many=True)
    makeup_days = DayIn(many=True, required=False, default=list)

    def validate(self, given: dict[str, Any]) -> dict[str, Any]:
        for kind in ("holidays", "makeup_days"):
            given[kind] = [(one["day"], one["name"]) for one in given[kind]]
        return given


class CalendarIn(DayListIn):
    source = serializers.CharField(  # type: ignore[assignment]
        help_text="title and number of the notice"
    )
    published_on = serializers.DateField(required=False, allow_null=True, default=None)
    replaces = serializers.IntegerField(
        min_value=0, help_text="the version that was read, 0 where there was none"
    )


class DayOut(serializers.Serializer[Any]):
    day = serializers.DateField()
    name = serializers.CharField()


class CalendarOut(serializers.ModelSerializer[HolidayCalendar]):
    holidays = serializers.SerializerMethodField()
    makeup_days = serializers.SerializerMethodField()

    class Meta:
        model = HolidayCalendar
        fields = [
            "id",
            "year",
            "region",
            "version",
            "is_current",
            "source",
            "published_on",
            "entered_at",
            "holidays",
            "makeup_days",
        ]

    @extend_schema(responses=DayOut(many=True))
    def get_holidays(self, held: HolidayCalendar) -> Any:
        return self._days(held, DayKind.HOLIDAY)

    @extend_schema(responses=DayOut(many=True))
    def get_makeup_days(self, held: HolidayCalendar) -> Any:
        return self._days(held, DayKind.MAKEUP)

    @staticmethod
    def _days(held: HolidayCalendar, kind: DayKind) -> Any:
        return [
            {"day": one.day.isoformat(), "name": one.name}
            for one in held.days.all()
            if one.kind == kind
        ]


class CalendarList(APIView):
    permission_classes = [IsAuthenticated]

    @extend_schema(operation_id="calendars_list", responses=CalendarOut(many=True))
    def get(self, request: Request) -> Response:
        """The national lists in force, newest year first."""
        return Response(CalendarOut(selectors.calendar_years(), many=True).data)

    def get_permissions(self) -> list[Any]:
        found = list(super().get_permissions())
        return found if self.request.method != "POST" else [*found, IsPerson()]

    @extend_schema(request=CalendarIn, responses={201: CalendarOut})
    def post(self, request: Request) -> Response:
        """Put a new version of a list in force; the deadlines that it concerns are counted anew."""
        by = _person(request)
        permissions.may_publish_calendar(by).enforce()
        given = CalendarIn(data=request.data)
        given.is_valid(raise_exception=True)
        made = calendar.publish_calendar(by=by, **given.validated_data)
        return Response(CalendarOut(made).data, status=201)


class CalendarOfYear(APIView):
    permission_classes = [IsAuthenticated]

    @extend_schema(operation_id="calendars_of_year", responses=CalendarOut(many=True))
    def get(self, request: Request, year: int) -> Response:
        """Every list there ever was for the year, the regions' too; each version newest first."""
        found = selectors.lists_of_year(year)
        if not found:
            raise NotFound(_("There is no list of this year."))
        return Response(CalendarOut(found, many=True).data)
