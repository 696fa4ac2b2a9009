from django.utils.translation import gettext_lazy as _

from catalog.sources.audit_actions import ACTIONS as SOURCE_ACTIONS
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
    "catalog.resource.grant": _("right on an entry granted"),
    "catalog.resource.revoke": _("right on an entry taken back"),
    "catalog.resource.remove": _("draft removed"),
    "catalog.import.receive": _("entries brought in by file"),
    "catalog.import.apply": _("entries imported"),
    "catalog.import.undo": _("import undone"),
    "catalog.import.fail": _("import failed"),
    **SOURCE_ACTIONS,
}
