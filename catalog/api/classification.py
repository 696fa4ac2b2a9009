"""The classification tree for programs."""

from typing import Any, cast

from drf_spectacular.utils import extend_schema
from rest_framework import generics
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from catalog.models import Classification
from catalog.parties import Party
from catalog.permissions import acting_person
from catalog.selectors import classification as selectors
from catalog.services import classification
from portal.common.api import KeysetPagination

from .standard_serializers import NodeChangeIn, NodeIn, NodeOut


class ByCode(KeysetPagination):
    ordering = ("resource_class", "code")
    page_size = 200


class NodeList(generics.ListAPIView[Classification]):
    """Every node, retired ones too, by class and code."""

    serializer_class = NodeOut
    pagination_class = ByCode

    def get_queryset(self) -> Any:
        return selectors.nodes()

    @extend_schema(request=NodeIn, responses={201: NodeOut})
    def post(self, request: Request) -> Response:
        """Add a node; without parent_code it lies under the longest code that it begins with."""
        by = acting_person(cast("Party", request.user))
        given = NodeIn(data=request.data)
        given.is_valid(raise_exception=True)
        made = classification.add_node(row=given.row, by=by)
        return Response(NodeOut(made).data, status=201)


class NodeDetail(APIView):
    @extend_schema(responses=NodeOut)
    def get(self, request: Request, pk: int) -> Response:
        return Response(NodeOut(selectors.node_of(pk)).data)

    @extend_schema(request=NodeChangeIn, responses=NodeOut)
    def put(self, request: Request, pk: int) -> Response:
        """Describe the node anew, or lay it under another one; its code stays."""
        node = selectors.node_of(pk)
        by = acting_person(cast("Party", request.user))
        given = NodeChangeIn(data=request.data)
        given.is_valid(raise_exception=True)
        classification.change_node(node=node, by=by, **given.validated_data)
        return Response(NodeOut(selectors.node_of(pk)).data)


class NodeRetire(APIView):
    @extend_schema(request=None, responses=NodeOut)
    def post(self, request: Request, pk: int) -> Response:
        """No more entries are classified here; those that are stay."""
        node = selectors.node_of(pk)
        by = acting_person(cast("Party", request.user))
        classification.retire_node(node=node, by=by)
        return Response(NodeOut(selectors.node_of(pk)).data)
