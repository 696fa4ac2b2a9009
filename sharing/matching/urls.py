from django.urls import path

from . import views

app_name = "matching"
urlpatterns = [
    path("demands/", views.demand_list, name="demand_list"),
    path("demands/new/", views.demand_new, name="demand_new"),
    path("demands/<str:number>/", views.demand, name="demand"),
    path("demands/<str:number>/<str:move>/", views.demand_move, name="demand_move"),
    path("lists/<str:kind>/", views.listed, name="listed"),
    path("lists/<str:kind>/export.<str:form>", views.listed_file, name="listed_file"),
    path("challenges/", views.challenge_list, name="challenge_list"),
    path("challenges/new/<int:pk>/", views.challenge_new, name="challenge_new"),
    path("challenges/<int:pk>/", views.challenge, name="challenge"),
    path("challenges/<int:pk>/view/", views.challenge_view, name="challenge_view"),
    path("challenges/<int:pk>/decide/", views.challenge_decide, name="challenge_decide"),
]
