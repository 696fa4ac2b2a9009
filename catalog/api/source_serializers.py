"""Sources, sync jobs and runs as programs see them. No answer ever holds a password."""

from datetime import time
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from catalog.models import (
    CaptureSlot,
    JobMode,
    RunState,
    Source,
    SourceKind,
    Sweep,
    SyncJob,
    SyncRun,
)
from catalog.selectors.capture import slot_of
from catalog.services.sources import SourceData
from catalog.services.sync_jobs import ReadingData
from catalog.sources.capturing import is_alarming
from catalog.sources.schedule import (
    LAST_DAY,
    MOST_SPREAD,
    SPREAD,
    Rhythm,
    Schedule,
    Weekday,
    Zone,
    schedule_of,
)

SECRET_LENGTH = 10_000
READING = ("mode", "watermark_column", "overlap", "sweep", "sweep_every")


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
            "settings",
            "version",
            "created_at",
            "tested_at",
            "test_failure",
        )


class SourceIn(serializers.Serializer[SourceData]):
    """Which fields and settings a source has is said by its kind; others are refused."""

    kind = serializers.ChoiceField(choices=SourceKind.choices, default=SourceKind.POSTGRESQL)
    name = serializers.CharField(max_length=100)
    host = serializers.CharField(max_length=200, default="")
    port = serializers.IntegerField(
        min_value=1,
        max_value=65535,
        default=None,
        help_text="The usual one of the kind if left out.",
    )
    database = serializers.CharField(max_length=128, default="")
    username = serializers.CharField(max_length=128, default="")
    password = serializers.CharField(
        max_length=SECRET_LENGTH,
        write_only=True,
        trim_whitespace=False,
        required=False,
        help_text="The secret of any kind: a password, a key, a token.",
    )
    settings = serializers.DictField(
        child=serializers.CharField(max_length=2000, allow_blank=True),
        default=dict,
        help_text="What is particular to the kind, and no secret.",
    )

    @property
    def data_of_source(self) -> SourceData:
        return SourceData(**self.validated_data)


class SourceChangeIn(SourceIn):
    """The whole source; without `password` the stored one stays, unless the place changes.

    An empty `password` removes the stored one of a kind that can do without.
    """

    password = serializers.CharField(
        max_length=SECRET_LENGTH,
        write_only=True,
        trim_whitespace=False,
        required=False,
        allow_blank=True,
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
    at = serializers.TimeField(format="%H:%M", default=time(6), help_text="Time of the zone.")
    weekday = serializers.ChoiceField(choices=Weekday.choices, default=int(Weekday.MONDAY))
    day = serializers.IntegerField(min_value=1, max_value=LAST_DAY, default=1)

    zone = serializers.ChoiceField(choices=Zone.choices, default=Zone.SHANGHAI)
    working_days = serializers.BooleanField(default=False)
    spread = serializers.IntegerField(
        min_value=0,
        max_value=MOST_SPREAD,
        default=SPREAD,
        help_text="Jobs of one time begin one after another within so many minutes.",
    )

    def schedule(self, given: dict[str, Any]) -> Schedule:
        return Schedule(
            rhythm=Rhythm(given["rhythm"]),
            at=given["at"],
            weekday=int(given["weekday"]),
            day=given["day"],
            zone=given["zone"],
            working_days=given["working_days"],
            spread=given["spread"],
        )


class CaptureOut(serializers.ModelSerializer[CaptureSlot]):
    is_alarming = serializers.SerializerMethodField(
        help_text="The source keeps much of its log for the slot, or no longer all that is needed."
    )

    class Meta:
        model = CaptureSlot
        fields = ("name", "publication", "kept_bytes", "is_lost", "is_alarming", "measured_at")

    def get_is_alarming(self, slot: CaptureSlot) -> bool:
        return is_alarming(slot)


class SyncJobOut(serializers.ModelSerializer[SyncJob]):
    schedule = serializers.SerializerMethodField()
    capture = serializers.SerializerMethodField(
        help_text="The replication slot of a job that captures changes, once it is made."
    )

    class Meta:
        model = SyncJob
        fields = (
            "resource",
            "source",
            "relation",
            "mapping",
            *READING,
            "schedule",
            "capture",
            "version",
        )

    @extend_schema_field(CaptureOut(allow_null=True))
    def get_capture(self, job: SyncJob) -> Any:
        found = slot_of(job)
        return None if found is None else CaptureOut(found.slot).data

    @extend_schema_field(ScheduleField)
    def get_schedule(self, job: SyncJob) -> dict[str, Any]:
        return ScheduleField(schedule_of(job)).data


class SyncJobIn(serializers.Serializer[SyncJob]):
    source = serializers.IntegerField(  # type: ignore[assignment]
        help_text="The id of a source of the same department."
    )
    relation = serializers.CharField(max_length=130, help_text="For example public.divisions.")
    mapping = serializers.DictField(
        child=serializers.CharField(max_length=128),
        help_text="From each column of the resource to a column of the source.",
    )
    mode = serializers.ChoiceField(choices=JobMode.choices, default=JobMode.FULL)
    watermark_column = serializers.CharField(
        max_length=128,
        allow_blank=True,
        default="",
        help_text="A time of change or a growing number, for the modes that read from it on.",
    )
    overlap = serializers.IntegerField(
        min_value=0,
        default=0,
        help_text="How far before the watermark is read again: seconds, or steps of a number.",
    )
    sweep = serializers.ChoiceField(
        choices=Sweep.choices, default=Sweep.NONE, help_text="How rows that are gone are found."
    )
    sweep_every = serializers.IntegerField(min_value=1, default=1, help_text="In runs.")
    version = serializers.IntegerField(
        default=0, help_text="The version that was read, 0 when there is no job yet."
    )
    schedule = ScheduleField(required=False, help_text="Left as it is when not given.")

    @property
    def reading(self) -> ReadingData:
        return ReadingData(**{name: self.validated_data[name] for name in READING})


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


class StructureIn(serializers.Serializer[Any]):
    version = serializers.IntegerField(help_text="The version of the job that was read.")


class RunStartIn(serializers.Serializer[Any]):
    may_shrink = serializers.BooleanField(
        default=False, help_text="Far fewer rows than are published are right this once."
    )


class RunStartedOut(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    number = serializers.IntegerField()
    state = serializers.CharField()
    url = serializers.CharField(help_text="Where the run can be watched.")
