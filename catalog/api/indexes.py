"""Which items of a resource are indexed, by API: for the stewards of its department."""

from typing import Any

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from catalog.models import Resource
from catalog.permissions import acting_person
from catalog.selectors import sync
from catalog.selectors.indexes import indexed_items
from catalog.services import indexing


class IndexesIn(serializers.Serializer[Any]):
    columns = serializers.ListField(
        child=serializers.CharField(max_length=60), help_text="all that are to be indexed"
    )


class IndexedItemOut(serializers.Serializer[Any]):
    column = serializers.CharField(source="item.column")
    name = serializers.CharField(source="item.name")
    is_key = serializers.BooleanField(source="item.is_key")
    is_fit = serializers.BooleanField(help_text="whether rows can be ordered by it")
    is_indexed = serializers.BooleanField(source="item.is_indexed")
    is_ready = serializers.BooleanField(help_text="whether its index is there")


class ResourceIndexes(APIView):
    @extend_schema(responses=IndexedItemOut(many=True))
    def get(self, request: Request, pk: int) -> Response:
        """The items of the resource, and on which of them the store keeps an index."""
        return Response(IndexedItemOut(indexed_items(_resource(request, pk)), many=True).data)

    @extend_schema(request=IndexesIn, responses=IndexedItemOut(many=True))
    def post(self, request: Request, pk: int) -> Response:
        """Say which items are indexed, all of them at once; the indexes are made afterwards."""
        resource = _resource(request, pk)
        given = IndexesIn(data=request.data)
        given.is_valid(raise_exception=True)
        indexing.mark(
            resource=resource,
            columns=given.validated_data["columns"],
            by=acting_person(_party(request)),
        )
        return Response(IndexedItemOut(indexed_items(resource), many=True).data)


def _party(request: Request) -> Any:
    return request.user


def _resource(request: Request, pk: int) -> Resource:
    found: Resource = get_object_or_404(sync.resources_for(_party(request)), pk=pk)
    return found
