"""What waits for a person, in the words of the inbox."""

from dataclasses import dataclass
from datetime import date

from portal.common.text import Text


@dataclass(frozen=True, slots=True)
class Task:
    """One thing that one person has to do. Inboxes sort by `due`, those without a date last.

    `legal` says that the law sets the date; `provisional` that the year's calendar is not published
    yet; `region` whose days count. `consequence` is what happens when nobody acts; `action` is the
    word on the button.
    """

    kind: str
    title: str
    detail: Text
    url: str
    action: Text
    due: date | None = None
    legal: bool = False
    provisional: bool = False
    consequence: Text = ""
    is_met: bool = False
    region: str = ""
