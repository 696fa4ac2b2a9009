from .department import Department
from .person import Duty, DutyKind, User
from .region import Region, RegionLevel
from .substitution import Substitution
from .system import ApiKey, InformationSystem

__all__ = [
    "ApiKey",
    "Department",
    "Duty",
    "DutyKind",
    "InformationSystem",
    "Region",
    "RegionLevel",
    "Substitution",
    "User",
]
