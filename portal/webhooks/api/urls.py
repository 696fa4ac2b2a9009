from django.urls import path

from . import views

ONE = "<int:pk>/webhooks/<int:endpoint>"
urlpatterns = [
    path("<int:pk>/webhooks/", views.Endpoints.as_view(), name="webhook-list"),
    path(f"{ONE}/", views.EndpointDetail.as_view(), name="webhook-detail"),
    path(f"{ONE}/test/", views.EndpointTest.as_view(), name="webhook-test"),
    path(f"{ONE}/enable/", views.EndpointEnable.as_view(), name="webhook-enable"),
    path(f"{ONE}/disable/", views.EndpointDisable.as_view(), name="webhook-disable"),
    path(f"{ONE}/rotate/", views.EndpointRotate.as_view(), name="webhook-rotate"),
    path(f"{ONE}/remove/", views.EndpointRemove.as_view(), name="webhook-remove"),
    path(f"{ONE}/deliveries/", views.Deliveries.as_view(), name="webhook-deliveries"),
    path(
        f"{ONE}/deliveries/<int:delivery>/replay/",
        views.DeliveryReplay.as_view(),
        name="webhook-replay",
    ),
]
