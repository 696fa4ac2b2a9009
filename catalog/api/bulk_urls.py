from django.urls import URLPattern, path

from . import bulk

urlpatterns: list[URLPattern] = [
    path("catalogue-imports/", bulk.ImportList.as_view(), name="import-list"),
    path("catalogue-imports/<int:pk>/", bulk.ImportDetail.as_view(), name="import-detail"),
    path("catalogue-imports/<int:pk>/check/", bulk.ImportCheck.as_view(), name="import-check"),
    path("catalogue-imports/<int:pk>/apply/", bulk.ImportApply.as_view(), name="import-apply"),
    path("catalogue-imports/<int:pk>/undo/", bulk.ImportUndo.as_view(), name="import-undo"),
    path("resources/workbook.xlsx", bulk.EntriesWorkbook.as_view(), name="resource-workbook"),
    path("resources/workbook.zip", bulk.EntriesCsv.as_view(), name="resource-csv"),
    path("resources/workbook.json", bulk.EntriesJson.as_view(), name="resource-json"),
]
