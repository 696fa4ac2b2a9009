from django.urls import URLPattern, path

from . import bulk, bulk_review

urlpatterns: list[URLPattern] = [
    path("imports/", bulk.imports, name="bulk_imports"),
    path("imports/<int:pk>/", bulk.bulk_import, name="bulk_import"),
    path("imports/<int:pk>/live/", bulk.bulk_import_live, name="bulk_import_live"),
    path("imports/<int:pk>/check/", bulk.bulk_import_check, name="bulk_import_check"),
    path("imports/<int:pk>/apply/", bulk.bulk_import_apply, name="bulk_import_apply"),
    path("imports/<int:pk>/undo/", bulk.bulk_import_undo, name="bulk_import_undo"),
    path("imports/template.xlsx", bulk.workbook_template, name="workbook_template"),
    path("imports/entries.xlsx", bulk.workbook, name="workbook"),
    path("imports/entries.zip", bulk.csv_pair, name="workbook_csv"),
    path("imports/entries.json", bulk.document, name="workbook_json"),
    path("mine/submit/", bulk_review.bulk_submit, name="bulk_submit"),
    path("review/decide/", bulk_review.bulk_decide, name="bulk_decide"),
]
