from .agreement import Agreement, AgreementItem, AgreementState, Pull, PullKind, PullResult
from .deadline import Deadline, DeadlineKind
from .request import (
    NumberSeries,
    RefusalReason,
    RequestedItem,
    RequestState,
    RequestStep,
    SharingRequest,
)

__all__ = [
    "Agreement",
    "AgreementItem",
    "AgreementState",
    "Deadline",
    "DeadlineKind",
    "NumberSeries",
    "Pull",
    "PullKind",
    "PullResult",
    "RefusalReason",
    "RequestState",
    "RequestStep",
    "RequestedItem",
    "SharingRequest",
]
