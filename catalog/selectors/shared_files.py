"""Files that resources share as they are, as pages and deliveries need them."""

from collections.abc import Sequence

from django.db.models import Prefetch, QuerySet

from catalog.models import Resource, SharedFile, SharedFileVersion


def files_of(resource: Resource) -> Sequence[SharedFile]:
    """All files of the resource with their versions, newest first; withdrawn ones too."""
    versions = SharedFileVersion.objects.select_related("by")
    return list(resource.shared_files.prefetch_related(Prefetch("versions", queryset=versions)))


def versions_of(file: int) -> QuerySet[SharedFileVersion]:
    return SharedFileVersion.objects.filter(file=file).select_related("file__resource")


def given_of(resource_id: int) -> QuerySet[SharedFileVersion]:
    """Every version of the resource's files that is not withdrawn: by name, newest version first."""
    return (
        SharedFileVersion.objects.filter(file__resource=resource_id, file__withdrawn_at=None)
        .select_related("file")
        .order_by("file__name", "-number")
    )


def has_files(resource_id: int) -> bool:
    return SharedFile.objects.filter(resource=resource_id, withdrawn_at=None).exists()
