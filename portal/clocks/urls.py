from django.urls import path

from .views import history, notices, recounts, thresholds

app_name = "clocks"
urlpatterns = [
    path("notices/", notices.notice_list, name="notice_list"),
    path("notices/read/", notices.read_all, name="read_all"),
    path("notices/posting/", notices.posting, name="posting"),
    path("notices/<int:pk>/open/", notices.follow, name="follow"),
    path("deadlines/thresholds/", thresholds.policy, name="thresholds"),
    path("deadlines/<str:label>/<int:pk>/", history.clock, name="clock"),
    path("deadlines/lapses/", recounts.lapse_list, name="lapse_list"),
    path("organisation/calendar/moved/", recounts.recount_list, name="recount_list"),
    path("organisation/calendar/preview/", recounts.preview, name="preview"),
    path("organisation/calendar/<int:pk>/moved/", recounts.recount, name="recount"),
]
