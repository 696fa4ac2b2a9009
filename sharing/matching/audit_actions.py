from django.utils.translation import gettext_lazy as _

from portal.common.text import Text

ACTIONS: dict[str, Text] = {
    "matching.demand.post": _("posted a demand for data"),
    "matching.demand.match": _("matched a demand to a department"),
    "matching.demand.accept": _("took a demand on as a duty of the catalogue"),
    "matching.demand.decline": _("declined a demand with reasons"),
    "matching.demand.refuse": _("refused a demand with reasons"),
    "matching.demand.link": _("answered a demand by an entry of the catalogue"),
    "matching.demand.merge": _("merged a demand into another one"),
    "matching.demand.join": _("joined a demand"),
    "matching.demand.withdraw": _("withdrew a demand"),
    "matching.challenge.raise": _("challenged how an entry is shared"),
    "matching.challenge.view": _("stated the provider's view on a challenge"),
    "matching.challenge.decide": _("decided a challenge of how an entry is shared"),
}
