from django.utils.translation import gettext_lazy as _

from portal.common.text import Text

ACTIONS: dict[str, Text] = {
    "sharing.request.start": _("sharing request drafted"),
    "sharing.request.change": _("sharing request changed"),
    "sharing.request.submit": _("sharing request submitted to the work body head"),
    "sharing.request.send_back": _("sharing request sent back to the applicant"),
    "sharing.request.approve": _("sharing request approved and handed to the provider"),
    "sharing.request.agree": _("sharing request agreed"),
    "sharing.request.refuse": _("sharing request refused"),
    "sharing.request.withdraw": _("sharing request withdrawn"),
    "sharing.agreement.make": _("agreement made"),
    "sharing.agreement.activate": _("agreement activated"),
    "sharing.agreement.terminate": _("agreement terminated"),
    "sharing.agreement.expire": _("agreement expired"),
    "sharing.deadline.overdue": _("deadline passed"),
    "sharing.deadline.recompute": _("deadline computed again"),
    "sharing.pull.finish": _("rows pulled"),
    "sharing.pull.deny": _("pull denied"),
    "sharing.pull.break": _("pull broken off"),
}
