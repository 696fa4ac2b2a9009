from django.urls import path

from . import source_jobs, source_pages, source_runs

urlpatterns = [
    path("sources/", source_pages.source_list, name="source_list"),
    path("sources/new/", source_pages.source_create, name="source_create"),
    path("sources/<int:pk>/", source_pages.source, name="source"),
    path("sources/<int:pk>/edit/", source_pages.source_edit, name="source_edit"),
    path("sources/<int:pk>/test/", source_pages.source_test, name="source_test"),
    path("<int:pk>/sync/", source_jobs.sync_job, name="sync_job"),
    path("<int:pk>/sync/edit/", source_jobs.sync_job_edit, name="sync_job_edit"),
    path("<int:pk>/sync/schedule/", source_jobs.schedule, name="sync_schedule"),
    path("<int:pk>/sync/run/", source_jobs.run_start, name="run_start"),
    path("runs/", source_runs.run_list, name="run_list"),
    path("runs/<int:pk>/", source_runs.run, name="run"),
    path("runs/<int:pk>/live/", source_runs.run_live, name="run_live"),
]
