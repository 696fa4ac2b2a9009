from .clock import WatchedClock
from .lapse import Lapse, LapseReversal
from .notice import Mail, Notice, NoticeKind, NoticePreference, Posting
from .policy import MOST_DAYS, ThresholdPolicy
from .recount import MovedClock, Recount

__all__ = [
    "MOST_DAYS",
    "Lapse",
    "LapseReversal",
    "Mail",
    "MovedClock",
    "Notice",
    "NoticeKind",
    "NoticePreference",
    "Posting",
    "Recount",
    "ThresholdPolicy",
    "WatchedClock",
]
