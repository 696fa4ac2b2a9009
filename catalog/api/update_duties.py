"""Update duties for programs (Art. 17). Systems read them; recording and deciding is for people."""

from typing import Any, TypeVar

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import generics
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer
from rest_framework.views import APIView

from catalog.models import UpdateDuty
from catalog.parties import Party, party_of
from catalog.permissions import acting_person
from catalog.selectors.resources import resource_for
from catalog.selectors.update_duties import (
    department_to_record_for,
    update_duties_for,
    update_duty_for,
)
from catalog.services import update_duties, update_progress
from portal.common.api import KeysetPagination

from .update_duties_serializers import (
    AnswerIn,
    ChangeIn,
    CloseDecisionIn,
    CloseIn,
    ExtensionDecisionIn,
    ExtensionIn,
    UpdateDutyDetailOut,
    UpdateDutyOut,
    UpdateDutyQueryIn,
)

Input = TypeVar("Input", bound=Serializer[Any])


class LatestRecorded(KeysetPagination):
    ordering = ("-recorded_at", "-id")


class UpdateDutyList(generics.ListAPIView[UpdateDuty]):
    """The duties of one's own department; for a competent department, those of its region."""

    serializer_class = UpdateDutyOut
    pagination_class = LatestRecorded

    def get_queryset(self) -> QuerySet[UpdateDuty]:
        asked = UpdateDutyQueryIn(data=self.request.query_params)
        asked.is_valid(raise_exception=True)
        return update_duties_for(_party(self.request), tab=asked.validated_data["tab"])

    @extend_schema(parameters=[UpdateDutyQueryIn])
    def get(self, request: Request) -> Response:
        return self.list(request)

    @extend_schema(request=ChangeIn, responses={201: UpdateDutyDetailOut})
    def post(self, request: Request) -> Response:
        """Record a change that makes entries out of date; its clock runs from the day it happened."""
        by = acting_person(_party(request))
        given = _given(ChangeIn, request)
        made = update_duties.record_change(
            change=given.change_in(),
            department=department_to_record_for(by, given.validated_data.get("department")),
            by=by,
        )
        return _told(_party(request), made.pk, status=201)


class UpdateDutyView(APIView):
    """What views on one duty share: it is found as in the list, and shown after each act."""

    def asked(self, pk: int, kind: type[Input]) -> dict[str, Any]:
        """What a service is told: the duty, who acts, and what they give; refused in this order."""
        return {
            "duty": update_duty_for(_party(self.request), pk),
            "by": acting_person(_party(self.request)),
            **_given(kind, self.request).validated_data,
        }

    def answer(self, pk: int) -> Response:
        return _told(_party(self.request), pk)


class UpdateDutyDetail(UpdateDutyView):
    @extend_schema(responses=UpdateDutyDetailOut)
    def get(self, request: Request, pk: int) -> Response:
        """One duty with its clocks, entries and record."""
        return self.answer(pk)


class UpdateDutyExtension(UpdateDutyView):
    @extend_schema(request=ExtensionIn, responses=UpdateDutyDetailOut)
    def post(self, request: Request, pk: int) -> Response:
        """Ask for up to five more working days, once, before the update is due."""
        update_duties.ask_extension(**self.asked(pk, ExtensionIn))
        return self.answer(pk)


class UpdateDutyExtensionDecide(UpdateDutyView):
    @extend_schema(request=ExtensionDecisionIn, responses=UpdateDutyDetailOut)
    def post(self, request: Request, pk: int) -> Response:
        """The competent department consents, to all days or fewer, or refuses with reasons."""
        update_duties.decide_extension(**self.asked(pk, ExtensionDecisionIn))
        return self.answer(pk)


class UpdateDutyAnswer(UpdateDutyView):
    @extend_schema(request=AnswerIn, responses=UpdateDutyDetailOut)
    def post(self, request: Request, pk: int) -> Response:
        """Name an entry that answers the change; what was submitted since counts."""
        asked = self.asked(pk, AnswerIn)
        asked["resource"] = resource_for(_party(request), asked["resource"])
        update_progress.answer_with(**asked)
        return self.answer(pk)


class UpdateDutyClose(UpdateDutyView):
    @extend_schema(request=CloseIn, responses=UpdateDutyDetailOut)
    def post(self, request: Request, pk: int) -> Response:
        """Propose that nothing, or nothing more, has to change; the department head decides."""
        update_duties.propose_close(**self.asked(pk, CloseIn))
        return self.answer(pk)


class UpdateDutyCloseDecide(UpdateDutyView):
    @extend_schema(request=CloseDecisionIn, responses=UpdateDutyDetailOut)
    def post(self, request: Request, pk: int) -> Response:
        """The department head approves that nothing has to change, or rejects it with reasons."""
        update_duties.decide_close(**self.asked(pk, CloseDecisionIn))
        return self.answer(pk)


def _party(request: Request) -> Party:
    return party_of(request.user)


def _given(kind: type[Input], request: Request) -> Input:
    given = kind(data=request.data)
    given.is_valid(raise_exception=True)
    return given


def _told(party: Party, pk: int, *, status: int = 200) -> Response:
    told = UpdateDutyDetailOut(update_duty_for(party, pk), context={"party": party})
    return Response(told.data, status=status)
