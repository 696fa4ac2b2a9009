from django.utils.translation import gettext_lazy as _

from portal.common.text import Text

ACTIONS: dict[str, Text] = {
    "catalog.code_list.create": _("code list added"),
    "catalog.code_list.draft": _("new version of a code list begun"),
    "catalog.code_list.write": _("codes of a draft written"),
    "catalog.code_list.discard": _("draft of a code list discarded"),
    "catalog.code_list.publish": _("version of a code list published"),
    "catalog.code_list.retire": _("code list retired"),
    "catalog.data_element.publish": _("version of a data element published"),
    "catalog.data_element.retire": _("data element retired"),
    "catalog.classification.add": _("classification added"),
    "catalog.classification.change": _("classification changed"),
    "catalog.classification.retire": _("classification retired"),
    "catalog.classification.load": _("classifications taken over from a table"),
}
