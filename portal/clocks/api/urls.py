from django.urls import path

from . import recounts, views

urlpatterns = [
    path("notices/", views.NoticeList.as_view(), name="notice-list"),
    path("notices/read/", views.NoticesRead.as_view(), name="notices-read"),
    path("notices/posting/", views.PostingChoice.as_view(), name="notice-posting"),
    path("notices/<int:pk>/read/", views.NoticeRead.as_view(), name="notice-read"),
    path("deadlines/lapses/", views.LapseList.as_view(), name="lapse-list"),
    path("calendars/preview/", recounts.CalendarPreview.as_view(), name="calendar-preview"),
    path("calendars/recounts/", recounts.RecountList.as_view(), name="recount-list"),
    path("calendars/recounts/<int:pk>/", recounts.RecountMoves.as_view(), name="recount-moves"),
    path("deadlines/thresholds/", views.ThresholdsView.as_view(), name="thresholds"),
]
