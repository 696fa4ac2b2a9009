from django.utils.translation import gettext_lazy as _

from portal.common.text import Text

ACTIONS: dict[str, Text] = {
    "audit.access.deny": _("was refused a page or an act"),
    "audit.access.miss": _("asked for what does not exist or may not be seen"),
    "audit.access.repeat": _("was refused the same again within the minute"),
    "audit.search": _("searched the audit trail"),
    "audit.entry.read": _("opened an audit entry"),
    "audit.export": _("began an export of the audit trail"),
    "audit.export.finish": _("ended an export of the audit trail"),
    "audit.proof.read": _("fetched the proof of an audit entry"),
    "audit.seals.read": _("looked at the sealing of the audit trail"),
    "audit.chain.end": _("ended the earlier chain of the audit trail"),
    "audit.month.archive": _("copied a month of the audit trail to its archive"),
    "audit.month.drop": _("took an archived month of the audit trail out of the database"),
    "audit.month.restore": _("brought an archived month of the audit trail back"),
    "audit.filter.create": _("saved a filter of the audit trail"),
    "audit.filter.rename": _("renamed a saved filter of the audit trail"),
    "audit.filter.delete": _("deleted a saved filter of the audit trail"),
    "audit.other.add": _("began to keep the heads of another portal"),
    "audit.other.trust": _("took over a key of another portal"),
    "audit.other.refuse": _("brought heads of another portal that were refused"),
    "audit.other.fork": _("brought a head of another portal that contradicts the kept ones"),
    "audit.other.read": _("looked at the kept heads of other portals"),
    "audit.other.export": _("fetched the kept heads of another portal"),
    "audit.verify": _("verified the whole audit trail"),
}
