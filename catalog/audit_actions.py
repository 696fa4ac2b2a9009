from django.utils.translation import gettext_lazy as _

from catalog.sources.audit_actions import ACTIONS as SOURCE_ACTIONS
from catalog.standards.audit_actions import ACTIONS as STANDARD_ACTIONS
from portal.common.text import Text

ACTIONS: dict[str, Text] = {
    "catalog.resource.create": _("entry drafted"),
    "catalog.resource.change": _("entry changed"),
    "catalog.resource.assess": _("entry assessed"),
    "catalog.resource.submit": _("entry submitted"),
    "catalog.resource.approve": _("entry approved"),
    "catalog.resource.publish": _("entry published"),
    "catalog.resource.send_back": _("entry sent back"),
    "catalog.resource.withdraw": _("entry withdrawn"),
    "catalog.resource.revise": _("change of a published entry begun"),
    "catalog.resource.renew": _("changed entry published"),
    "catalog.resource.merge": _("change taken over into the published entry"),
    "catalog.resource.discard": _("change discarded"),
    "catalog.resource.grant": _("right on an entry granted"),
    "catalog.resource.revoke": _("right on an entry taken back"),
    "catalog.resource.audience": _("audience of an entry settled"),
    "catalog.update_duty.record": _("change that asks for an update recorded"),
    "catalog.update_duty.answer": _("entry named that answers a change"),
    "catalog.update_duty.receive": _("update of an entry received"),
    "catalog.update_duty.return": _("update of an entry sent back"),
    "catalog.update_duty.publish": _("update of an entry published"),
    "catalog.update_duty.withdraw": _("entry withdrawn after a change"),
    "catalog.update_duty.ask_extension": _("extension of an update asked"),
    "catalog.update_duty.extend": _("extension of an update consented to"),
    "catalog.update_duty.refuse_extension": _("extension of an update refused"),
    "catalog.update_duty.propose_close": _("closing without a change proposed"),
    "catalog.update_duty.close": _("update duty closed without a change"),
    "catalog.update_duty.reject_close": _("closing without a change rejected"),
    "catalog.deadline.overdue": _("deadline of the catalogue passed"),
    "catalog.deadline.recompute": _("deadline of the catalogue counted anew"),
    "catalog.resource.remove": _("draft removed"),
    "catalog.import.receive": _("entries brought in by file"),
    "catalog.import.apply": _("entries imported"),
    "catalog.import.undo": _("import undone"),
    "catalog.import.fail": _("import failed"),
    **SOURCE_ACTIONS,
    **STANDARD_ACTIONS,
}
