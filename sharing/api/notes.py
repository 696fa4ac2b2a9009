"""Messages and advice on a request, for programs of people."""

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from sharing import permissions
from sharing.models import RequestNote, Verdict
from sharing.services import notes

from .callers import person
from .serializers import RequestSeenIn
from .views import RequestView


class NoteOut(serializers.ModelSerializer[RequestNote]):
    by = serializers.CharField(source="by.name")
    department = serializers.CharField(source="by.department.name")
    verdict = serializers.ChoiceField(choices=Verdict.choices, allow_blank=True)

    class Meta:
        model = RequestNote
        fields = ["by", "department", "at", "verdict", "words"]


class NoteIn(RequestSeenIn):
    words = serializers.CharField(max_length=2000)


class AdviceIn(NoteIn):
    verdict = serializers.ChoiceField(choices=Verdict.choices)


class RequestNotes(RequestView):
    @extend_schema(responses=NoteOut(many=True))
    def get(self, request: Request, number: str) -> Response:
        found = self.found(number).notes.select_related("by__department")
        return Response(NoteOut(found, many=True).data)

    @extend_schema(request=NoteIn, responses={201: NoteOut})
    def post(self, request: Request, number: str) -> Response:
        """Write to the other side."""
        held = self.found(number)
        permissions.may_write(person(request), held).enforce()
        made = notes.write(request=held, by=person(request), **self.given(NoteIn))
        return Response(NoteOut(made).data, status=201)


class RequestAdvise(RequestView):
    @extend_schema(request=AdviceIn, responses={201: NoteOut})
    def post(self, request: Request, number: str) -> Response:
        """The competent department's advice, beside the provider's clock."""
        held = self.found(number)
        permissions.may_advise(person(request), held).enforce()
        made = notes.advise(request=held, by=person(request), **self.given(AdviceIn))
        return Response(NoteOut(made).data, status=201)
