"""`fields=`: answers with what the caller needs alone; and answers that need not be sent again."""

from collections.abc import Collection
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.cache import patch_vary_headers
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views.decorators.http import conditional_page
from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer, ListSerializer
from rest_framework.views import APIView

from portal.common.errors import Invalid

FIELDS = OpenApiParameter(
    "fields", str, description="names of fields, separated by commas: only these are answered"
)


def narrowed(serializer: BaseSerializer[Any], request: Request) -> BaseSerializer[Any]:
    """The serializer without what `fields` does not name; a name that it has not is refused."""
    asked = [
        name.strip() for one in request.query_params.getlist("fields") for name in one.split(",")
    ]
    wanted = set(filter(None, asked))
    if not wanted:
        return serializer
    one: Any = serializer.child if isinstance(serializer, ListSerializer) else serializer
    _check(wanted, one.fields)
    for name in [name for name in one.fields if name not in wanted]:
        one.fields.pop(name)
    return serializer


def _check(wanted: Collection[str], known: Collection[str]) -> None:
    if strange := sorted(set(wanted) - set(known)):
        words = [_('There is no field "%(name)s".') % {"name": name[:60]} for name in strange[:20]]
        raise Invalid(_("The input has errors."), fields={"fields": words})


class Revalidated(APIView):
    """Answers to GET carry a tag of what is in them, and 304 when the caller has just that.

    The tag is made of the bytes of the answer, so it is right for whoever asks, for every query and
    after every change; it spares the way, not the work. Nothing between may hand it to another.
    """

    @method_decorator(conditional_page)
    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        return super().dispatch(request, *args, **kwargs)

    def finalize_response(
        self, request: Request, response: Response, *args: Any, **kwargs: Any
    ) -> Response:
        answered: Response = super().finalize_response(request, response, *args, **kwargs)
        if request.method in {"GET", "HEAD"}:
            answered["Cache-Control"] = "private, no-cache"
            patch_vary_headers(answered, ["Authorization", "Cookie", "Accept-Language"])
        return answered
