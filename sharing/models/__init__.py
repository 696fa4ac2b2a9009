from .agreement import (
    LIVE_AGREEMENT,
    Agreement,
    AgreementItem,
    AgreementState,
    AgreementStep,
)
from .deadline import Deadline, DeadlineKind
from .pull import Pull, PullKind, PullResult
from .request import (
    LIVE,
    UNFINISHED,
    NumberSeries,
    RefusalReason,
    RequestedItem,
    RequestState,
    RequestStep,
    SharingRequest,
)

__all__ = [
    "LIVE",
    "LIVE_AGREEMENT",
    "UNFINISHED",
    "Agreement",
    "AgreementItem",
    "AgreementState",
    "AgreementStep",
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
