from django.apps import AppConfig
from django.contrib.admin import apps as admin_apps
from django.utils.translation import gettext_lazy as _


class OrganisationConfig(AppConfig):
    name = "portal.organisation"
    verbose_name = _("organisation")

    def ready(self) -> None:
        from . import checks  # noqa: F401 - registers them
        from .api import schema  # noqa: F401 - registers them


class PortalAdminConfig(admin_apps.AdminConfig):
    """Django's admin on our own site; listed in INSTALLED_APPS in place of `django.contrib.admin`."""

    default = False
    default_site = "portal.organisation.admin_site.PortalAdminSite"
