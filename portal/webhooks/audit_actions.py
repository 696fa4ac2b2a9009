from django.utils.translation import gettext_lazy as _

from portal.common.text import Text

ACTIONS: dict[str, Text] = {
    "webhooks.endpoint.add": _("added a webhook"),
    "webhooks.endpoint.change": _("changed a webhook"),
    "webhooks.endpoint.rotate": _("renewed the secret of a webhook"),
    "webhooks.endpoint.enable": _("switched a webhook on"),
    "webhooks.endpoint.disable": _("switched a webhook off"),
    "webhooks.endpoint.remove": _("removed a webhook"),
    "webhooks.endpoint.test": _("sent a test to a webhook"),
    "webhooks.endpoint.fail": _("switched off a webhook that failed repeatedly"),
    "webhooks.delivery.replay": _("sent a webhook's event again"),
    "webhooks.delivery.fail": _("gave up an event of a webhook"),
}
