"""The language and display switches, and the pages for errors."""

from django.contrib.auth.decorators import login_not_required
from django.contrib.staticfiles.storage import staticfiles_storage
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import check_for_language
from django.utils.translation import gettext as _
from django.views import i18n
from django.views.decorators.http import require_POST

from . import display, refusals
from .language import html_lang, language_chosen

STYLESHEETS = ("vendor/tabler/tabler.min.css", "css/tokens.css", "css/portal.css")


@login_not_required
@require_POST
def set_language(request: HttpRequest) -> HttpResponseBase:
    """Django's own, which keeps the choice in a cookie; whoever wants to keep it too is told."""
    answer: HttpResponseBase = i18n.set_language(request)
    chosen = request.POST.get(i18n.LANGUAGE_QUERY_PARAMETER, "")
    if check_for_language(chosen):
        language_chosen.send(sender=None, request=request, language=chosen)
    return answer


@login_not_required
@require_POST
def set_display(request: HttpRequest) -> HttpResponse:
    """Switch one display mode (`toggle`) on or off and go back."""
    response = HttpResponseRedirect(_way_back(request))
    wanted = request.POST.get("toggle", "")
    if wanted in set(display.Mode):
        modes = display.chosen(request) ^ {display.Mode(wanted)}
        display.remember(response, modes, secure=request.is_secure())
    return response


def _way_back(request: HttpRequest) -> str:
    wanted = request.POST.get("next", "")
    allowed = url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return wanted if allowed else "/"


@login_not_required
def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return render(request, "400.html", {"title": _("This address cannot be read")}, status=400)


@login_not_required
def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    refusals.tell("forbidden", str(exception))
    context = {"title": _("You may not do this"), "reason": str(exception)}
    return render(request, "403.html", context, status=403)


@login_not_required
def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return render(request, "404.html", {"title": _("Page not found")}, status=404)


@login_not_required
def server_error(request: HttpRequest) -> HttpResponse:
    """Asks nothing of database, session or context processors: they may be what failed."""
    page = render_to_string(
        "500.html",
        {
            "html_lang": html_lang(),
            "display_classes": display.classes(display.chosen(request)),
            "stylesheets": _stylesheets(),
            "request_id": request.META.get("HTTP_X_REQUEST_ID", ""),
        },
    )
    return HttpResponse(page, status=500)


def _stylesheets() -> list[str]:
    """Their addresses; none when the list of static files itself is what is broken."""
    try:
        return [staticfiles_storage.url(name) for name in STYLESHEETS]
    except ValueError:
        return []
