from django.urls import path

from .views import cases, compliance, desk

app_name = "supervision"
urlpatterns = [
    path("", desk.desk, name="desk"),
    path("departments/", desk.league, name="league"),
    path("departments/export.<str:form>", desk.league_file, name="league_file"),
    path("steps/", desk.work_page, name="work"),
    path("steps/export.<str:form>", desk.work_file, name="work_file"),
    path("indicators/<str:key>/", cases.indicator, name="indicator"),
    path("indicators/<str:key>/export.<str:form>", cases.indicator_file, name="indicator_file"),
    path("deadlines/", cases.deadlines, name="deadlines"),
    path("deadlines/export.<str:form>", cases.deadlines_file, name="deadlines_file"),
    path("refusals/", cases.refusals, name="refusals"),
    path("refusals/export.<str:form>", cases.refusals_file, name="refusals_file"),
    path("extensions/", cases.extensions, name="extensions"),
    path("extensions/export.<str:form>", cases.extensions_file, name="extensions_file"),
    path("compliance/", compliance.page, name="compliance"),
    path("compliance/export.<str:form>", compliance.page_file, name="compliance_file"),
]
