from .item import DataItem, ItemType
from .resource import (
    Announcement,
    Assessment,
    AssessmentKind,
    CodeSequence,
    Resource,
    ResourceGroupPermission,
    ResourceStep,
)
from .source import JobMode, RunState, Source, SourceKind, SyncJob, SyncRun
from .terms import (
    BasisKind,
    DataFormat,
    Grade,
    ResourceClass,
    ResourceState,
    SharingAttribute,
    SharingMode,
    UpdateFrequency,
)

__all__ = [
    "Announcement",
    "Assessment",
    "AssessmentKind",
    "BasisKind",
    "CodeSequence",
    "DataFormat",
    "DataItem",
    "Grade",
    "ItemType",
    "JobMode",
    "Resource",
    "ResourceClass",
    "ResourceGroupPermission",
    "ResourceState",
    "ResourceStep",
    "RunState",
    "SharingAttribute",
    "SharingMode",
    "Source",
    "SourceKind",
    "SyncJob",
    "SyncRun",
    "UpdateFrequency",
]
