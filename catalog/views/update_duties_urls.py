from django.urls import URLPattern, path

from . import update_duties as views

DUTY = "update-duties/<int:pk>"
urlpatterns: list[URLPattern] = [
    path("update-duties/", views.update_duty_list, name="update_duty_list"),
    path("update-duties/new/", views.update_duty_create, name="update_duty_create"),
    path(f"{DUTY}/", views.update_duty, name="update_duty"),
    path(f"{DUTY}/extension/", views.update_duty_extension, name="update_duty_extension"),
    path(
        f"{DUTY}/extension/decide/",
        views.update_duty_extension_decide,
        name="update_duty_extension_decide",
    ),
    path(f"{DUTY}/close/", views.update_duty_close, name="update_duty_close"),
    path(f"{DUTY}/close/decide/", views.update_duty_close_decide, name="update_duty_close_decide"),
    path(f"{DUTY}/answer/", views.update_duty_answer, name="update_duty_answer"),
    path(f"{DUTY}/entries/<int:entry>/count/", views.update_duty_count, name="update_duty_count"),
]
