from typing import Any, cast

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from portal.common.api import KeysetPagination
from portal.organisation.api.views import IsPerson
from portal.organisation.models import User
from portal.organisation.permissions import may_manage_systems
from portal.webhooks import selectors
from portal.webhooks.models import CHOSEN, Delivery, DeliveryState, Endpoint, EventType
from portal.webhooks.services import endpoints


class EndpointOut(serializers.ModelSerializer[Endpoint]):
    events = serializers.ListField(child=serializers.ChoiceField(choices=EventType.choices))

    class Meta:
        model = Endpoint
        fields = [
            "id",
            "url",
            "events",
            "is_on",
            "failures",
            "disabled_at",
            "version",
            "created_at",
        ]


class NewEndpointOut(serializers.Serializer[Any]):
    """`secret` signs what is sent; it is shown this once."""

    endpoint = EndpointOut()
    secret = serializers.CharField()


class EndpointIn(serializers.Serializer[Any]):
    url = serializers.CharField(max_length=500)
    events = serializers.ListField(child=serializers.ChoiceField(choices=CHOSEN), min_length=1)


class WebhookVersionIn(serializers.Serializer[Any]):
    version = serializers.IntegerField(help_text="the version that was read")


class EndpointChangeIn(WebhookVersionIn, EndpointIn):
    """Address and events as they are to be, as a whole."""


class RotationIn(WebhookVersionIn):
    is_leaked = serializers.BooleanField(
        default=False, help_text="the secret before this one is to sign nothing any more"
    )


class DeliveryOut(serializers.ModelSerializer[Delivery]):
    event = serializers.UUIDField(source="event_id")
    type = serializers.ChoiceField(choices=EventType.choices, source="event.type")
    subject = serializers.CharField(source="event.subject")
    state = serializers.ChoiceField(choices=DeliveryState.choices)

    class Meta:
        model = Delivery
        fields = [
            "id",
            "event",
            "type",
            "subject",
            "state",
            "attempts",
            "status",
            "error",
            "milliseconds",
            "tried_at",
            "delivered_at",
        ]


class OfSystem(APIView):
    """Of the systems that the person may see; a system does not look after itself."""

    permission_classes = [IsAuthenticated, IsPerson]

    @property
    def person(self) -> User:
        return cast("User", self.request.user)

    def found(self, pk: int, endpoint: int) -> Endpoint:
        return selectors.endpoint_of(self.person, pk, endpoint)

    def managed(self, pk: int, endpoint: int) -> Endpoint:
        """The webhook, for who may change it: the right is asked before the input."""
        found = self.found(pk, endpoint)
        may_manage_systems(self.person, found.system.department).enforce()
        return found

    def version(self) -> int:
        given = WebhookVersionIn(data=self.request.data)
        given.is_valid(raise_exception=True)
        version: int = given.validated_data["version"]
        return version


class Endpoints(OfSystem):
    @extend_schema(responses=EndpointOut(many=True))
    def get(self, request: Request, pk: int) -> Response:
        found = selectors.endpoints_of(selectors.system_of(self.person, pk))
        return Response(EndpointOut(found, many=True).data)

    @extend_schema(request=EndpointIn, responses={201: NewEndpointOut})
    def post(self, request: Request, pk: int) -> Response:
        """Add a webhook; the answer holds its secret, which is shown this once."""
        system = selectors.system_of(self.person, pk)
        may_manage_systems(self.person, system.department).enforce()
        given = EndpointIn(data=request.data)
        given.is_valid(raise_exception=True)
        made = endpoints.add(system=system, by=self.person, **given.validated_data)
        return Response(NewEndpointOut(made).data, status=201)


class EndpointDetail(OfSystem):
    @extend_schema(responses=EndpointOut)
    def get(self, request: Request, pk: int, endpoint: int) -> Response:
        return Response(EndpointOut(self.found(pk, endpoint)).data)

    @extend_schema(request=EndpointChangeIn, responses=EndpointOut)
    def patch(self, request: Request, pk: int, endpoint: int) -> Response:
        """Another address, or other events; the secret stays."""
        found = self.managed(pk, endpoint)
        given = EndpointChangeIn(data=request.data)
        given.is_valid(raise_exception=True)
        held = endpoints.change(endpoint=found, by=self.person, **given.validated_data)
        return Response(EndpointOut(held).data)


class EndpointTest(OfSystem):
    @extend_schema(request=None, responses=DeliveryOut)
    def post(self, request: Request, pk: int, endpoint: int) -> Response:
        """Send a ping at once; the answer says what came of it."""
        return Response(
            DeliveryOut(endpoints.test(endpoint=self.managed(pk, endpoint), by=self.person)).data
        )


class EndpointEnable(OfSystem):
    @extend_schema(request=WebhookVersionIn, responses=EndpointOut)
    def post(self, request: Request, pk: int, endpoint: int) -> Response:
        found = self.managed(pk, endpoint)
        held = endpoints.enable(endpoint=found, version=self.version(), by=self.person)
        return Response(EndpointOut(held).data)


class EndpointDisable(OfSystem):
    @extend_schema(request=WebhookVersionIn, responses=EndpointOut)
    def post(self, request: Request, pk: int, endpoint: int) -> Response:
        found = self.managed(pk, endpoint)
        held = endpoints.disable(endpoint=found, version=self.version(), by=self.person)
        return Response(EndpointOut(held).data)


class EndpointRotate(OfSystem):
    @extend_schema(request=RotationIn, responses=NewEndpointOut)
    def post(self, request: Request, pk: int, endpoint: int) -> Response:
        """A new secret, shown this once; the one before signs beside it for a day."""
        found = self.managed(pk, endpoint)
        given = RotationIn(data=request.data)
        given.is_valid(raise_exception=True)
        made = endpoints.rotate(endpoint=found, by=self.person, **given.validated_data)
        return Response(NewEndpointOut(made).data)


class EndpointRemove(OfSystem):
    @extend_schema(request=WebhookVersionIn, responses={204: None})
    def post(self, request: Request, pk: int, endpoint: int) -> Response:
        found = self.managed(pk, endpoint)
        endpoints.remove(endpoint=found, version=self.version(), by=self.person)
        return Response(status=204)


class NewestDelivery(KeysetPagination):
    ordering = ("-pk",)


class Deliveries(OfSystem, generics.ListAPIView[Delivery]):
    """What was sent and what came of it, newest first."""

    serializer_class = DeliveryOut
    pagination_class = NewestDelivery

    def get_queryset(self) -> QuerySet[Delivery]:
        return selectors.deliveries_of(self.found(self.kwargs["pk"], self.kwargs["endpoint"]))


class DeliveryReplay(OfSystem):
    @extend_schema(request=None, responses=DeliveryOut)
    def post(self, request: Request, pk: int, endpoint: int, delivery: int) -> Response:
        """Send an event again: the same words under the same id."""
        found = self.managed(pk, endpoint)
        again = endpoints.replay(endpoint=found, delivery=delivery, by=self.person)
        return Response(DeliveryOut(again).data)
