"""Which language a page speaks: the person's choice, the browser's, or Simplified Chinese."""

from django.dispatch import Signal
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.locale import LocaleMiddleware
from django.utils import translation
from django.utils.cache import patch_vary_headers

# Sent with `request` and `language` when somebody has switched it: who keeps it lies above.
language_chosen = Signal()
HTML_LANG = {"zh-hans": "zh-Hans", "en": "en"}


class BrowserLanguageMiddleware(LocaleMiddleware):
    """Cookie, else Accept-Language, else `LANGUAGE_CODE`; no language in the path.

    Django's own names only Accept-Language in `Vary`, though the cookie decides first: a cache
    would hand one reader's language to another.
    """

    def process_request(self, request: HttpRequest) -> None:
        language = translation.get_language_from_request(request)
        translation.activate(language)
        request.LANGUAGE_CODE = translation.get_language()

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        patch_vary_headers(response, ("Accept-Language", "Cookie"))
        response.headers.setdefault("Content-Language", html_lang())
        return response


def html_lang() -> str:
    """The BCP 47 tag of the language in use, as `<html lang>` wants it."""
    return HTML_LANG.get(translation.get_language() or "", "zh-Hans")
