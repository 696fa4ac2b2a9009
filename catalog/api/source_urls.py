from django.urls import path

from . import source_views

urlpatterns = [
    path("sources/", source_views.SourceList.as_view(), name="source-list"),
    path("sources/<int:pk>/", source_views.SourceDetail.as_view(), name="source-detail"),
    path("sources/<int:pk>/test/", source_views.SourceTest.as_view(), name="source-test"),
    path("resources/<int:pk>/sync-job/", source_views.JobDetail.as_view(), name="sync-job"),
    path("resources/<int:pk>/sync-job/run/", source_views.JobRun.as_view(), name="sync-job-run"),
    path(
        "resources/<int:pk>/sync-job/runs/", source_views.JobRunList.as_view(), name="sync-run-list"
    ),
    path("sync-runs/<int:pk>/", source_views.RunDetail.as_view(), name="sync-run-detail"),
]
