"""Files that a resource shares as they are, listed and taken under an agreement."""

from django.http import StreamingHttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.models import SharedFileVersion
from portal.common.errors import Invalid
from sharing.delivery import files

from .callers import party
from .delivery import DeliveryView
from .ranges import RANGE_HEADERS, FileView

LARGEST = 2**31 - 1


class GivenFileOut(serializers.ModelSerializer[SharedFileVersion]):
    """One version; `address` is where it is taken, with `Range` if wanted."""

    name = serializers.CharField(source="file.name")
    version = serializers.IntegerField(source="number")
    address = serializers.SerializerMethodField()

    class Meta:
        model = SharedFileVersion
        fields = ["name", "version", "media_type", "size", "sha256", "note", "at", "address"]

    def get_address(self, version: SharedFileVersion) -> str:
        place = reverse("api:agreement-file", args=[self.context["number"], version.file.name])
        return f"{place}?version={version.number}"


class AgreementFiles(DeliveryView):
    http_method_names = ["get", "options"]

    @extend_schema(responses=GivenFileOut(many=True))
    def get(self, request: Request, number: str) -> Response:
        """Every version that can be taken, by name, the newest of each first."""
        found = files.listed(number=number, party=party(request))
        return Response(GivenFileOut(found, many=True, context={"number": number}).data)


class AgreementFile(FileView):
    @extend_schema(
        responses={(200, "application/octet-stream"): OpenApiTypes.BINARY},
        parameters=[
            OpenApiParameter("version", OpenApiTypes.INT, description="the newest when not given"),
            *RANGE_HEADERS,
        ],
    )
    def get(self, request: Request, number: str, name: str) -> StreamingHttpResponse | Response:
        """The file; one range of it by `Range` and `If-Range`, to go on with what broke off."""
        version = _version(request)
        return self.given(request, files.file_of, number=number, name=name, version=version)


def _version(request: Request) -> int | None:
    given = request.query_params.get("version")
    if given is None:
        return None
    is_number = given.isascii() and given.isdecimal() and len(given) <= len(str(LARGEST))
    if not is_number or not 1 <= int(given) <= LARGEST:
        words = [_("A whole number from 1 on.")]
        raise Invalid(_("The call has errors."), fields={"version": words})
    return int(given)
