"""Heads for all who are signed in, since they say nothing of anybody; proofs for readers of the trail."""

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import generics, serializers
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from audit import proofs, reading
from audit.models import TreeHead
from portal.common.api import KeysetPagination
from portal.common.errors import Invalid, NotFound


class HeadOut(serializers.Serializer[Any]):
    """`note` is the signed text (C2SP tlog-checkpoint); hashes are hexadecimal."""

    number = serializers.IntegerField()
    size = serializers.IntegerField()
    root = serializers.CharField()  # type: ignore[assignment]
    at = serializers.DateTimeField()
    algorithm = serializers.CharField()
    previous = serializers.CharField()
    note = serializers.CharField()

    def to_representation(self, instance: TreeHead) -> dict[str, Any]:
        return proofs.head_as_json(instance)


class EndOut(serializers.Serializer[Any]):
    head = serializers.IntegerField()
    size = serializers.IntegerField()


class ConsistencyOut(serializers.Serializer[Any]):
    """RFC 9162, 2.1.4: `path` proves that the tree of `second` begins with that of `first`."""

    first = EndOut()
    second = EndOut()
    algorithm = serializers.CharField()
    path = serializers.ListField(child=serializers.CharField())


class SigningKeyOut(serializers.Serializer[Any]):
    key = serializers.CharField()
    algorithm = serializers.CharField()
    public = serializers.CharField(help_text="32 bytes, Base64")
    first_head = serializers.IntegerField()


class ProofOut(serializers.Serializer[Any]):
    """RFC 9162, 2.1.3: all after `sealed` is left out while the entry is not sealed yet."""

    entry = serializers.IntegerField()
    content = serializers.CharField()
    sealed = serializers.BooleanField()
    index = serializers.IntegerField(required=False)
    size = serializers.IntegerField(required=False)
    algorithm = serializers.CharField(required=False)
    leaf = serializers.CharField(required=False)
    path = serializers.ListField(child=serializers.CharField(), required=False)
    root = serializers.CharField(required=False)  # type: ignore[assignment]
    head = serializers.IntegerField(required=False)


class ByNumber(KeysetPagination):
    ordering = "-number"


@extend_schema(tags=["audit"])
class HeadList(generics.ListAPIView[TreeHead]):
    """The heads of the audit trail, newest first."""

    permission_classes = [IsAuthenticated]
    serializer_class = HeadOut
    pagination_class = ByNumber

    def get_queryset(self) -> QuerySet[TreeHead]:
        return proofs.heads()


@extend_schema(tags=["audit"], responses=HeadOut)
class LatestHead(APIView):
    """The last head: keep it, and nobody can rebuild unseen what it covers."""

    permission_classes = [IsAuthenticated]

    def get(self, request: Request) -> Response:
        head = proofs.latest()
        if head is None:
            raise NotFound(_("Nothing is sealed yet."))
        return Response(proofs.head_as_json(head))


@extend_schema(
    tags=["audit"],
    responses=ConsistencyOut,
    parameters=[
        OpenApiParameter("first", int, required=True, description="number of the earlier head"),
        OpenApiParameter("second", int, required=True, description="number of the later head"),
    ],
)
class HeadConsistency(APIView):
    """That a later head covers everything that an earlier one did, unchanged."""

    permission_classes = [IsAuthenticated]

    def get(self, request: Request) -> Response:
        first, second = self._head(request, "first"), self._head(request, "second")
        if first.number > second.number:
            raise Invalid(
                _("The first head is the later one."),
                fields={"first": [_("This head is later than the second.")]},
            )
        return Response(proofs.consistency(first, second).as_json())

    def _head(self, request: Request, name: str) -> TreeHead:
        words = request.query_params.get(name, "")
        if not (words.isascii() and words.isdigit() and len(words) < 19):
            wrong = _("A number of a head is needed.")
            raise Invalid(_("The input has errors."), fields={name: [wrong]})
        found = proofs.heads().filter(number=int(words)).first()
        if found is None:
            raise NotFound(_("There is no such head."))
        return found


@extend_schema(tags=["audit"], responses=SigningKeyOut(many=True))
class KeyList(APIView):
    """The public keys of all signatures, each with the first head that it signed."""

    permission_classes = [IsAuthenticated]

    def get(self, request: Request) -> Response:
        return Response(proofs.keys_as_json())


@extend_schema(tags=["audit"], responses=ProofOut)
class EventProof(APIView):
    """That an entry lies under the last head. For who may read the trail; each look is recorded."""

    permission_classes = [IsAuthenticated]

    def get(self, request: Request, pk: int) -> Response:
        return Response(reading.proof_of(by=request.user, entry_id=pk).as_json())
