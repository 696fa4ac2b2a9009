from django.apps import AppConfig
from django.contrib.admin import apps as admin_apps
from django.utils.translation import gettext_lazy as _

from portal.common.language import language_chosen


class OrganisationConfig(AppConfig):
    name = "portal.organisation"
    verbose_name = _("organisation")

    def ready(self) -> None:
        from . import checks  # noqa: F401 - registers them
        from .accounts import keep_chosen_language
        from .api import schema  # noqa: F401 - registers them

        language_chosen.connect(keep_chosen_language, dispatch_uid="organisation.language")


class PortalAdminConfig(admin_apps.AdminConfig):
    """Django's admin on our own site; listed in INSTALLED_APPS in place of `django.contrib.admin`."""

    default = False
    default_site = "portal.organisation.admin_site.PortalAdminSite"
