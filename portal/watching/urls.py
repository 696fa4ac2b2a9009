from django.urls import path

from . import views

app_name = "watching"
urlpatterns = [
    path("", views.case_list, name="case_list"),
    path("rules/", views.rule_list, name="rule_list"),
    path("rules/<slug:code>/", views.rule, name="rule"),
    path("<int:pk>/", views.case, name="case"),
    path("<int:pk>/evidence.zip", views.case_evidence, name="case_evidence"),
    path("<int:pk>/<slug:move>/", views.case_move, name="case_move"),
]
