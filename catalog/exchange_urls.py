"""Addresses that other systems expect at the root of a portal."""

from django.urls import URLPattern, path

from catalog.api import feeds
from catalog.formats.dcat import FORMATS

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
]
