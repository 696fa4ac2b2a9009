from django.utils.translation import gettext_lazy as _

from portal.common.text import Text

ACTIONS: dict[str, Text] = {"demo.seed_scale": _("synthetic province for measuring loaded")}
