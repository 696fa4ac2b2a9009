"""Calls of a provider's own interface, passed on under an agreement."""

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request

from catalog.interfaces import parameters
from catalog.models import CallMethod
from sharing.delivery import interface

from .callers import party
from .compressing import compressed
from .delivery import DeliveryView


class CalledOut(serializers.Serializer[object]):
    """What the interface answered, cut to the agreed data items of the agreed rows."""

    rows = serializers.ListField(child=serializers.DictField())
    count = serializers.IntegerField()


PATH = OpenApiParameter(
    "path", OpenApiTypes.STR, OpenApiParameter.PATH, description="as the provider allows it"
)


class AgreementInterface(DeliveryView):
    @extend_schema(responses=CalledOut, parameters=[PATH])
    def get(self, request: Request, number: str, path: str) -> HttpResponse:
        """Pass a GET on to the provider's interface, with the parameters that it allows."""
        return self._called(request, number, CallMethod.GET, path, self.asked(request))

    @extend_schema(
        request={"application/json": {"type": "object"}}, responses=CalledOut, parameters=[PATH]
    )
    def post(self, request: Request, number: str, path: str) -> HttpResponse:
        """Pass a POST on: a JSON object of the parameters that the interface allows."""
        given = parameters.of_document(request.data)
        return self._called(request, number, CallMethod.POST, path, given)

    def _called(
        self,
        request: Request,
        number: str,
        method: CallMethod,
        path: str,
        given: parameters.Parameters,
    ) -> HttpResponse:
        body = interface.called(
            number=number, party=party(request), method=method, path=path, parameters=given
        )
        return compressed(request, HttpResponse(body, content_type="application/json"))
