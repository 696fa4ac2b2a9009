"""Sources, sync jobs and runs as programs see them. No answer ever holds a password."""

from datetime import time
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from catalog.models import RunState, Source, SyncJob, SyncRun
from catalog.services.sources import SourceData
from catalog.sources.schedule import LAST_DAY, Rhythm, Schedule, Weekday, schedule_of


class SourceOut(serializers.ModelSerializer[Source]):
    class Meta:
        model = Source
        fields = (
            "id",
            "department",
            "name",
            "kind",
            "host",
            "port",
            "database",
            "username",
            "version",
            "created_at",
            "tested_at",
            "test_failure",
        )


class SourceIn(serializers.Serializer[SourceData]):
    name = serializers.CharField(max_length=100)
    host = serializers.CharField(max_length=200)
    port = serializers.IntegerField(min_value=1, max_value=65535, default=5432)
    database = serializers.CharField(max_length=63)
    username = serializers.CharField(max_length=63)
    password = serializers.CharField(max_length=200, write_only=True, trim_whitespace=False)

    @property
    def data_of_source(self) -> SourceData:
        return SourceData(**self.validated_data)


class SourceChangeIn(SourceIn):
    """The whole source; without `password` the stored one stays, unless the place changes."""

    password = serializers.CharField(
        max_length=200, write_only=True, trim_whitespace=False, required=False
    )
    version = serializers.IntegerField(help_text="The version that was read.")

    @property
    def data_of_source(self) -> SourceData:
        given: dict[str, Any] = {**self.validated_data}
        given.pop("version")
        return SourceData(**given)


class TestOut(serializers.Serializer[Any]):
    """How the test of a connection went: the product that answered, or what is wrong."""

    __test__ = False

    ok = serializers.BooleanField(source="is_ok")
    product = serializers.CharField()
    what = serializers.CharField(source="failure.what", default="")
    to_do = serializers.CharField(source="failure.to_do", default="")


class ScheduleField(serializers.Serializer[Schedule]):
    rhythm = serializers.ChoiceField(choices=Rhythm.choices)
    at = serializers.TimeField(format="%H:%M", default=time(6), help_text="Beijing time.")
    weekday = serializers.ChoiceField(choices=Weekday.choices, default=int(Weekday.MONDAY))
    day = serializers.IntegerField(min_value=1, max_value=LAST_DAY, default=1)

    def schedule(self, given: dict[str, Any]) -> Schedule:
        return Schedule(
            rhythm=Rhythm(given["rhythm"]),
            at=given["at"],
            weekday=int(given["weekday"]),
            day=given["day"],
        )


class SyncJobOut(serializers.ModelSerializer[SyncJob]):
    schedule = serializers.SerializerMethodField()

    class Meta:
        model = SyncJob
        fields = ("resource", "source", "relation", "mapping", "mode", "schedule", "version")

    @extend_schema_field(ScheduleField)
    def get_schedule(self, job: SyncJob) -> dict[str, Any]:
        return ScheduleField(schedule_of(job.schedule)).data


class SyncJobIn(serializers.Serializer[SyncJob]):
    source = serializers.IntegerField(  # type: ignore[assignment]
        help_text="The id of a source of the same department."
    )
    relation = serializers.CharField(max_length=130, help_text="For example public.divisions.")
    mapping = serializers.DictField(
        child=serializers.CharField(max_length=63),
        help_text="From each column of the resource to a column of the source.",
    )
    version = serializers.IntegerField(
        default=0, help_text="The version that was read, 0 when there is no job yet."
    )
    schedule = ScheduleField(required=False, help_text="Left as it is when not given.")


class ProgressOut(serializers.Serializer[Any]):
    phase = serializers.CharField()
    rows = serializers.IntegerField()
    bytes = serializers.IntegerField()
    expected = serializers.IntegerField(allow_null=True)
    rate = serializers.IntegerField(help_text="Rows a second.")
    seconds = serializers.FloatField()


class FailureOut(serializers.Serializer[Any]):
    what = serializers.CharField()
    to_do = serializers.CharField()


class LogLineOut(serializers.Serializer[Any]):
    at = serializers.DateTimeField()
    words = serializers.CharField()


class SyncRunOut(serializers.ModelSerializer[SyncRun]):
    resource = serializers.IntegerField(source="job.resource_id")
    state = serializers.ChoiceField(choices=RunState.choices)
    started_by = serializers.CharField(
        source="started_by.name", default=None, help_text="null: the schedule."
    )

    class Meta:
        model = SyncRun
        fields = (
            "id",
            "resource",
            "number",
            "state",
            "started_by",
            "attempt",
            "queued_at",
            "started_at",
            "finished_at",
            "next_attempt_at",
            "rows_read",
            "bytes_read",
            "rows_inserted",
            "rows_updated",
            "rows_deleted",
            "failure_code",
        )


class SyncRunDetailOut(SyncRunOut):
    """One run with what it failed of, its log, and while it runs how far it is.

    The context holds `view`, the run's RunView.
    """

    failure = serializers.SerializerMethodField()
    progress = serializers.SerializerMethodField()
    log = serializers.SerializerMethodField()

    class Meta(SyncRunOut.Meta):
        fields = (*SyncRunOut.Meta.fields, "failure", "progress", "log")  # type: ignore[assignment]

    @extend_schema_field(FailureOut(allow_null=True))
    def get_failure(self, run: SyncRun) -> Any:
        failure = self.context["view"].failure
        return None if failure is None else FailureOut(failure).data

    @extend_schema_field(ProgressOut(allow_null=True))
    def get_progress(self, run: SyncRun) -> Any:
        progress = self.context["view"].progress
        return None if progress is None else ProgressOut(progress).data

    @extend_schema_field(LogLineOut(many=True))
    def get_log(self, run: SyncRun) -> Any:
        return LogLineOut(self.context["view"].log, many=True).data


class RunStartedOut(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    number = serializers.IntegerField()
    state = serializers.CharField()
    url = serializers.CharField(help_text="Where the run can be watched.")
