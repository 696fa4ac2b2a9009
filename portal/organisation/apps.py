from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class OrganisationConfig(AppConfig):
    name = "portal.organisation"
    verbose_name = _("organisation")

    def ready(self) -> None:
        from . import checks  # noqa: F401 - registers them
        from .api import schema  # noqa: F401 - registers them
