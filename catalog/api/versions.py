"""Versions of entries for programs, and the change of a published entry."""

from dataclasses import asdict
from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.plumbing import build_array_type, build_basic_type, build_object_type
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.models import ResourceVersion
from catalog.parties import party_of
from catalog.selectors.comparison import Comparison, compare
from catalog.selectors.versions import Versions, change_of, versions_of
from catalog.services import versions as services
from catalog.snapshot import snapshot_in
from portal.common.errors import NotFound

from .resources import ResourceView
from .serializers import ResourceDetailOut, VersionIn

FIELD = build_object_type(
    properties={
        "field": build_basic_type(OpenApiTypes.STR),
        "label": build_basic_type(OpenApiTypes.STR),
        "before": {"type": "string", "description": "in words; empty: not stated"},
        "after": {"type": "string", "description": "in words; empty: not stated"},
    }
)
COMPARISON = {
    (200, "application/json"): build_object_type(
        properties={
            "fields": build_array_type(FIELD),
            "items": build_array_type(
                build_object_type(
                    properties={
                        "how": {"type": "string", "enum": ["added", "removed", "changed"]},
                        "column": build_basic_type(OpenApiTypes.STR),
                        "name": build_basic_type(OpenApiTypes.STR),
                        "fields": build_array_type(FIELD),
                    }
                )
            ),
            "is_reordered": build_basic_type(OpenApiTypes.BOOL),
        }
    )
}


class DiscardIn(VersionIn):
    reasons = serializers.CharField(max_length=2000, required=False, allow_blank=True)


class RevisionOut(ResourceDetailOut):
    """A change of a published entry; `revision_of` is the entry."""

    class Meta(ResourceDetailOut.Meta):
        fields = [*ResourceDetailOut.Meta.fields, "revision_of"]


class VersionRowOut(serializers.ModelSerializer[ResourceVersion]):
    """`published_by` is told to the provider and its reviewer."""

    published_by = serializers.SerializerMethodField()

    class Meta:
        model = ResourceVersion
        fields = ["number", "published_at", "published_by"]

    @extend_schema_field(OpenApiTypes.STR)
    def get_published_by(self, version: ResourceVersion) -> str | None:
        if not self.context["sees_work"] or version.published_by is None:
            return None
        return str(version.published_by)


class KeptVersionOut(VersionRowOut):
    """What the entry said, with its items, as it was published."""

    class Meta(VersionRowOut.Meta):
        fields = [*VersionRowOut.Meta.fields, "entry", "items"]


class VersionsOut(serializers.Serializer[Any]):
    latest = serializers.IntegerField(help_text="0 when the entry has never been published")
    results = VersionRowOut(many=True)


class VersionsView(ResourceView):
    """What views on versions share: visitors are asked to sign in for all that is not open."""

    def kept(self, pk: int) -> Versions:
        return versions_of(party_of(self.request.user), self.found(pk).pk)


class VersionList(VersionsView):
    @extend_schema(operation_id="resources_versions_list", responses=VersionsOut)
    def get(self, request: Request, pk: int) -> Response:
        """The versions of the entry that the caller may read, latest first."""
        kept = self.kept(pk)
        rows = VersionRowOut(kept.listed, many=True, context={"sees_work": kept.sees_work})
        return Response({"latest": kept.latest, "results": rows.data})


class VersionDetail(VersionsView):
    @extend_schema(responses=KeptVersionOut)
    def get(self, request: Request, pk: int, version: int) -> Response:
        """One version, whole."""
        kept = self.kept(pk)
        shown = kept.numbered(version)
        return Response(KeptVersionOut(shown, context={"sees_work": kept.sees_work}).data)


class VersionComparison(VersionsView):
    @extend_schema(responses=COMPARISON)
    def get(self, request: Request, pk: int, version: int, other: int) -> Response:
        """What differs from `version` to `other`, field by field and item by item."""
        kept = self.kept(pk)
        before, after = kept.numbered(version), kept.numbered(other)
        return Response(_told(compare(snapshot_in(before), snapshot_in(after))))


class ChangeComparison(VersionsView):
    @extend_schema(responses=COMPARISON)
    def get(self, request: Request, pk: int) -> Response:
        """What a change differs in from its entry; 404 for an entry of its own."""
        change = change_of(self.found(pk))
        if change is None:
            raise NotFound(_("This is no change of a published entry."))
        return Response(_told(change.comparison))


class RevisionStart(ResourceView):
    @extend_schema(request=VersionIn, responses={201: RevisionOut})
    def post(self, request: Request, pk: int) -> Response:
        """Begin a change of the published entry: a draft beside it, in the answer."""
        return Response(
            RevisionOut(services.start_revision(**self.asked(pk, VersionIn))).data, status=201
        )


class RevisionDiscard(ResourceView):
    @extend_schema(request=DiscardIn, responses=RevisionOut)
    def post(self, request: Request, pk: int) -> Response:
        """Give up a change that is not published yet; it stays on record."""
        return Response(RevisionOut(services.discard_revision(**self.asked(pk, DiscardIn))).data)


def _told(comparison: Comparison) -> dict[str, Any]:
    """By hand: `fields` is a name of the answer, and one that serializers keep for themselves."""
    return {
        "fields": [asdict(one) for one in comparison.fields],
        "items": [asdict(one) for one in comparison.items],
        "is_reordered": comparison.is_reordered,
    }
