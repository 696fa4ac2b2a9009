"""Networks of sources, files uploaded to them, and the data items that they propose, by API."""

from typing import Any

from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from catalog.models import AllowedNetwork, Source, SourceUpload
from catalog.permissions import acting_person
from catalog.selectors import sync
from catalog.selectors.networks import networks_for, open_networks
from catalog.services import networks, source_uploads
from catalog.sources.failures import SourceFailure
from catalog.sources.permissions import may_manage, may_open_networks, may_see_networks
from catalog.sources.proposing import items_from
from catalog.sources.words import explain
from portal.common.errors import Invalid


class NetworkOut(serializers.ModelSerializer[AllowedNetwork]):
    class Meta:
        model = AllowedNetwork
        fields = ("id", "network", "reason", "added_at", "removed_at", "removal_reason")


class NetworkIn(serializers.Serializer[Any]):
    network = serializers.CharField(max_length=50)
    reason = serializers.CharField(max_length=300)


class NetworkReasonIn(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=300)


class UploadOut(serializers.ModelSerializer[SourceUpload]):
    class Meta:
        model = SourceUpload
        fields = ("id", "name", "size", "sha256", "is_scanned", "at")


class UploadIn(serializers.Serializer[Any]):
    file = serializers.FileField()


class ProposedItemOut(serializers.Serializer[Any]):
    source = serializers.CharField(  # type: ignore[assignment]  # a field of that name
        help_text="The column at the source."
    )
    source_type = serializers.CharField()
    name = serializers.CharField()
    column = serializers.CharField()
    type = serializers.CharField()
    length = serializers.IntegerField(allow_null=True)
    is_key = serializers.BooleanField()
    is_nullable = serializers.BooleanField()
    is_personal = serializers.BooleanField()
    is_sensitive = serializers.BooleanField()
    identifier_kind = serializers.CharField()
    masking_rule = serializers.CharField()
    reasons = serializers.ListField(child=serializers.CharField())


class NetworkList(APIView):
    @extend_schema(responses=NetworkOut(many=True))
    def get(self, request: Request) -> Response:
        """The networks that were opened for sources, closed ones too: for administrators."""
        may_see_networks(_party(request)).enforce()
        return Response(NetworkOut(networks_for(_party(request)), many=True).data)

    @extend_schema(request=NetworkIn, responses={201: NetworkOut})
    def post(self, request: Request) -> Response:
        """Open a network: the security administrator."""
        given = NetworkIn(data=request.data)
        given.is_valid(raise_exception=True)
        made = networks.open_network(**given.validated_data, by=acting_person(_party(request)))
        return Response(NetworkOut(made).data, status=201)


class NetworkClose(APIView):
    @extend_schema(request=NetworkReasonIn, responses=NetworkOut)
    def post(self, request: Request, pk: int) -> Response:
        """Close a network again: the security administrator."""
        found = get_object_or_404(open_networks(_party(request)), pk=pk)
        may_open_networks(_party(request)).enforce()
        given = NetworkReasonIn(data=request.data)
        given.is_valid(raise_exception=True)
        closed = networks.close_network(
            network=found, reason=given.validated_data["reason"], by=acting_person(_party(request))
        )
        return Response(NetworkOut(closed).data)


class SourceUploadView(APIView):
    parser_classes = (MultiPartParser,)

    @extend_schema(request={"multipart/form-data": UploadIn}, responses={201: UploadOut})
    def post(self, request: Request, pk: int) -> Response:
        """Put a file in place of the one before; the sync jobs of the source read it then."""
        source = _source(request, pk)
        may_manage(_party(request), source.department_id).enforce()
        given = UploadIn(data=request.data)
        given.is_valid(raise_exception=True)
        file = given.validated_data["file"]
        kept = source_uploads.upload_file(
            source=source,
            name=file.name,
            file=file,
            size=file.size,
            by=acting_person(_party(request)),
        )
        return Response(UploadOut(kept).data, status=201)


class SourceItems(APIView):
    @extend_schema(responses=ProposedItemOut(many=True))
    def get(self, request: Request, pk: int) -> Response:
        """Data items proposed from what the source holds now, at `?relation=`."""
        source = _source(request, pk)
        may_manage(_party(request), source.department_id).enforce()
        relation = request.query_params.get("relation", "")
        if not relation:
            raise Invalid(_("The input has errors."), fields={"relation": [_("Name a relation.")]})
        try:
            found = items_from(source, relation)
        except SourceFailure as failure:
            words = explain(failure.code, failure.data)
            raise Invalid(
                words.what,
                code=failure.code,
                fields={"relation": [f"{words.what} {words.to_do}"]},
            ) from None
        return Response(ProposedItemOut(found, many=True).data)


def _party(request: Request) -> Any:
    return request.user


def _source(request: Request, pk: int) -> Source:
    return get_object_or_404(sync.sources_for(_party(request)), pk=pk)
