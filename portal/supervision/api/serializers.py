"""The figures of supervision as the API gives them; all are read only."""

from typing import Any

from rest_framework import serializers

from portal.supervision.indicators import Group
from portal.supervision.selectors.league import Judgement


class ShareOut(serializers.Serializer[Any]):
    """`rate` is null when nothing was counted."""

    numerator = serializers.IntegerField(source="part")
    denominator = serializers.IntegerField(source="whole")
    rate = serializers.FloatField(allow_null=True)


class FigureOut(serializers.Serializer[Any]):
    key = serializers.CharField(source="indicator.key")
    name = serializers.CharField(source="indicator.label")
    group = serializers.ChoiceField(choices=Group.choices, source="indicator.group")
    article = serializers.IntegerField(source="indicator.article", allow_null=True)
    numerator_is = serializers.CharField(source="indicator.numerator")
    denominator_is = serializers.CharField(source="indicator.denominator")
    share = ShareOut()


class CaseOut(serializers.Serializer[Any]):
    """`title` and `url` are empty where the case may be counted but not seen."""

    title = serializers.CharField()
    url = serializers.CharField()
    detail = serializers.CharField(source="sub")
    counted_for = serializers.CharField(source="department")
    day = serializers.CharField(allow_null=True)
    done = serializers.CharField(allow_null=True)
    outcome = serializers.CharField()


class StandingOut(serializers.Serializer[Any]):
    department = serializers.IntegerField(source="department.pk")
    name = serializers.CharField(source="department.name")
    shares = serializers.DictField(child=ShareOut())
    mean_days = serializers.FloatField(source="days", allow_null=True)
    overdue = serializers.IntegerField()
    lapsed = serializers.IntegerField()
    judgement = serializers.ChoiceField(choices=Judgement.choices)


class PauseOut(serializers.Serializer[Any]):
    since = serializers.DateField()
    until = serializers.DateField(allow_null=True)
    why = serializers.CharField()


class RunningClockOut(serializers.Serializer[Any]):
    """A running deadline. `article` is null for a target of the platform."""

    step = serializers.CharField(source="kind")
    rule = serializers.CharField()
    article = serializers.IntegerField(allow_null=True)
    holder = serializers.CharField(source="holder.name")
    started_on = serializers.DateField()
    limit_days = serializers.IntegerField()
    extension_days = serializers.IntegerField()
    unit = serializers.CharField()
    pauses = PauseOut(many=True)
    paused_on = serializers.DateField(allow_null=True)
    due = serializers.DateField()
    provisional = serializers.BooleanField()
    calendar_version = serializers.CharField()
    lapsed_at = serializers.DateTimeField(allow_null=True)


class LiveFigureOut(serializers.Serializer[Any]):
    """A limit has `open`, `in_time` and `late`, any other figure its `number`."""

    name = serializers.CharField(source="label")
    number = serializers.IntegerField(required=False)
    open = serializers.IntegerField(required=False)
    in_time = serializers.IntegerField(required=False)
    late = serializers.IntegerField(required=False)


class ArticleOut(serializers.Serializer[Any]):
    number = serializers.IntegerField(source="article.number")
    chapter = serializers.IntegerField(source="article.chapter")
    asks = serializers.CharField(source="article.asks")
    does = serializers.CharField(source="article.does")
    lacks = serializers.CharField(source="article.lacks")
    is_served = serializers.BooleanField(source="article.is_served")
    figures = LiveFigureOut(many=True)
