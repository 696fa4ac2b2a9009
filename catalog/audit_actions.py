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
    "catalog.resource.revise": _("change of a published entry begun"),
    "catalog.resource.renew": _("changed entry published"),
    "catalog.resource.merge": _("change taken over into the published entry"),
    "catalog.resource.discard": _("change discarded"),
    "catalog.resource.grant": _("right on an entry granted"),
    "catalog.resource.revoke": _("right on an entry taken back"),
    "catalog.resource.audience": _("audience of an entry settled"),
    **SOURCE_ACTIONS,
}
