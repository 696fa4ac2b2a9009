"""What a person has put aside, to be asked for in one application."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from catalog.selectors.resources import resource_for
from sharing.selectors.applications import basket_of
from sharing.services import applications

from .callers import party, person
from .views import PeopleDecide


class BasketIn(serializers.Serializer[Any]):
    resource = serializers.IntegerField(help_text="id of the resource")


class BasketLineOut(serializers.Serializer[Any]):
    """`reason` says why a resource can be asked for no longer."""

    resource = serializers.IntegerField(source="resource.pk")
    name = serializers.CharField(source="resource.name")
    provider = serializers.CharField(source="resource.department.name")
    may_request = serializers.BooleanField(source="may.allowed")
    reason = serializers.CharField(source="may.reason")


class Basket(APIView):
    permission_classes = [IsAuthenticated, PeopleDecide]

    @extend_schema(operation_id="basket", responses=BasketLineOut(many=True))
    def get(self, request: Request) -> Response:
        """One's own basket, by provider."""
        return Response(_lines(request))

    @extend_schema(request=BasketIn, responses=BasketLineOut(many=True))
    def post(self, request: Request) -> Response:
        """Put a resource aside; once is enough. `POST /applications/` empties the basket of it."""
        given = BasketIn(data=request.data)
        given.is_valid(raise_exception=True)
        by = person(request)
        found = resource_for(party(request), given.validated_data["resource"])
        applications.put_in_basket(resource=found, by=by)
        return Response(_lines(request))


class BasketEntryView(APIView):
    permission_classes = [IsAuthenticated, PeopleDecide]

    @extend_schema(responses={204: None})
    def delete(self, request: Request, pk: int) -> Response:
        """Take a resource out; one that is not there is no error."""
        applications.take_from_basket(resource_ids=[pk], by=person(request))
        return Response(status=204)


def _lines(request: Request) -> Any:
    return BasketLineOut(basket_of(person(request)), many=True).data
