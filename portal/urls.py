"""Which room answers which path."""

from django.contrib import admin
from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerView

from portal.organisation.api.token import SystemTokenView

# Looked through from the top: what systems call by the thousand comes first.
api = [
    path("", include("sharing.api.urls")),
    path("", include("catalog.api.urls")),
    path("", include("portal.organisation.api.urls")),
    path("", include("portal.clocks.api.urls")),
    path("", include("portal.supervision.api.urls")),
    path("", include("portal.watching.api.urls")),
    path("", include("sharing.matching.api.urls")),
    path("audit/", include("audit.api.urls")),
    path("systems/", include("portal.webhooks.api.urls")),
]

urlpatterns = [
    path("api/v1/", include((api, "api"))),
    path("", include("portal.home.urls")),
    path("", include("portal.common.urls")),
    path("", include("portal.clocks.urls")),
    path("", include("catalog.exchange_urls")),
    path("catalog/", include("catalog.urls")),
    path("sharing/", include("sharing.matching.urls")),
    path("sharing/", include("sharing.urls")),
    path("organisation/", include("portal.organisation.urls")),
    path("organisation/systems/", include("portal.webhooks.urls")),
    path("supervision/", include("portal.supervision.urls")),
    path("watching/", include("portal.watching.urls")),
    path("audit/", include("audit.urls")),
    path("accounts/", include("portal.organisation.accounts_urls")),
    path("admin/", admin.site.urls),
    path("oauth/token/", SystemTokenView.as_view(), name="token"),
    path("api/schema/", SpectacularAPIView.as_view(), name="schema"),
    path("api/docs/", SpectacularSwaggerView.as_view(url_name="schema"), name="docs"),
]

handler400 = "portal.common.views.bad_request"
handler403 = "portal.common.views.forbidden"
handler404 = "portal.common.views.not_found"
handler500 = "portal.common.views.server_error"
