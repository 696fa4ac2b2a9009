"""Addresses that other systems expect at the root of a portal."""

from django.urls import URLPattern, path

from catalog.api import feeds
from catalog.api.ckan.dispatch import ActionView, StatusView
from catalog.formats.dcat import FORMATS
from catalog.views import crawlers

urlpatterns: list[URLPattern] = [
    path("catalog", feeds.CatalogueByAccept.as_view(), name="catalogue"),
    *(
        path(f"catalog.{form}", feeds.CatalogueFeed.as_view(form=form), name=f"catalogue-{form}")
        for form in FORMATS
    ),
    *(
        path(
            f"catalog/<int:pk>.{form}",
            feeds.DatasetFeed.as_view(form=form),
            name=f"dataset-{form}",
        )
        for form in FORMATS
    ),
    # CKAN's addresses, as its clients write them: a redirect would lose what they post.
    path("api/3/action/<str:action>", ActionView.as_view(), name="ckan-action"),
    path("api/3/action/<str:action>/", ActionView.as_view()),
    path("api/action/<str:action>", ActionView.as_view()),
    path("api/action/<str:action>/", ActionView.as_view()),
    path("api/util/status", StatusView.as_view(), name="ckan-status"),
    path("api/util/status/", StatusView.as_view()),
    path("sitemap.xml", crawlers.index, name="sitemap"),
    path("sitemap-<str:section>.xml", crawlers.sitemap, name="sitemap-section"),
    path("robots.txt", crawlers.robots, name="robots"),
]
