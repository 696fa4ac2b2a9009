from .denials import RepeatedDenial
from .entries import ActorKind, ClockTimestamp, Entry, Result
from .filters import SavedFilter
from .others import OtherFork, OtherHead, OtherKey, OtherPortal
from .sealed import (
    HashAlgorithm,
    Leaf,
    Month,
    MonthState,
    Node,
    PublicKey,
    TreeHead,
    WitnessState,
)

__all__ = [
    "ActorKind",
    "ClockTimestamp",
    "Entry",
    "HashAlgorithm",
    "Leaf",
    "Month",
    "MonthState",
    "Node",
    "OtherFork",
    "OtherHead",
    "OtherKey",
    "OtherPortal",
    "PublicKey",
    "RepeatedDenial",
    "Result",
    "SavedFilter",
    "TreeHead",
    "WitnessState",
]
