from django.urls import path

from . import views

app_name = "webhooks"
ONE = "<int:pk>/webhooks/<int:endpoint>"
urlpatterns = [
    path("<int:pk>/webhooks/", views.endpoint_list, name="endpoint_list"),
    path(f"{ONE}/", views.endpoint, name="endpoint"),
    path(f"{ONE}/change/", views.endpoint_change, name="endpoint_change"),
    path(f"{ONE}/test/", views.endpoint_test, name="endpoint_test"),
    path(f"{ONE}/enable/", views.endpoint_enable, name="endpoint_enable"),
    path(f"{ONE}/disable/", views.endpoint_disable, name="endpoint_disable"),
    path(f"{ONE}/rotate/", views.endpoint_rotate, name="endpoint_rotate"),
    path(f"{ONE}/remove/", views.endpoint_remove, name="endpoint_remove"),
    path(f"{ONE}/deliveries/<int:delivery>/replay/", views.delivery_replay, name="delivery_replay"),
]
