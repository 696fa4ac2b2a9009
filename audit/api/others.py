"""The heads of other portals that are kept here: whoever is signed in may bring and read them.

Their signatures decide what is kept, and they say nothing of anybody.
"""

import base64
import binascii
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import generics, serializers
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from audit import others
from audit.models import OtherHead, OtherPortal
from audit.witness_kinds import LONGEST_HEAD
from audit.witnesses import AT_ONCE
from portal.common.api import KeysetPagination
from portal.common.errors import NotFound

# A path between two trees is as long as they are high.
LONGEST_PATH = 128


@extend_schema_field(str)
class KeyField(serializers.Field[bytes, str, str, Any]):
    """32 bytes in Base64."""

    def to_internal_value(self, data: str) -> bytes:
        try:
            raw = base64.b64decode(data, validate=True)
        except (binascii.Error, TypeError, ValueError):
            raw = b""
        if len(raw) != 32:
            raise serializers.ValidationError(_("A key is 32 bytes in Base64."))
        return raw

    def to_representation(self, value: bytes) -> str:
        return base64.b64encode(value).decode()


@extend_schema_field(str)
class HashField(serializers.Field[bytes, str, str, Any]):
    """32 bytes in hexadecimal digits."""

    def to_internal_value(self, data: str) -> bytes:
        try:
            raw = bytes.fromhex(data)
        except (TypeError, ValueError):
            raw = b""
        if len(raw) != 32:
            raise serializers.ValidationError(_("A hash is 64 hexadecimal digits."))
        return raw

    def to_representation(self, value: bytes) -> str:
        return value.hex()


class BroughtHeadIn(serializers.Serializer[Any]):
    # The blanks of a signed text are part of it.
    note = serializers.CharField(max_length=LONGEST_HEAD, trim_whitespace=False)


class BroughtKeyIn(serializers.Serializer[Any]):
    public = KeyField()


class HeadsIn(serializers.Serializer[Any]):
    """Signed heads in order, the public keys of the trail, and the RFC 9162 proof from the last kept one."""

    heads = BroughtHeadIn(many=True)
    keys = BroughtKeyIn(many=True, required=False)
    path = serializers.ListField(child=HashField(), required=False, max_length=LONGEST_PATH)

    def validate_heads(self, value: list[Any]) -> list[Any]:
        if not 1 <= len(value) <= AT_ONCE:
            raise serializers.ValidationError(
                _("Between 1 and %(most)s heads at once.") % {"most": AT_ONCE}
            )
        return value

    def validate_keys(self, value: list[Any]) -> list[Any]:
        if len(value) > others.MOST_KEYS:
            raise serializers.ValidationError(_("The portal has too many keys."))
        return value


class OtherHeadOut(serializers.ModelSerializer[OtherHead]):
    class Meta:
        model = OtherHead
        fields = ["number", "size", "at", "note", "received_at"]


class OtherPortalOut(serializers.ModelSerializer[OtherPortal]):
    class Meta:
        model = OtherPortal
        fields = ["name", "label", "origin", "added_at"]


class ByNumber(KeysetPagination):
    ordering = "-number"


class ByName(KeysetPagination):
    ordering = "name"


@extend_schema(tags=["audit"])
class OtherPortalList(generics.ListAPIView[OtherPortal]):
    """The portals whose heads are kept here."""

    permission_classes = [IsAuthenticated]
    serializer_class = OtherPortalOut
    pagination_class = ByName

    def get_queryset(self) -> QuerySet[OtherPortal]:
        return others.portals()


@extend_schema(tags=["audit"])
class OtherHeadList(generics.ListAPIView[OtherHead]):
    """The heads of another portal as they are kept here, newest first."""

    permission_classes = [IsAuthenticated]
    serializer_class = OtherHeadOut
    pagination_class = ByNumber

    def get_queryset(self) -> QuerySet[OtherHead]:
        return others.heads_of(others.portal_named(self.kwargs["name"]))

    @extend_schema(request=HeadsIn, responses=OtherHeadOut)
    def post(self, request: Request, name: str) -> Response:
        """Bring heads that follow on the last kept one, which is answered. 409: they contradict it."""
        portal = others.portal_named(name)
        given = HeadsIn(data=request.data)
        given.is_valid(raise_exception=True)
        kept = others.keep(
            portal=portal,
            brought=[head["note"] for head in given.validated_data["heads"]],
            keys=[key["public"] for key in given.validated_data.get("keys", [])],
            path=given.validated_data.get("path", []),
            by=request.user,
        )
        return Response(OtherHeadOut(kept).data)


@extend_schema(tags=["audit"], responses=OtherHeadOut)
class LatestOtherHead(APIView):
    """The last head of another portal that is kept here."""

    permission_classes = [IsAuthenticated]

    def get(self, request: Request, name: str) -> Response:
        last = others.last_of(others.portal_named(name))
        if last is None:
            raise NotFound(_("No head of this portal is kept yet."))
        return Response(OtherHeadOut(last).data)
