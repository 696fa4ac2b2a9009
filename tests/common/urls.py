"""The addresses that the common pages link to, and some that fail on purpose."""

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import BadRequest, PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import include, path
from django.utils.translation import gettext
from django.views.decorators.csrf import csrf_protect


@login_not_required
def language(request: HttpRequest) -> HttpResponse:
    return HttpResponse(gettext("Home"))


@login_not_required
def page(request: HttpRequest) -> HttpResponse:
    return render(request, "base.html", {"title": "A page"})


@login_not_required
@csrf_protect
def guarded(request: HttpRequest) -> HttpResponse:
    return HttpResponse("in")


@login_not_required
def fail(request: HttpRequest, kind: str) -> HttpResponse:
    match kind:
        case "400":
            raise BadRequest("no")
        case "403":
            raise PermissionDenied
        case "403-reason":
            raise PermissionDenied("Only the provider may do this.")
        case "404":
            raise Http404
    raise RuntimeError("broken on purpose")


handler400 = "portal.common.views.bad_request"
handler403 = "portal.common.views.forbidden"
handler404 = "portal.common.views.not_found"
handler500 = "portal.common.views.server_error"

urlpatterns = [
    path("", include("portal.common.urls")),
    path("language-in-use/", language),
    path("page/", page),
    path("guarded/", guarded),
    path("fail/<str:kind>/", fail),
    path("", include(([path("", page, name="index")], "home"))),
    path("catalog/", include(([path("", page, name="resource_list")], "catalog"))),
    path("notices/", include(([path("", page, name="notice_list")], "clocks"))),
    path("docs/", page, name="docs"),
    path("login/", page, name="account_login"),
    path("logout/", page, name="account_logout"),
    path("password/", page, name="account_change_password"),
    path("again/", page, name="account_reauthenticate"),
]
