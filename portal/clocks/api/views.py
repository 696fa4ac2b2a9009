"""Notices, lapses and thresholds, for programs of people."""

from dataclasses import asdict
from typing import Any, cast

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import generics, serializers
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from portal.clocks.models import Lapse, Notice, NoticeKind, Posting
from portal.clocks.permissions import may_set_thresholds
from portal.clocks.selectors import notices as selectors
from portal.clocks.selectors.recounts import lapses_for, with_subjects
from portal.clocks.selectors.thresholds import policy_of
from portal.clocks.services import notices, thresholds
from portal.clocks.thresholds import PLATFORM, Thresholds
from portal.clocks.wording import lines_of
from portal.common.api import KeysetPagination
from portal.organisation.api.views import IsPerson
from portal.organisation.models import User


class OwnNoticeOut(serializers.Serializer[Any]):
    """`title` and `url` are what the reader may know of now; `url` is empty where that is nothing."""

    id = serializers.IntegerField(source="notice.pk")
    kind = serializers.ChoiceField(choices=NoticeKind.choices, source="notice.kind")
    title = serializers.CharField()
    words = serializers.CharField()
    url = serializers.CharField()
    at = serializers.DateTimeField(source="notice.at")
    read_at = serializers.DateTimeField(source="notice.read_at", allow_null=True)


class ReadIn(serializers.Serializer[Any]):
    newest = serializers.IntegerField(min_value=0, help_text="the newest notice that was seen")


class ReadOut(serializers.Serializer[Any]):
    marked = serializers.IntegerField()


class PostingIn(serializers.Serializer[Any]):
    posting = serializers.ChoiceField(choices=Posting.choices)
    tasks = serializers.BooleanField(required=False, default=False)


class LapseOut(serializers.ModelSerializer[Lapse]):
    holder = serializers.CharField(source="holder.name")

    class Meta:
        model = Lapse
        fields = [
            "id",
            "kind",
            "rule",
            "article",
            "holder",
            "started_on",
            "limit_days",
            "extension_days",
            "calendar_version",
            "due",
            "noted_at",
        ]


class NotedLapseOut(serializers.Serializer[Any]):
    """A lapse with what it is about, empty where the reader may no longer know."""

    lapse = LapseOut()
    title = serializers.CharField()
    url = serializers.CharField()
    is_reversed = serializers.BooleanField()


class ThresholdsIn(serializers.Serializer[Any]):
    """In working days; `version` is the one that was read, 0 where the region has chosen nothing."""

    version = serializers.IntegerField(min_value=0)
    remind_days = serializers.IntegerField(min_value=0)
    amber_days = serializers.IntegerField(min_value=0)
    red_days = serializers.IntegerField(min_value=0)
    head_days = serializers.IntegerField(min_value=0)
    competent_days = serializers.IntegerField(min_value=0)


class OfPerson(APIView):
    permission_classes = [IsAuthenticated, IsPerson]

    @property
    def person(self) -> User:
        return cast("User", self.request.user)


class NewestNotice(KeysetPagination):
    ordering = ("-at", "-id")


class NoticeList(OfPerson, generics.GenericAPIView[Notice]):
    """One's own notices, newest first."""

    pagination_class = NewestNotice

    @extend_schema(responses=OwnNoticeOut(many=True), parameters=[OpenApiParameter("unread", bool)])
    def get(self, request: Request) -> Response:
        unread = request.query_params.get("unread") in {"1", "true"}
        found: QuerySet[Notice] = selectors.notices_for(self.person, unread_only=unread)
        listed = self.paginate_queryset(found) or []
        lines = lines_of(self.person, listed)
        return self.get_paginated_response(OwnNoticeOut(lines, many=True).data)


class NoticeRead(OfPerson):
    @extend_schema(request=None, responses=OwnNoticeOut)
    def post(self, request: Request, pk: int) -> Response:
        held = notices.mark_read(notice_id=pk, by=self.person)
        (line,) = lines_of(self.person, [held])
        return Response(OwnNoticeOut(line).data)


class NoticesRead(OfPerson):
    @extend_schema(operation_id="notices_read_all", request=ReadIn, responses=ReadOut)
    def post(self, request: Request) -> Response:
        """Mark all up to the newest that was seen; what came after it stays unread."""
        given = ReadIn(data=request.data)
        given.is_valid(raise_exception=True)
        marked = notices.mark_all_read(by=self.person, **given.validated_data)
        return Response({"marked": marked})


class PostingChoice(OfPerson):
    @extend_schema(responses=PostingIn)
    def get(self, request: Request) -> Response:
        return Response(selectors.choices_of(self.person))

    @extend_schema(request=PostingIn, responses=PostingIn)
    def post(self, request: Request) -> Response:
        """How notices come by e-mail, and whether what waits does each working day."""
        given = PostingIn(data=request.data)
        given.is_valid(raise_exception=True)
        notices.choose_posting(by=self.person, **given.validated_data)
        return Response(selectors.choices_of(self.person))


class NewestLapse(KeysetPagination):
    ordering = ("-due", "-id")


class LapseList(OfPerson, generics.GenericAPIView[Lapse]):
    """What has lapsed, of deadlines that the person may know of; newest first."""

    pagination_class = NewestLapse

    @extend_schema(responses=NotedLapseOut(many=True))
    def get(self, request: Request) -> Response:
        listed = self.paginate_queryset(lapses_for(self.person)) or []
        told = [
            {
                "lapse": lapse,
                "title": str(subject.title) if subject else "",
                "url": subject.url if subject else "",
                "is_reversed": hasattr(lapse, "reversal"),
            }
            for lapse, subject in with_subjects(self.person, listed)
        ]
        return self.get_paginated_response(NotedLapseOut(told, many=True).data)


class ThresholdsView(OfPerson):
    @extend_schema(responses=ThresholdsIn)
    def get(self, request: Request) -> Response:
        """Those that hold in the person's region."""
        held = policy_of(self.person.department.region)
        chosen = held.thresholds if held else PLATFORM
        return Response({**asdict(chosen), "version": held.version if held else 0})

    @extend_schema(request=ThresholdsIn, responses=ThresholdsIn)
    def post(self, request: Request) -> Response:
        may_set_thresholds(self.person).enforce()
        given = ThresholdsIn(data=request.data)
        given.is_valid(raise_exception=True)
        told = dict(given.validated_data)
        version = told.pop("version")
        held = thresholds.set_thresholds(
            thresholds=Thresholds(**told), version=version, by=self.person
        )
        return Response({**asdict(held.thresholds), "version": held.version})
