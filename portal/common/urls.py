from django.urls import path

from . import views

app_name = "common"
urlpatterns = [
    path("language/", views.set_language, name="set_language"),
    path("display/", views.set_display, name="set_display"),
]
