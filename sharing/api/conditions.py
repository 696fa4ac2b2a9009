"""Conditions on rows, as programs write them."""

from typing import Any

from rest_framework import serializers

from sharing.row_filters import MOST_VALUES, RowOp


class ConditionIn(serializers.Serializer[Any]):
    """A condition on one item; all of a list hold, several values of one mean any of them."""

    column = serializers.CharField(max_length=60)
    op = serializers.ChoiceField(choices=RowOp.choices)
    values = serializers.ListField(
        child=serializers.CharField(max_length=200), max_length=MOST_VALUES
    )
