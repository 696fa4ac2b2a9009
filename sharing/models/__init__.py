from .agreement import (
    LIVE_AGREEMENT,
    Agreement,
    AgreementItem,
    AgreementState,
    AgreementStep,
)
from .application import Application, BasketEntry
from .attachment import RequestAttachment
from .deadline import Deadline, DeadlineKind
from .end_plan import EndPlan
from .note import RequestNote, Verdict
from .notice import ChangeNotice
from .prepared import UNDER_WAY, PreparedExport, PreparedState
from .pseudonym import PseudonymKey
from .pull import Pull, PullKind, PullResult
from .push import (
    PUSHES_UNDER_WAY,
    Push,
    PushMode,
    PushSchedule,
    PushState,
    PushTarget,
    TargetKind,
    WhyWhole,
)
from .request import (
    LIVE,
    UNFINISHED,
    NumberSeries,
    RefusalReason,
    RequestedItem,
    RequestState,
    RequestStep,
    SharingRequest,
    UseFrequency,
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
from .terms_template import TermsTemplate

__all__ = [
    "LIVE",
    "LIVE_AGREEMENT",
    "MOST_EXTENSION_DAYS",
    "PUSHES_UNDER_WAY",
    "UNDER_WAY",
    "UNFINISHED",
    "Agreement",
    "AgreementConfirmation",
    "AgreementItem",
    "AgreementState",
    "AgreementStep",
    "AgreementVersion",
    "AnswerExtension",
    "Application",
    "BasketEntry",
    "ChangeNotice",
    "Deadline",
    "DeadlineKind",
    "Dispute",
    "DisputeOutcome",
    "EndPlan",
    "NumberSeries",
    "Offer",
    "PreparedExport",
    "PreparedState",
    "PseudonymKey",
    "Pull",
    "PullKind",
    "PullResult",
    "Push",
    "PushMode",
    "PushSchedule",
    "PushState",
    "PushTarget",
    "RefusalReason",
    "RequestAttachment",
    "RequestNote",
    "RequestState",
    "RequestStep",
    "RequestedItem",
    "SharingRequest",
    "Side",
    "SupplementNotice",
    "Suspension",
    "TargetKind",
    "TermsTemplate",
    "UseFrequency",
    "Verdict",
    "VersionKind",
    "WhyWhole",
]
