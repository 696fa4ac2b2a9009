"""Profile, quality and masked sample rows of a resource, for programs."""

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.models import MaskingRule
from catalog.parties import party_of
from catalog.quality import Dimension
from catalog.selectors.profile import ColumnTold, ProfileTold, profile_of
from catalog.services import samples
from catalog.showing import FEWEST_ROWS

from .resources import ResourceView


class FrequentValueOut(serializers.Serializer[Any]):
    value = serializers.CharField()
    rows = serializers.IntegerField()


class HistogramBarOut(serializers.Serializer[Any]):
    low = serializers.CharField(allow_null=True, help_text="a number or a date; null: open")
    below = serializers.CharField(allow_null=True, help_text="not of the bar itself; null: open")
    rows = serializers.IntegerField()


class ColumnProfileOut(serializers.Serializer[Any]):
    """Nothing but counts unless `tells_values`."""

    column = serializers.CharField()
    name = serializers.CharField()
    nulls = serializers.IntegerField()
    distinct = serializers.IntegerField()
    tells_values = serializers.BooleanField(
        help_text="false: protected, or not told to the caller without an agreement"
    )
    minimum = serializers.CharField(help_text="empty where too few rows hold it")
    maximum = serializers.CharField(help_text="empty where too few rows hold it")
    shortest = serializers.IntegerField(allow_null=True, help_text="characters")
    longest = serializers.IntegerField(allow_null=True, help_text="characters")
    top_values = FrequentValueOut(many=True)
    histogram = HistogramBarOut(many=True)


class QualityScoreOut(serializers.Serializer[Any]):
    dimension = serializers.ChoiceField(choices=[one.value for one in Dimension])
    name = serializers.CharField()
    about = serializers.CharField(help_text="what is counted, or why it is not measured")
    is_measured = serializers.BooleanField()
    part = serializers.IntegerField()
    whole = serializers.IntegerField()
    percent = serializers.DecimalField(4, 1, allow_null=True)


class QualityOut(serializers.Serializer[Any]):
    """GB/T 36344-2018; `overall` is the mean of the dimensions that are measured."""

    overall = serializers.DecimalField(4, 1, allow_null=True)
    measured = serializers.IntegerField()
    scores = QualityScoreOut(many=True)


class ResourceProfileOut(serializers.Serializer[Any]):
    computed_at = serializers.DateTimeField(allow_null=True)
    rows_changed_at = serializers.DateTimeField(allow_null=True, help_text="of the rows counted")
    row_count = serializers.IntegerField(allow_null=True)
    rows_read = serializers.IntegerField(
        allow_null=True, help_text="less than row_count: counts are those of a sample"
    )
    is_outdated = serializers.BooleanField(help_text="rows or items changed since")
    fewest_rows = serializers.IntegerField(help_text="that a value or bar told stands for")
    columns = ColumnProfileOut(many=True)
    quality = QualityOut()


class SampleColumnOut(serializers.Serializer[Any]):
    column = serializers.CharField()
    name = serializers.CharField()
    masking_rule = serializers.ChoiceField(choices=MaskingRule.choices, allow_blank=True)


class SampleOut(serializers.Serializer[samples.Sample]):
    """`rows` are lists of texts in the order of `columns`; an empty value is an empty text."""

    columns = serializers.SerializerMethodField()
    rows = serializers.ListField(child=serializers.ListField(child=serializers.CharField()))

    @extend_schema_field(SampleColumnOut(many=True))
    def get_columns(self, sample: samples.Sample) -> list[dict[str, str]]:
        return [
            {"column": one.item.column, "name": one.item.name, "masking_rule": one.rule}
            for one in sample.columns
        ]


class ResourceProfileView(ResourceView):
    @extend_schema(responses=ResourceProfileOut)
    def get(self, request: Request, pk: int) -> Response:
        """What was counted of the rows after the last sync, and how good the data are."""
        told = profile_of(party_of(request.user), self.found(pk))
        return Response(ResourceProfileOut(_told(told)).data)


class ResourceSampleView(ResourceView):
    @extend_schema(responses={200: SampleOut, 403: OpenApiTypes.OBJECT, 409: OpenApiTypes.OBJECT})
    def get(self, request: Request, pk: int) -> Response:
        """At most ten rows, masked, where they may be shown; each look is recorded."""
        sample = samples.look(resource=self.found(pk), by=party_of(request.user))
        return Response(SampleOut(sample).data)


def _told(told: ProfileTold) -> dict[str, Any]:
    profile, quality = told.profile, told.quality
    return {
        "computed_at": profile and profile.computed_at,
        "rows_changed_at": profile and profile.rows_changed_at,
        "row_count": profile and profile.row_count,
        "rows_read": profile and profile.rows_read,
        "is_outdated": told.is_outdated,
        "fewest_rows": FEWEST_ROWS,
        "columns": [_column(one) for one in told.columns if one.counted],
        "quality": {
            "overall": quality.overall,
            "measured": quality.measured,
            "scores": [
                {
                    "dimension": score.dimension,
                    "name": score.name,
                    "about": score.about if score.is_measured else score.not_measured,
                    "is_measured": score.is_measured,
                    "part": score.part,
                    "whole": score.whole,
                    "percent": score.percent,
                }
                for score in quality.scores
            ],
        },
    }


def _column(one: ColumnTold) -> dict[str, Any]:
    counted = one.counted
    if counted is None:
        raise ValueError("only what was counted is told")
    told: dict[str, Any] = {
        "column": one.item.column,
        "name": one.item.name,
        "nulls": counted.nulls,
        "distinct": counted.distinct,
        "tells_values": one.tells_values,
        "minimum": "",
        "maximum": "",
        "shortest": None,
        "longest": None,
        "top_values": [],
        "histogram": [],
    }
    if one.tells_values:
        told |= {
            "minimum": counted.minimum,
            "maximum": counted.maximum,
            "shortest": counted.shortest,
            "longest": counted.longest,
            "top_values": [{"value": value, "rows": rows} for value, rows in counted.top_values],
            "histogram": [
                {"low": low, "below": below, "rows": rows} for low, below, rows in counted.histogram
            ],
        }
    return told
