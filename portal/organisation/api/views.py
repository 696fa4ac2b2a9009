from typing import cast

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import generics
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from portal.common.api import KeysetPagination
from portal.organisation import selectors
from portal.organisation.models import Department, InformationSystem, Region, User
from portal.organisation.services import systems

from .serializers import (
    ClientOut,
    DepartmentOut,
    KeyIn,
    KeyOut,
    MeOut,
    RegionOut,
    SystemIn,
    SystemOut,
)


def _party(request: Request) -> User | InformationSystem:
    """Who is signed in; IsAuthenticated has let nobody else come here."""
    return cast("User | InformationSystem", request.user)


def _person(request: Request) -> User:
    """The signed-in person; IsPerson has let nobody else come here."""
    return cast("User", request.user)


class IsPerson(BasePermission):
    """Credentials are managed by people: a system cannot issue itself new ones."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        return isinstance(request.user, User)


class ByName(KeysetPagination):
    ordering = ("name", "id")


class Me(APIView):
    @extend_schema(responses=MeOut, operation_id="me")
    def get(self, request: Request) -> Response:
        """Who is signed in, a person or an information system."""
        return Response(MeOut(_party(request)).data)


class DepartmentList(generics.ListAPIView[Department]):
    """All departments."""

    serializer_class = DepartmentOut
    pagination_class = ByName

    def get_queryset(self):  # type: ignore[no-untyped-def]
        return selectors.departments()


class ByCode(KeysetPagination):
    ordering = ("code",)


class RegionList(generics.ListAPIView[Region]):
    """All administrative divisions that departments belong to."""

    serializer_class = RegionOut
    pagination_class = ByCode

    def get_queryset(self):  # type: ignore[no-untyped-def]
        return selectors.regions()


class SystemList(generics.ListAPIView[InformationSystem]):
    """The information systems of one's own department."""

    permission_classes = [IsPerson]
    serializer_class = SystemOut
    pagination_class = ByName

    def get_queryset(self):  # type: ignore[no-untyped-def]
        return selectors.systems_for(_person(self.request))

    @extend_schema(request=SystemIn, responses={201: SystemOut})
    def post(self, request: Request) -> Response:
        """Register a system of one's own department."""
        given = SystemIn(data=request.data)
        given.is_valid(raise_exception=True)
        made = systems.register_system(
            department=_person(request).department, by=_person(request), **given.validated_data
        )
        return Response(SystemOut(made).data, status=201)


class SystemAct(APIView):
    """What the acts on one system share: found through the list's own query, by people only."""

    permission_classes = [IsPerson]

    def found(self, pk: int) -> InformationSystem:
        system: InformationSystem = get_object_or_404(
            selectors.systems_for(_person(self.request)), pk=pk
        )
        return system


class SystemDetail(SystemAct):
    @extend_schema(responses=SystemOut)
    def get(self, request: Request, pk: int) -> Response:
        return Response(SystemOut(self.found(pk)).data)


class KeyIssue(SystemAct):
    @extend_schema(request=KeyIn, responses={201: KeyOut})
    def post(self, request: Request, pk: int) -> Response:
        """Issue an API key; its secret is in the answer and nowhere else."""
        given = KeyIn(data=request.data)
        given.is_valid(raise_exception=True)
        new = systems.issue_api_key(
            system=self.found(pk), days=given.validated_data["days"], by=_person(request)
        )
        return Response(KeyOut(new).data, status=201)


class KeyRevoke(SystemAct):
    @extend_schema(request=None, responses={204: None})
    def post(self, request: Request, pk: int, prefix: str) -> Response:
        key = get_object_or_404(self.found(pk).api_keys, prefix=prefix)
        systems.revoke_api_key(key=key, by=_person(request))
        return Response(status=204)


class ClientIssue(SystemAct):
    @extend_schema(request=None, responses={201: ClientOut})
    def post(self, request: Request, pk: int) -> Response:
        """Issue or renew the OAuth2 client credentials; earlier ones end at once."""
        new = systems.issue_client(system=self.found(pk), by=_person(request))
        return Response(ClientOut(new).data, status=201)
