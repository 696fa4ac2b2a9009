from django.urls import path

from . import harvests, interfaces, quality_views, source_files, source_views

urlpatterns = [
    path("sources/", source_views.SourceList.as_view(), name="source-list"),
    path("sources/<int:pk>/", source_views.SourceDetail.as_view(), name="source-detail"),
    path("sources/<int:pk>/test/", source_views.SourceTest.as_view(), name="source-test"),
    path("sources/<int:pk>/upload/", source_files.SourceUploadView.as_view(), name="source-upload"),
    path("sources/<int:pk>/items/", source_files.SourceItems.as_view(), name="source-items"),
    path("sources/<int:pk>/harvests/", harvests.HarvestList.as_view(), name="harvest-list"),
    path(
        "sources/<int:pk>/harvests/<int:harvest>/",
        harvests.HarvestDetail.as_view(),
        name="harvest-detail",
    ),
    path(
        "sources/<int:pk>/harvest-schedule/",
        harvests.HarvestScheduleDetail.as_view(),
        name="harvest-schedule",
    ),
    path(
        "sources/<int:pk>/harvested-datasets/",
        harvests.DatasetList.as_view(),
        name="harvested-dataset-list",
    ),
    path("source-networks/", source_files.NetworkList.as_view(), name="network-list"),
    path(
        "source-networks/<int:pk>/close/",
        source_files.NetworkClose.as_view(),
        name="network-close",
    ),
    path("resources/<int:pk>/sync-job/", source_views.JobDetail.as_view(), name="sync-job"),
    path("resources/<int:pk>/sync-job/run/", source_views.JobRun.as_view(), name="sync-job-run"),
    path(
        "resources/<int:pk>/sync-job/runs/", source_views.JobRunList.as_view(), name="sync-run-list"
    ),
    path(
        "resources/<int:pk>/sync-job/rules/",
        quality_views.JobRulesDetail.as_view(),
        name="sync-job-rules",
    ),
    path(
        "resources/<int:pk>/sync-job/quarantine/",
        quality_views.QuarantineList.as_view(),
        name="sync-job-quarantine",
    ),
    path(
        "resources/<int:pk>/sync-job/reports/",
        quality_views.ReportList.as_view(),
        name="sync-job-reports",
    ),
    path(
        "resources/<int:pk>/sync-job/accept/",
        source_views.StructureAccept.as_view(),
        name="sync-job-accept",
    ),
    path("interfaces/", interfaces.InterfaceList.as_view(), name="interface-list"),
    path(
        "resources/<int:pk>/interface/",
        interfaces.ResourceInterface.as_view(),
        name="resource-interface",
    ),
    path(
        "resources/<int:pk>/interface/calls/",
        interfaces.InterfaceCalls.as_view(),
        name="interface-calls",
    ),
    path(
        "resources/<int:pk>/interface/calls/<int:call>/forbid/",
        interfaces.InterfaceCallForbid.as_view(),
        name="interface-call-forbid",
    ),
    path(
        "resources/<int:pk>/interface/calls/<int:call>/try/",
        interfaces.InterfaceCallTry.as_view(),
        name="interface-call-try",
    ),
    path(
        "resources/<int:pk>/interface/open/",
        interfaces.InterfaceOpen.as_view(),
        name="interface-open",
    ),
    path(
        "resources/<int:pk>/interface/close/",
        interfaces.InterfaceClose.as_view(),
        name="interface-close",
    ),
    path("sync-runs/<int:pk>/cancel/", source_views.RunCancel.as_view(), name="sync-run-cancel"),
    path("sync-runs/<int:pk>/", source_views.RunDetail.as_view(), name="sync-run-detail"),
]
