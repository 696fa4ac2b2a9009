from .agreement import (
    LIVE_AGREEMENT,
    Agreement,
    AgreementItem,
    AgreementState,
    AgreementStep,
)
from .deadline import Deadline, DeadlineKind
from .end_plan import EndPlan
from .notice import ChangeNotice
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
from .request_acts import (
    MOST_EXTENSION_DAYS,
    AnswerExtension,
    Dispute,
    DisputeOutcome,
    Offer,
    SupplementNotice,
)
from .suspension import Suspension
from .terms import AgreementConfirmation, AgreementVersion, Side, VersionKind

__all__ = [
    "LIVE",
    "LIVE_AGREEMENT",
    "MOST_EXTENSION_DAYS",
    "UNFINISHED",
    "Agreement",
    "AgreementConfirmation",
    "AgreementItem",
    "AgreementState",
    "AgreementStep",
    "AgreementVersion",
    "AnswerExtension",
    "ChangeNotice",
    "Deadline",
    "DeadlineKind",
    "Dispute",
    "DisputeOutcome",
    "EndPlan",
    "NumberSeries",
    "Offer",
    "Pull",
    "PullKind",
    "PullResult",
    "RefusalReason",
    "RequestState",
    "RequestStep",
    "RequestedItem",
    "SharingRequest",
    "Side",
    "SupplementNotice",
    "Suspension",
    "VersionKind",
]
