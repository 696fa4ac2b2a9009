from django.urls import URLPattern, path

from . import catalogue, detail, drafting, reviewing

urlpatterns: list[URLPattern] = [
    path("", catalogue.resource_list, name="resource_list"),
    path("mine/", drafting.mine, name="my_resources"),
    path("review/", reviewing.review_list, name="review_list"),
    path("new/", drafting.resource_create, name="resource_create"),
    path("<int:pk>/", catalogue.resource, name="resource"),
    path("<int:pk>/profile/", detail.resource_profile, name="resource_profile"),
    path("<int:pk>/sample/", detail.resource_sample, name="resource_sample"),
    path("<int:pk>/edit/", drafting.resource_edit, name="resource_edit"),
    path("<int:pk>/assess/<slug:kind>/", drafting.resource_assess, name="resource_assess"),
    path("<int:pk>/submit/", drafting.resource_submit, name="resource_submit"),
    path("<int:pk>/decide/", reviewing.resource_decide, name="resource_decide"),
    path("<int:pk>/withdraw/", reviewing.resource_withdraw, name="resource_withdraw"),
]
