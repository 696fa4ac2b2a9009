from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ClocksConfig(AppConfig):
    name = "portal.clocks"
    verbose_name = _("Deadlines and notices")

    def ready(self) -> None:
        from . import registry

        registry.collect()
