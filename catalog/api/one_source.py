"""One datum, one source, for programs (Art. 19). Systems read; answering and deciding is for people."""

from abc import ABC, abstractmethod
from typing import Any, TypeVar

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import generics
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer
from rest_framework.views import APIView

from catalog.models import Duplicate, SourceOfItem
from catalog.one_source.finding import Subject
from catalog.one_source.permissions import may_oversee
from catalog.parties import Party, party_of
from catalog.permissions import acting_person, may_see_work, standing_of
from catalog.selectors import duplicates as selectors
from catalog.selectors.collection_plans import plan_for
from catalog.selectors.resources import resource_for
from catalog.services import duplicates, source_register
from portal.common.api import KeysetPagination
from portal.common.errors import NotFound

from .one_source_serializers import (
    AppointIn,
    DuplicateAnswerIn,
    EndOfAppointmentIn,
    OpenDuplicateOut,
    RepeatedItemOut,
    SourceOfItemOut,
    SourceRegisterQueryIn,
)

Input = TypeVar("Input", bound=Serializer[Any])


def asked_by(request: Request) -> Party:
    return party_of(request.user)


def given_as(kind: type[Input], request: Request) -> Input:
    given = kind(data=request.data)
    given.is_valid(raise_exception=True)
    return given


class HighestScore(KeysetPagination):
    ordering = ("-score", "-id")


class NewestFirst(KeysetPagination):
    ordering = ("-id",)


class OpenDuplicateList(generics.ListAPIView[Duplicate]):
    """All open duplicates of the region, for officers of its competent department."""

    serializer_class = OpenDuplicateOut
    pagination_class = HighestScore

    def get_queryset(self) -> QuerySet[Duplicate]:
        person = acting_person(asked_by(self.request))
        may_oversee(person).enforce()
        return selectors.open_duplicates(person)


class RepeatedItems(APIView, ABC):
    """What repeats other departments' data in one entry or plan; who works on it may look."""

    @abstractmethod
    def subject(self, pk: int) -> Subject:
        """The entry or plan of this key, as far as it is the caller's business. Raises NotFound."""

    @extend_schema(responses=RepeatedItemOut(many=True))
    def get(self, request: Request, pk: int) -> Response:
        """Highest score first; what is open has to be answered before submitting or filing."""
        return self._told(self.subject(pk))

    @extend_schema(request=DuplicateAnswerIn, responses=RepeatedItemOut(many=True))
    def post(self, request: Request, pk: int) -> Response:
        """Link the item to the other entry, or justify why the datum is collected again."""
        by = acting_person(asked_by(request))
        given = given_as(DuplicateAnswerIn, request).validated_data
        asked = {
            "subject": self.subject(pk),
            "version": given["version"],
            "column": given["column"],
            "other": selectors.other_entry(by, given["other"]),
            "by": by,
        }
        if given["answer"] == "link":
            duplicates.link(**asked)
        else:
            duplicates.justify(**asked, words=given["justification"])
        return self._told(self.subject(pk))

    def _told(self, subject: Subject) -> Response:
        found = selectors.duplicates_of(subject, party=asked_by(self.request))
        return Response([RepeatedItemOut(one).data for one in found])


class EntryDuplicates(RepeatedItems):
    def subject(self, pk: int) -> Subject:
        party = asked_by(self.request)
        resource = resource_for(party, pk)
        if not may_see_work(standing_of(party, resource)):
            raise NotFound(selectors.NO_RESOURCE)
        return resource


class PlanDuplicates(RepeatedItems):
    def subject(self, pk: int) -> Subject:
        return plan_for(asked_by(self.request), pk)


class SourceRegister(generics.ListAPIView[SourceOfItem]):
    """Which department collects a datum for the others; the appointments in force."""

    serializer_class = SourceOfItemOut
    pagination_class = NewestFirst

    def get_queryset(self) -> QuerySet[SourceOfItem]:
        asked = SourceRegisterQueryIn(data=self.request.query_params)
        asked.is_valid(raise_exception=True)
        return selectors.register(q=asked.validated_data["q"])

    @extend_schema(parameters=[SourceRegisterQueryIn])
    def get(self, request: Request) -> Response:
        return self.list(request)

    @extend_schema(request=AppointIn, responses={201: SourceOfItemOut})
    def post(self, request: Request) -> Response:
        """Appoint the lead collector of a datum; the appointment before it ends."""
        by = acting_person(asked_by(request))
        given = given_as(AppointIn, request).validated_data
        made = source_register.appoint(
            name=given["name"],
            department=selectors.department_to_appoint(by, given["department"]),
            basis=given["basis"],
            by=by,
        )
        return Response(SourceOfItemOut(made).data, status=201)


class AppointmentWithdraw(APIView):
    @extend_schema(request=EndOfAppointmentIn, responses=SourceOfItemOut)
    def post(self, request: Request, pk: int) -> Response:
        """End an appointment without a successor; it stays on record."""
        by = acting_person(asked_by(request))
        ended = source_register.withdraw(
            appointment=selectors.appointment_of(pk),
            by=by,
            **given_as(EndOfAppointmentIn, request).validated_data,
        )
        return Response(SourceOfItemOut(ended).data)


class AppointmentAcknowledge(APIView):
    @extend_schema(request=None, responses=SourceOfItemOut)
    def post(self, request: Request, pk: int) -> Response:
        """The department takes note that it collects the datum for the others."""
        by = acting_person(asked_by(request))
        held = source_register.acknowledge(appointment=selectors.appointment_of(pk), by=by)
        return Response(SourceOfItemOut(held).data)
