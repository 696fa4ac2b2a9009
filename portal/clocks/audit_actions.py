from django.utils.translation import gettext_lazy as _

from portal.common.text import Text

ACTIONS: dict[str, Text] = {
    "clocks.thresholds.change": _("thresholds of deadlines changed"),
    "clocks.posting.change": _("choice of e-mails changed"),
    "clocks.recount.finish": _("deadlines counted anew by a new calendar"),
    "clocks.mail.fail": _("e-mail with notices given up"),
}
