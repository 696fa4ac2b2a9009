from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from portal.common.errors import Invalid
from portal.organisation import permissions, selectors
from portal.organisation.models import Substitution, User
from portal.organisation.services import substitutions

from .views import IsPerson, _person


class SubstitutionOut(serializers.ModelSerializer[Substitution]):
    substitute_name = serializers.CharField(source="substitute.name")

    class Meta:
        model = Substitution
        fields = ["id", "substitute", "substitute_name", "first", "last", "reason", "ended_at"]


class SubstitutionIn(serializers.Serializer[Substitution]):
    substitute = serializers.IntegerField()
    first = serializers.DateField()
    last = serializers.DateField()
    reason = serializers.CharField(max_length=200)


class OfPerson(APIView):
    permission_classes = [IsAuthenticated, IsPerson]

    def found(self, pk: int) -> User:
        person: User = get_object_or_404(selectors.people_for(_person(self.request)), pk=pk)
        return person


class Substitutes(OfPerson):
    """Who stands in for a person of one's own department."""

    @extend_schema(responses=SubstitutionOut(many=True))
    def get(self, request: Request, pk: int) -> Response:
        lines = selectors.substitutions_of(self.found(pk))
        return Response(SubstitutionOut([one.substitution for one in lines], many=True).data)

    @extend_schema(request=SubstitutionIn, responses={201: SubstitutionOut})
    def post(self, request: Request, pk: int) -> Response:
        absent = self.found(pk)
        permissions.may_name_substitute(_person(request), absent).enforce()
        given = SubstitutionIn(data=request.data)
        given.is_valid(raise_exception=True)
        told = dict(given.validated_data)
        other = selectors.colleagues_of(absent).filter(pk=told.pop("substitute")).first()
        if other is None:
            words = _("A substitute is somebody of the same department with an open account.")
            raise Invalid(words, fields={"substitute": [words]})
        made = substitutions.name_substitute(
            absent=absent, substitute=other, by=_person(request), **told
        )
        return Response(SubstitutionOut(made).data, status=201)


class SubstitutionEnd(OfPerson):
    @extend_schema(request=None, responses=SubstitutionOut)
    def post(self, request: Request, pk: int, substitution: int) -> Response:
        """End it at once; what the substitute did stands."""
        ended = substitutions.end_substitution(
            substitution=substitution, absent=self.found(pk), by=_person(request)
        )
        return Response(SubstitutionOut(ended).data)
