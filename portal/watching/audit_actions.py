from django.utils.translation import gettext_lazy as _

from portal.common.text import Text

ACTIONS: dict[str, Text] = {
    "watching.alert.raise": _("alert raised by a rule"),
    "watching.case.look": _("case of an alert taken up"),
    "watching.case.note": _("note on the case of an alert"),
    "watching.case.confirm": _("case of an alert closed: a true alarm"),
    "watching.case.dismiss": _("case of an alert closed: a false alarm"),
    "watching.case.reopen": _("case of an alert opened again"),
    "watching.rule.change": _("thresholds of a rule changed"),
}
