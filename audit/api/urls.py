from django.urls import path

from . import others, views

urlpatterns = [
    path("heads/", views.HeadList.as_view(), name="audit-head-list"),
    path("heads/latest/", views.LatestHead.as_view(), name="audit-head-latest"),
    path("heads/consistency/", views.HeadConsistency.as_view(), name="audit-head-consistency"),
    path("keys/", views.KeyList.as_view(), name="audit-key-list"),
    path("events/<int:pk>/proof", views.EventProof.as_view(), name="audit-event-proof"),
    path("others/", others.OtherPortalList.as_view(), name="audit-other-list"),
    path("others/<slug:name>/heads/", others.OtherHeadList.as_view(), name="audit-other-heads"),
    path(
        "others/<slug:name>/heads/latest/",
        others.LatestOtherHead.as_view(),
        name="audit-other-latest",
    ),
]
