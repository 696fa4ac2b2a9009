from django.urls import path

from . import views

urlpatterns = [
    path("demands/", views.DemandList.as_view(), name="demand-list"),
    path("demands/<str:number>/", views.DemandDetail.as_view(), name="demand-detail"),
    path("demands/<str:number>/<str:move>/", views.DemandMoveView.as_view(), name="demand-move"),
    path("lists/<str:kind>/", views.Listed.as_view(), name="listed"),
    path("challenges/", views.ChallengeList.as_view(), name="challenge-list"),
    path("challenges/<int:pk>/", views.ChallengeDetail.as_view(), name="challenge-detail"),
    path("challenges/<int:pk>/view/", views.ChallengeView.as_view(), name="challenge-view"),
    path("challenges/<int:pk>/decide/", views.ChallengeDecide.as_view(), name="challenge-decide"),
]
