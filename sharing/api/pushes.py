"""Pushes by API: the requester's table, and the receipts of what was pushed into it."""

from datetime import time
from typing import Any
from uuid import UUID

from django.http import Http404
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.sources.schedule import LAST_DAY, MOST_SPREAD, SPREAD, Rhythm, Schedule, Weekday, Zone
from catalog.sources.schedule import schedule_of as schedule_of_target
from portal.common.preconditions import stated_version
from sharing.models import Push, PushMode, PushTarget, TargetKind
from sharing.selectors.pushes import push_of, pushes_of, receipt_of, target_of
from sharing.services import push_targets, pushes
from sharing.services.push_targets import LONGEST_PASSWORD, TargetData

from .callers import person
from .views import AgreementView

SHOWN = 100


class ScheduleIn(serializers.Serializer[Any]):
    rhythm = serializers.ChoiceField(choices=Rhythm.choices, default=Rhythm.OFF)
    at = serializers.TimeField(default=time(6, 0))
    weekday = serializers.ChoiceField(choices=Weekday.choices, default=Weekday.MONDAY)
    day = serializers.IntegerField(min_value=1, max_value=LAST_DAY, default=1)
    zone = serializers.ChoiceField(choices=Zone.choices, default=Zone.SHANGHAI)
    working_days = serializers.BooleanField(default=False)
    spread = serializers.IntegerField(min_value=0, max_value=MOST_SPREAD, default=SPREAD)


class TargetIn(serializers.Serializer[Any]):
    """The whole target anew. `version` is the one that was read, 0 for the first time."""

    version = serializers.IntegerField(min_value=0)
    kind = serializers.ChoiceField(choices=TargetKind.choices)
    host = serializers.CharField(max_length=200)
    port = serializers.IntegerField(
        min_value=1, max_value=65535, required=False, allow_null=True, default=None
    )
    database = serializers.CharField(max_length=128)
    username = serializers.CharField(max_length=128)
    password = serializers.CharField(
        max_length=LONGEST_PASSWORD,
        trim_whitespace=False,
        required=False,
        write_only=True,
        help_text="left out: the stored one is kept",
    )
    settings = serializers.DictField(child=serializers.CharField(), required=False, default=dict)
    relation = serializers.CharField(
        max_length=130, help_text="the table, in PostgreSQL with its schema"
    )
    makes_table = serializers.BooleanField(default=False)
    mode = serializers.ChoiceField(choices=PushMode.choices, default=PushMode.FULL)
    schedule = ScheduleIn(required=False)

    def target_data(self) -> TargetData:
        given = {name: value for name, value in self.validated_data.items() if name != "version"}
        told = given.pop("schedule", None)
        if told is None:
            return TargetData(**given)
        rhythm = Rhythm(told.pop("rhythm"))
        return TargetData(**given, schedule=Schedule(rhythm, **told))


class TargetOut(serializers.ModelSerializer[PushTarget]):
    """The password is never shown. `schedule` is what it is set to; `test_failure` a code."""

    schedule = serializers.SerializerMethodField()

    class Meta:
        model = PushTarget
        fields = [
            "version",
            "kind",
            "host",
            "port",
            "database",
            "settings",
            "relation",
            "makes_table",
            "mode",
            "schedule",
            "tested_at",
            "test_failure",
        ]

    def get_schedule(self, target: PushTarget) -> dict[str, str | int]:
        return schedule_of_target(target).facts


class TargetTestOut(serializers.Serializer[Any]):
    __test__ = False  # for pytest this is no test

    product = serializers.CharField(help_text="what answered, empty when nothing did")
    code = serializers.CharField(help_text="why it did not, empty when it did")
    message = serializers.CharField()


class PushIn(serializers.Serializer[Any]):
    whole = serializers.BooleanField(
        default=False, help_text="all rows, also where changes are what is sent"
    )


class PushOut(serializers.ModelSerializer[Push]):
    """A receipt. `agreed_*` are of the snapshot that was sent, `found_*` of the table afterwards."""

    message = serializers.SerializerMethodField()
    differences = serializers.DictField()

    class Meta:
        model = Push
        fields = [
            "number",
            "count",
            "place",
            "kind",
            "why_whole",
            "state",
            "attempt",
            "asked_at",
            "started_at",
            "finished_at",
            "next_attempt_at",
            "rows",
            "bytes",
            "sha256",
            "inserted",
            "updated",
            "deleted",
            "agreed_rows",
            "agreed_checksum",
            "found_rows",
            "found_checksum",
            "is_equal",
            "differences",
            "failure_code",
            "message",
        ]

    def get_message(self, push: Push) -> str:
        failure = receipt_of(push).failure
        return f"{failure.what} {failure.to_do}" if failure else ""


class AgreementTarget(AgreementView):
    condition = "version"  # the target's own, not the agreement's

    @extend_schema(responses=TargetOut)
    def get(self, request: Request, number: str) -> Response:
        target = target_of(self.found(number))
        if target is None:
            raise Http404(number)
        return Response(TargetOut(target).data)

    @extend_schema(request=TargetIn, responses=TargetOut)
    def put(self, request: Request, number: str) -> Response:
        """Register the table into which the rows are pushed, or change it."""
        agreement = self.found(number)
        given = TargetIn(data=request.data)
        given.is_valid(raise_exception=True)
        target = push_targets.set_target(
            agreement=agreement,
            version=given.validated_data["version"],
            data=given.target_data(),
            by=person(request),
        )
        return Response(TargetOut(target).data)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, number: str) -> Response:
        """Push no longer; the stored password is forgotten."""
        push_targets.remove_target(
            agreement=self.found(number), version=stated_version(request), by=person(request)
        )
        return Response(status=204)


class AgreementTargetTest(AgreementView):
    @extend_schema(request=None, responses=TargetTestOut)
    def post(self, request: Request, number: str) -> Response:
        """Connect now, and do nothing in all ways that a push does something."""
        agreement = self.found(number)
        result = push_targets.test_target(agreement=agreement, by=person(request))
        target = target_of(agreement)
        failure = result.failure
        words = f"{failure.what} {failure.to_do}" if failure else _("The table takes the rows.")
        code = target.test_failure if target else ""
        return Response({"product": result.product, "code": code, "message": words})


class AgreementPushes(AgreementView):
    @extend_schema(responses=PushOut(many=True))
    def get(self, request: Request, number: str) -> Response:
        """The newest hundred receipts."""
        found = pushes_of(self.found(number))[:SHOWN]
        return Response(PushOut(found, many=True).data)

    @extend_schema(request=PushIn, responses={202: PushOut})
    def post(self, request: Request, number: str) -> Response:
        """Push now: a worker takes it up, its receipt tells how it went."""
        agreement = self.found(number)
        given = PushIn(data=request.data)
        given.is_valid(raise_exception=True)
        push = pushes.start(
            agreement=agreement, by=person(request), is_whole=given.validated_data["whole"]
        )
        return Response(PushOut(push).data, status=202)


class AgreementPush(AgreementView):
    @extend_schema(responses=PushOut)
    def get(self, request: Request, number: str, push: UUID) -> Response:
        found = push_of(self.found(number), push)
        if found is None:
            raise Http404(push)
        return Response(PushOut(found).data)
