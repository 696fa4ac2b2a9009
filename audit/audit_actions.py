from django.utils.translation import gettext_lazy as _

from portal.common.text import Text

ACTIONS: dict[str, Text] = {
    "audit.search": _("searched the audit trail"),
    "audit.entry.read": _("opened an audit entry"),
    "audit.export": _("began an export of the audit trail"),
    "audit.export.finish": _("ended an export of the audit trail"),
}
