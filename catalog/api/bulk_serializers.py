"""Imports as programs see them."""

from typing import Any

from rest_framework import serializers

from catalog.models import BulkImport
from portal.common.api import KeptWords


class ImportIn(serializers.Serializer[Any]):
    file = serializers.FileField(help_text=".xlsx, .csv, .zip of both CSV files, or .json")
    items_file = serializers.FileField(
        required=False, help_text="items.csv, when `file` is entries.csv"
    )


class ImportOut(serializers.ModelSerializer[BulkImport]):
    by = serializers.CharField(source="by.name")
    failure = KeptWords(read_only=True)

    class Meta:
        model = BulkImport
        fields = [
            "id",
            "file_name",
            "file_size",
            "sha256",
            "state",
            "by",
            "at",
            "checked_at",
            "applied_at",
            "undone_at",
            "created_count",
            "changed_count",
            "unchanged_count",
            "item_count",
            "problem_count",
            "failure",
        ]


class ProblemOut(serializers.Serializer[Any]):
    sheet = serializers.CharField()
    row = serializers.IntegerField(help_text="as the sheet counts; 0 for the sheet as a whole")
    column = serializers.CharField(help_text="its letter")
    header = serializers.CharField()
    value = serializers.CharField()
    message = KeptWords()


class ImportProgressOut(serializers.Serializer[Any]):
    phase = serializers.CharField()
    done = serializers.IntegerField()
    total = serializers.IntegerField(help_text="0 while it is not known")
    seconds = serializers.FloatField()


class ImportDetailOut(ImportOut):
    """`problems` are the first thousand of `problem_count`; `progress` is null unless under way."""

    problems = ProblemOut(many=True)
    progress = ImportProgressOut(allow_null=True, read_only=True)

    class Meta(ImportOut.Meta):
        fields = [*ImportOut.Meta.fields, "problems", "progress"]
