"""An action path a move of an agreement; a repeated call is answered 409 and changes nothing."""

from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from sharing.selectors.agreements import notices_of
from sharing.selectors.terms import versions_of
from sharing.services import confirming, ending, notices, suspensions

from .agreement_serializers import (
    ConfirmIn,
    EndAnswerIn,
    NoticeOut,
    ProposalIn,
    ReasonIn,
    RectifyIn,
    ReportIn,
    RetractIn,
    VersionOut,
)
from .callers import person
from .serializers import AgreementOut, AgreementSeenIn
from .views import AgreementView


class AgreementVersions(AgreementView):
    @extend_schema(responses=VersionOut(many=True))
    def get(self, request: Request, number: str) -> Response:
        """All versions of the terms, newest first, with their confirmations."""
        return Response(VersionOut(versions_of(self.found(number)), many=True).data)


class AgreementVersionDetail(AgreementView):
    @extend_schema(responses=VersionOut)
    def get(self, request: Request, number: str, version: int) -> Response:
        found = versions_of(self.found(number)).filter(number=version).first()
        if found is None:
            raise Http404(version)
        return Response(VersionOut(found).data)


class AgreementPropose(AgreementView):
    @extend_schema(request=ProposalIn, responses={201: VersionOut})
    def post(self, request: Request, number: str) -> Response:
        """Write other terms for both heads to confirm; what is in force stays until then."""
        agreement = self.found(number)
        given = ProposalIn(data=request.data)
        given.is_valid(raise_exception=True)
        written = confirming.propose(
            agreement=agreement,
            version=given.validated_data["version"],
            proposal=given.proposal(),
            reason=given.validated_data["reason"],
            revision=given.validated_data["revision"],
            by=person(request),
        )
        return Response(VersionOut(written).data, status=201)


class AgreementRetract(AgreementView):
    @extend_schema(request=RetractIn, responses=AgreementOut)
    def post(self, request: Request, number: str) -> Response:
        """Take the proposed terms back, or turn them down."""
        agreement = self.found(number)
        confirming.retract(agreement=agreement, by=person(request), **self.given(RetractIn))
        return self.answer(number)


class AgreementConfirm(AgreementView):
    @extend_schema(request=ConfirmIn, responses=AgreementOut)
    def post(self, request: Request, number: str) -> Response:
        """A head confirms the proposed version by its hash; with the second it is in force."""
        agreement = self.found(number)
        confirming.confirm(agreement=agreement, by=person(request), **self.given(ConfirmIn))
        return self.answer(number)


class AgreementSuspend(AgreementView):
    @extend_schema(request=ReasonIn, responses=AgreementOut)
    def post(self, request: Request, number: str) -> Response:
        """Stop all delivery at once; pulls that run are cut off (Art. 27)."""
        agreement = self.found(number)
        suspensions.suspend(agreement=agreement, by=person(request), **self.given(ReasonIn))
        return self.answer(number)


class AgreementRectify(AgreementView):
    @extend_schema(request=RectifyIn, responses=AgreementOut)
    def post(self, request: Request, number: str) -> Response:
        """Order what the requester has to put right, and by when."""
        agreement = self.found(number)
        suspensions.rectify(agreement=agreement, by=person(request), **self.given(RectifyIn))
        return self.answer(number)


class AgreementReport(AgreementView):
    @extend_schema(request=ReportIn, responses=AgreementOut)
    def post(self, request: Request, number: str) -> Response:
        """The requester reports what it has put right."""
        agreement = self.found(number)
        suspensions.report(agreement=agreement, by=person(request), **self.given(ReportIn))
        return self.answer(number)


class AgreementRestore(AgreementView):
    @extend_schema(request=ReasonIn, responses=AgreementOut)
    def post(self, request: Request, number: str) -> Response:
        """Let the data flow again."""
        agreement = self.found(number)
        suspensions.restore(agreement=agreement, by=person(request), **self.given(ReasonIn))
        return self.answer(number)


class AgreementConsult(AgreementView):
    @extend_schema(request=ReasonIn, responses=AgreementOut)
    def post(self, request: Request, number: str) -> Response:
        """The provider consults the requester on the end of the service (Art. 27)."""
        agreement = self.found(number)
        ending.consult(agreement=agreement, by=person(request), **self.given(ReasonIn))
        return self.answer(number)


class AgreementAnswer(AgreementView):
    @extend_schema(request=EndAnswerIn, responses=AgreementOut)
    def post(self, request: Request, number: str) -> Response:
        """The requester agrees to the end of the service, or objects with reasons."""
        agreement = self.found(number)
        ending.answer(agreement=agreement, by=person(request), **self.given(EndAnswerIn))
        return self.answer(number)


class AgreementNotices(AgreementView):
    @extend_schema(responses=NoticeOut(many=True))
    def get(self, request: Request, number: str) -> Response:
        """What changed in the entry since the agreement was made, newest first."""
        return Response(NoticeOut(notices_of(self.found(number)), many=True).data)


class AgreementAcknowledge(AgreementView):
    @extend_schema(request=AgreementSeenIn, responses=NoticeOut)
    def post(self, request: Request, number: str, version: int) -> Response:
        """The requester has seen what changed in the entry's version."""
        agreement = self.found(number)
        seen = notices.acknowledge(
            agreement=agreement, version=version, by=person(request), **self.given(AgreementSeenIn)
        )
        return Response(NoticeOut(seen).data)
