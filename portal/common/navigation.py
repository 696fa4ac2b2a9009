"""What the site navigation is made of; `portal.home.navigation` fills it by duty."""

from collections.abc import Sequence
from dataclasses import dataclass

from portal.common.text import Text


@dataclass(frozen=True, slots=True)
class NavItem:
    """One link. `count` is shown behind the label, loudly when `is_due`."""

    label: Text
    url: str
    icon: str
    count: int | None = None
    is_due: bool = False
    is_current: bool = False


@dataclass(frozen=True, slots=True)
class NavGroup:
    """Links under one small heading."""

    title: Text
    items: Sequence[NavItem]
