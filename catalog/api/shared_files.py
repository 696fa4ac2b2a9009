"""Files that a resource shares as they are, by API: for the stewards of their department."""

from typing import Any

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.parsers import JSONParser, MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from catalog.models import Resource, SharedFile, SharedFileVersion
from catalog.permissions import acting_person
from catalog.selectors import sync
from catalog.selectors.shared_files import files_of
from catalog.services import shared_files


class SharedFileVersionOut(serializers.ModelSerializer[SharedFileVersion]):
    class Meta:
        model = SharedFileVersion
        fields = ("number", "media_type", "size", "sha256", "note", "is_scanned", "at")


class SharedFileOut(serializers.ModelSerializer[SharedFile]):
    versions = SharedFileVersionOut(many=True, help_text="newest first")

    class Meta:
        model = SharedFile
        fields = ("id", "name", "withdrawn_at", "withdrawal_reason", "versions")


class SharedFileIn(serializers.Serializer[Any]):
    file = serializers.FileField(help_text="its name says which file it is a version of")
    note = serializers.CharField(required=False, allow_blank=True, default="", max_length=300)


class WithdrawFileIn(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=300)


class ResourceFiles(APIView):
    parser_classes = (MultiPartParser,)

    @extend_schema(responses=SharedFileOut(many=True))
    def get(self, request: Request, pk: int) -> Response:
        """The resource's files with all versions, those that were withdrawn too."""
        return Response(SharedFileOut(files_of(_resource(request, pk)), many=True).data)

    @extend_schema(request={"multipart/form-data": SharedFileIn}, responses={201: SharedFileOut})
    def post(self, request: Request, pk: int) -> Response:
        """Add a version of the file of that name, or a new file."""
        resource = _resource(request, pk)
        given = SharedFileIn(data=request.data)
        given.is_valid(raise_exception=True)
        file = given.validated_data["file"]
        kept = shared_files.add_version(
            resource=resource,
            name=file.name,
            file=file,
            size=file.size,
            note=given.validated_data["note"],
            by=acting_person(_party(request)),
        )
        return Response(SharedFileOut(kept.file).data, status=201)


class ResourceFileWithdraw(APIView):
    parser_classes = (JSONParser,)

    @extend_schema(request=WithdrawFileIn, responses=SharedFileOut)
    def post(self, request: Request, pk: int, file: int) -> Response:
        """Give the file to nobody any more; a further version brings it back."""
        shared = get_object_or_404(_resource(request, pk).shared_files.all(), pk=file)
        given = WithdrawFileIn(data=request.data)
        given.is_valid(raise_exception=True)
        withdrawn = shared_files.withdraw(
            shared=shared,
            reason=given.validated_data["reason"],
            by=acting_person(_party(request)),
        )
        return Response(SharedFileOut(withdrawn).data)


def _party(request: Request) -> Any:
    return request.user


def _resource(request: Request, pk: int) -> Resource:
    found: Resource = get_object_or_404(sync.resources_for(_party(request)), pk=pk)
    return found
