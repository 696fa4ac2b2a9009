"""Rules, quarantine and quality reports of sync jobs as programs see them."""

from typing import Any

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from catalog.models import JobRules, QuarantineFault, RunReport, SyncJob
from catalog.models.checks import MOST_BAD, MOST_SHRINK
from catalog.permissions import acting_person
from catalog.selectors import quarantine, sync
from catalog.services import sync_rules
from portal.common.api import KeysetPagination


class RulesOut(serializers.ModelSerializer[JobRules]):
    class Meta:
        model = JobRules
        fields = ("version", "rules", "casts", "most_bad", "most_shrink", "made_at")


class RulesIn(serializers.Serializer[JobRules]):
    """All rules and casts at once: what is left out is gone from the next version on."""

    version = serializers.IntegerField(
        default=0, help_text="The version that was read, 0 when there are no rules yet."
    )
    rules = serializers.ListField(
        child=serializers.DictField(),
        default=list,
        help_text="Objects with kind and column, and what the kind asks for beside them.",
    )
    casts = serializers.DictField(
        child=serializers.DictField(),
        default=dict,
        help_text="By column: trim, date_format, factor, codes_from, default.",
    )
    most_bad = serializers.DecimalField(max_digits=5, decimal_places=2, default=MOST_BAD)
    most_shrink = serializers.DecimalField(max_digits=5, decimal_places=2, default=MOST_SHRINK)


class QuarantineFaultOut(serializers.ModelSerializer[QuarantineFault]):
    """One fault of one row; `value` is masked, and empty for who is not of the provider."""

    row = serializers.IntegerField(source="row.number")
    run = serializers.IntegerField(source="row.run.number")
    value = serializers.SerializerMethodField(method_name="masked")

    class Meta:
        model = QuarantineFault
        fields = ("id", "run", "row", "column", "code", "value")

    def masked(self, fault: QuarantineFault) -> str:
        return fault.shown if self.context["sees_values"] else ""


class ReportOut(serializers.ModelSerializer[RunReport]):
    run = serializers.IntegerField(source="run.number")
    finished_at = serializers.DateTimeField(source="run.finished_at")

    class Meta:
        model = RunReport
        fields = ("run", "finished_at", "rules_version", "rows", "bad", "faults", "dimensions")


class InOrder(KeysetPagination):
    ordering = ("id",)


class LatestReports(KeysetPagination):
    ordering = ("-id",)


class JobRulesDetail(APIView):
    @extend_schema(operation_id="sync_job_rules", responses=RulesOut)
    def get(self, request: Request, pk: int) -> Response:
        """The rules in force; version 0 when nobody has declared any."""
        held = quarantine.rules_of(_job(request, pk))
        return Response(RulesOut(held or JobRules(version=0)).data)

    @extend_schema(operation_id="sync_job_rules_set", request=RulesIn, responses=RulesOut)
    def put(self, request: Request, pk: int) -> Response:
        """Put other rules in force, as a new version."""
        job = _job(request, pk)
        given = RulesIn(data=request.data)
        given.is_valid(raise_exception=True)
        made = sync_rules.set_rules(
            job=job, by=acting_person(sync.party_of(request.user)), **given.validated_data
        )
        return Response(RulesOut(made).data)


class QuarantineList(generics.ListAPIView[QuarantineFault]):
    """What is wrong with the job's rows that are set apart, by the last run or an earlier one.

    `column` and `rule` narrow it down.
    """

    serializer_class = QuarantineFaultOut
    pagination_class = InOrder

    def get_queryset(self) -> Any:
        if getattr(self, "swagger_fake_view", False):
            return quarantine.no_faults()
        asked = self.request.query_params
        return quarantine.faults_of(
            sync.party_of(self.request.user),
            self.job,
            column=asked.get("column", ""),
            code=asked.get("rule", ""),
        )

    @property
    def job(self) -> SyncJob:
        return _job(self.request, self.kwargs["pk"])

    def get_serializer_context(self) -> dict[str, Any]:
        context = dict(super().get_serializer_context())
        if getattr(self, "swagger_fake_view", False):
            return context
        party = sync.party_of(self.request.user)
        return {**context, "sees_values": quarantine.may_see_values(party, self.job)}


class ReportList(generics.ListAPIView[RunReport]):
    """The quality reports of the job's runs, the latest first."""

    serializer_class = ReportOut
    pagination_class = LatestReports

    def get_queryset(self) -> Any:
        if getattr(self, "swagger_fake_view", False):
            return quarantine.no_reports()
        return quarantine.all_reports_of(_job(self.request, self.kwargs["pk"]))


def _job(request: Request, resource_pk: int) -> SyncJob:
    return get_object_or_404(sync.jobs_for(sync.party_of(request.user)), resource=resource_pk)
