"""Interfaces that providers publish through the portal, by API: for the stewards of their department."""

from typing import Any

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import generics
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from catalog.interfaces import parameters
from catalog.models import PublishedInterface
from catalog.permissions import acting_person
from catalog.selectors import sync
from catalog.selectors.interfaces import interfaces_for
from catalog.services import interface_trials, interfaces
from catalog.sources.permissions import may_set_up
from portal.common.api import KeysetPagination

from .interface_serializers import (
    InterfaceCallIn,
    InterfaceChangeIn,
    InterfaceIn,
    InterfaceOut,
    InterfaceTrialIn,
    InterfaceTrialOut,
    InterfaceVersionIn,
)


class NewestFirst(KeysetPagination):
    ordering = ("-registered_at", "-id")


class InterfaceList(generics.ListAPIView[PublishedInterface]):
    """The interfaces that one may look at, with the calls that they allow."""

    serializer_class = InterfaceOut
    pagination_class = NewestFirst

    def get_queryset(self) -> Any:
        return interfaces_for(_party(self.request))


class ResourceInterface(APIView):
    @extend_schema(responses=InterfaceOut)
    def get(self, request: Request, pk: int) -> Response:
        """The interface of the resource, with the calls that it allows."""
        return Response(InterfaceOut(_interface(request, pk)).data)

    @extend_schema(request=InterfaceIn, responses={201: InterfaceOut})
    def post(self, request: Request, pk: int) -> Response:
        """Register the interface of a resource that has none; it is closed and allows no call yet."""
        resource = get_object_or_404(_resources(request), pk=pk)
        by = acting_person(_party(request))
        may_set_up(by, resource).enforce()
        given = InterfaceIn(data=request.data)
        given.is_valid(raise_exception=True)
        interfaces.register(resource=resource, data=given.data_of_interface, by=by)
        return _told(request, pk, status=201)

    @extend_schema(request=InterfaceChangeIn, responses=InterfaceOut)
    def put(self, request: Request, pk: int) -> Response:
        """Change where it is and its secrets. Another server wants the secrets again."""
        interface = _interface(request, pk)
        by = acting_person(_party(request))
        may_set_up(by, interface.resource).enforce()
        given = InterfaceChangeIn(data=request.data)
        given.is_valid(raise_exception=True)
        interfaces.change(
            interface=interface,
            version=given.validated_data["version"],
            data=given.data_of_interface,
            by=by,
        )
        return _told(request, pk)


class InterfaceCalls(APIView):
    @extend_schema(request=InterfaceCallIn, responses={201: InterfaceOut})
    def post(self, request: Request, pk: int) -> Response:
        """Allow one more call."""
        interface = _interface(request, pk)
        by = acting_person(_party(request))
        may_set_up(by, interface.resource).enforce()
        given = InterfaceCallIn(data=request.data)
        given.is_valid(raise_exception=True)
        interfaces.allow_call(
            interface=interface,
            version=given.validated_data["version"],
            data=given.data_of_call,
            by=by,
        )
        return _told(request, pk, status=201)


class InterfaceCallForbid(APIView):
    @extend_schema(request=InterfaceVersionIn, responses=InterfaceOut)
    def post(self, request: Request, pk: int, call: int) -> Response:
        """Pass the call on no longer; without any call left the interface closes."""
        interface = _interface(request, pk)
        interfaces.forbid_call(interface=interface, call_id=call, **_at_version(request))
        return _told(request, pk)


class InterfaceCallTry(APIView):
    @extend_schema(request=InterfaceTrialIn, responses=InterfaceTrialOut)
    def post(self, request: Request, pk: int, call: int) -> Response:
        """Call the provider now, open or not, and say what came or what is wrong; no value is told."""
        interface = _interface(request, pk)
        allowed = get_object_or_404(interface.calls.select_related("interface__resource"), pk=call)
        by = acting_person(_party(request))
        may_set_up(by, interface.resource).enforce()
        given = InterfaceTrialIn(data=request.data)
        given.is_valid(raise_exception=True)
        trial = interface_trials.try_call(
            call=allowed,
            path=given.validated_data["path"],
            given=parameters.of_document(given.validated_data["parameters"]),
            by=by,
        )
        return Response(InterfaceTrialOut(trial).data)


class InterfaceOpen(APIView):
    @extend_schema(request=InterfaceVersionIn, responses=InterfaceOut)
    def post(self, request: Request, pk: int) -> Response:
        """Let who holds an agreement call it."""
        interfaces.open_interface(interface=_interface(request, pk), **_at_version(request))
        return _told(request, pk)


class InterfaceClose(APIView):
    @extend_schema(request=InterfaceVersionIn, responses=InterfaceOut)
    def post(self, request: Request, pk: int) -> Response:
        """Pass no call on until it is opened again."""
        interfaces.close_interface(interface=_interface(request, pk), **_at_version(request))
        return _told(request, pk)


def _party(request: Request) -> Any:
    return request.user


def _resources(request: Request) -> Any:
    return sync.resources_for(_party(request))


def _interface(request: Request, pk: int) -> PublishedInterface:
    return get_object_or_404(interfaces_for(_party(request)), resource=pk)


def _at_version(request: Request) -> dict[str, Any]:
    """Who acts, and on which version."""
    by = acting_person(_party(request))
    given = InterfaceVersionIn(data=request.data)
    given.is_valid(raise_exception=True)
    return {"version": given.validated_data["version"], "by": by}


def _told(request: Request, pk: int, *, status: int = 200) -> Response:
    """The interface as it is now."""
    return Response(InterfaceOut(_interface(request, pk)).data, status=status)
