from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import generics
from rest_framework.permissions import BasePermission, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer
from rest_framework.views import APIView

from catalog.selectors.resources import resource_for
from portal.common.api import KeysetPagination
from portal.organisation.models import User
from sharing import selectors
from sharing.models import Agreement, SharingRequest
from sharing.services import agreements, requests

from .callers import party, person
from .serializers import (
    AgreementOut,
    AgreementSeenIn,
    ChangedRequestIn,
    MoveIn,
    NewRequestIn,
    RefuseIn,
    RequestDetailOut,
    RequestOut,
    SubmitIn,
    TerminateIn,
)


class PeopleDecide(BasePermission):
    """Systems read; applying and deciding is for people."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        return request.method in {"GET", "HEAD", "OPTIONS"} or isinstance(request.user, User)


class Newest(KeysetPagination):
    ordering = ("-created_at", "-id")


class RequestList(generics.ListAPIView[SharingRequest]):
    """The requests of one's own department and those it has received."""

    permission_classes = [IsAuthenticated, PeopleDecide]
    serializer_class = RequestOut
    pagination_class = Newest

    def get_queryset(self) -> QuerySet[SharingRequest]:
        asked = self.request.query_params
        return selectors.requests_for(
            party(self.request), side=asked.get("side", ""), tab=asked.get("tab", "all")
        )

    @extend_schema(request=NewRequestIn, responses={201: RequestDetailOut})
    def post(self, request: Request) -> Response:
        """Draft a request for items of one resource."""
        given = NewRequestIn(data=request.data)
        given.is_valid(raise_exception=True)
        resource = resource_for(party(request), given.validated_data["resource"])
        made = requests.start_request(
            resource=resource, data=given.data_in(person(request)), by=person(request)
        )
        return Response(RequestDetailOut(made).data, status=201)


class ActingView(APIView):
    permission_classes = [IsAuthenticated, PeopleDecide]

    def given(self, kind: type[BaseSerializer[Any]]) -> dict[str, Any]:
        given = kind(data=self.request.data)
        given.is_valid(raise_exception=True)
        validated: dict[str, Any] = given.validated_data
        return validated


class RequestView(ActingView):
    """What views on one request share: it is found through the list's own query."""

    def found(self, number: str) -> SharingRequest:
        request: SharingRequest = get_object_or_404(
            selectors.requests_for(party(self.request)), number=number
        )
        return request

    def answer(self, number: str) -> Response:
        return Response(RequestDetailOut(self.found(number)).data)


class RequestDetail(RequestView):
    @extend_schema(responses=RequestDetailOut)
    def get(self, request: Request, number: str) -> Response:
        return self.answer(number)

    @extend_schema(request=ChangedRequestIn, responses=RequestDetailOut)
    def patch(self, request: Request, number: str) -> Response:
        """Write the whole draft anew."""
        draft = self.found(number)
        given = ChangedRequestIn(data=request.data)
        given.is_valid(raise_exception=True)
        requests.change_draft(
            request=draft,
            version=given.validated_data["version"],
            data=given.data_in(person(request)),
            by=person(request),
        )
        return self.answer(number)


class RequestSubmit(RequestView):
    @extend_schema(request=SubmitIn, responses=RequestDetailOut)
    def post(self, request: Request, number: str) -> Response:
        """The applicant hands it to the own work body head."""
        requests.submit(request=self.found(number), by=person(request), **self.given(SubmitIn))
        return self.answer(number)


class RequestApprove(RequestView):
    @extend_schema(request=MoveIn, responses=RequestDetailOut)
    def post(self, request: Request, number: str) -> Response:
        """The requester's head lets it out; the provider's clock starts."""
        requests.approve(request=self.found(number), by=person(request), **self.given(MoveIn))
        return self.answer(number)


class RequestSendBack(RequestView):
    @extend_schema(request=MoveIn, responses=RequestDetailOut)
    def post(self, request: Request, number: str) -> Response:
        requests.send_back(request=self.found(number), by=person(request), **self.given(MoveIn))
        return self.answer(number)


class RequestAgree(RequestView):
    @extend_schema(request=MoveIn, responses=RequestDetailOut)
    def post(self, request: Request, number: str) -> Response:
        """The provider's head agrees; the agreement is made."""
        requests.agree(request=self.found(number), by=person(request), **self.given(MoveIn))
        return self.answer(number)


class RequestRefuse(RequestView):
    @extend_schema(request=RefuseIn, responses=RequestDetailOut)
    def post(self, request: Request, number: str) -> Response:
        """The provider's head refuses, with a reason and words."""
        requests.refuse(request=self.found(number), by=person(request), **self.given(RefuseIn))
        return self.answer(number)


class RequestWithdraw(RequestView):
    @extend_schema(request=MoveIn, responses=RequestDetailOut)
    def post(self, request: Request, number: str) -> Response:
        requests.withdraw(request=self.found(number), by=person(request), **self.given(MoveIn))
        return self.answer(number)


class AgreementList(generics.ListAPIView[Agreement]):
    """The agreements to which one's own department is a party."""

    serializer_class = AgreementOut
    pagination_class = Newest

    def get_queryset(self) -> QuerySet[Agreement]:
        asked = self.request.query_params
        found = selectors.agreements_for(
            party(self.request), side=asked.get("side", ""), state=asked.get("state", "")
        )
        return selectors.with_versions(found).prefetch_related("agreed_items__item")


class AgreementView(ActingView):
    """What views on one agreement share: it is found through the list's own query.

    `version` is that of the terms, so the agreement itself is told apart by its `revision`.
    """

    condition = "revision"

    def found(self, number: str) -> Agreement:
        agreement: Agreement = get_object_or_404(
            selectors.with_versions(selectors.agreements_for(party(self.request))), number=number
        )
        return agreement

    def answer(self, number: str) -> Response:
        return Response(AgreementOut(self.found(number)).data)


class AgreementDetail(AgreementView):
    @extend_schema(responses=AgreementOut)
    def get(self, request: Request, number: str) -> Response:
        return self.answer(number)


class AgreementActivate(AgreementView):
    @extend_schema(request=AgreementSeenIn, responses=AgreementOut)
    def post(self, request: Request, number: str) -> Response:
        """Open the data of an agreement that waits for its rows."""
        agreements.activate(
            agreement=self.found(number), by=person(request), **self.given(AgreementSeenIn)
        )
        return self.answer(number)


class AgreementTerminate(AgreementView):
    @extend_schema(request=TerminateIn, responses=AgreementOut)
    def post(self, request: Request, number: str) -> Response:
        """End the agreement for good; a pull that is running stops."""
        agreement = self.found(number)
        agreements.terminate(agreement=agreement, by=person(request), **self.given(TerminateIn))
        return self.answer(number)
