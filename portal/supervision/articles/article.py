from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from portal.common.text import Text

# The chapters of the Decree with the last article of each.
CHAPTERS: tuple[tuple[int, Text, int], ...] = (
    (1, _("General provisions"), 7),
    (2, _("Management"), 11),
    (3, _("Catalogue management"), 17),
    (4, _("Sharing and use"), 29),
    (5, _("Platform support"), 33),
    (6, _("Safeguards"), 38),
    (7, _("Legal liability"), 42),
    (8, _("Supplementary provisions"), 44),
)


@dataclass(frozen=True, slots=True)
class Article:
    """`does` is what the portal does, empty where no software can; `lacks` what it does not, and why.

    `pages` are names of views with the words of the link; `figures` keys of
    `portal.supervision.selectors.compliance.FIGURES`.
    """

    number: int
    asks: Text
    does: Text = ""
    lacks: Text = ""
    pages: tuple[tuple[str, Text], ...] = ()
    figures: tuple[str, ...] = ()

    @property
    def is_served(self) -> bool:
        return bool(self.does)

    @property
    def chapter(self) -> int:
        return next(number for number, _title, last in CHAPTERS if self.number <= last)
