"""How a receiver of rows knows the canary row among them, so that nobody is decided upon by it."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from sharing import canaries, permissions

from .callers import party
from .views import AgreementView


class CanaryOut(serializers.Serializer[Any]):
    key = serializers.DictField(
        allow_null=True, help_text="values by column as texts; null where no such row is agreed"
    )
    is_delivered = serializers.BooleanField(
        help_text="false as well while a row of the resource has this key, and is delivered instead"
    )


class AgreementCanary(AgreementView):
    @extend_schema(responses=CanaryOut)
    def get(self, request: Request, number: str) -> Response:
        """The key of the row that is not true, for who may draw rows under the agreement."""
        agreement = self.found(number)
        permissions.may_list(party(request), agreement).enforce()
        told = canaries.told(agreement)
        out = {
            "key": told.key if told else None,
            "is_delivered": bool(told and told.is_delivered),
        }
        return Response(CanaryOut(out).data)
