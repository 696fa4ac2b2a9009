"""Interfaces of providers as programs see them. No answer ever holds a secret header."""

from typing import Any

from rest_framework import serializers

from catalog.models import CallMethod, InterfaceCall, PublishedInterface
from catalog.services.interfaces import CallData, InterfaceData


class InterfaceCallOut(serializers.ModelSerializer[InterfaceCall]):
    parameters = serializers.ListField(child=serializers.CharField())

    class Meta:
        model = InterfaceCall
        fields = ("id", "method", "path", "parameters", "rows_path", "most_rows")


class InterfaceOut(serializers.ModelSerializer[PublishedInterface]):
    """`header_names` are the names of the secret headers; their values are never shown."""

    header_names = serializers.ListField(child=serializers.CharField())
    calls = InterfaceCallOut(many=True)

    class Meta:
        model = PublishedInterface
        fields = (
            "resource",
            "address",
            "seconds",
            "header_names",
            "is_open",
            "calls",
            "version",
            "registered_at",
        )


class InterfaceIn(serializers.Serializer[Any]):
    address = serializers.CharField(max_length=500, help_text="what all paths begin with")
    seconds = serializers.IntegerField(default=10, help_text="from 1 to 30, further tries included")
    headers = serializers.DictField(
        child=serializers.CharField(max_length=1_000, allow_blank=True, trim_whitespace=False),
        write_only=True,
        required=False,
        help_text="the secret ones, all of them anew; none are shown again",
    )

    @property
    def data_of_interface(self) -> InterfaceData:
        given: dict[str, Any] = {**self.validated_data}
        given.pop("version", None)
        return InterfaceData(**given)


class InterfaceChangeIn(InterfaceIn):
    """The whole interface. Without `headers` the stored ones stay; an empty object removes them."""

    seconds = serializers.IntegerField(help_text="from 1 to 30, further tries included")
    version = serializers.IntegerField(help_text="the version that was read")


class InterfaceVersionIn(serializers.Serializer[Any]):
    version = serializers.IntegerField(help_text="the version that was read")


class InterfaceCallIn(InterfaceVersionIn):
    method = serializers.ChoiceField(choices=CallMethod.choices)
    path = serializers.CharField(
        max_length=200, help_text="what stands in braces the caller fills in: persons/{code}"
    )
    parameters = serializers.ListField(child=serializers.CharField(max_length=60), default=list)
    rows_path = serializers.CharField(
        max_length=200,
        default="",
        allow_blank=True,
        help_text="names joined with dots; empty: the whole answer",
    )
    most_rows = serializers.IntegerField(default=1_000)

    @property
    def data_of_call(self) -> CallData:
        given: dict[str, Any] = {**self.validated_data}
        del given["version"]
        return CallData(**given)


class InterfaceTrialIn(serializers.Serializer[Any]):
    path = serializers.CharField(max_length=1_000, help_text="with each brace filled in")
    parameters = serializers.DictField(default=dict, help_text="texts, or lists of them")


class InterfaceTrialOut(serializers.Serializer[Any]):
    """How the call went; of an answer how many rows, and how many have a value for each item."""

    ok = serializers.BooleanField(source="is_ok")
    rows = serializers.IntegerField()
    filled = serializers.DictField(child=serializers.IntegerField())
    code = serializers.CharField(source="failure.code", default="")
    what = serializers.CharField(source="failure.message", default="")
