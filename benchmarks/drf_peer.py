"""What many would write: a DRF ModelSerializer over the same table, by keyset, without rights or audit."""

# ruff: noqa: E402  (Django has to be set up before models can be made)

import os
from typing import Any

import django

django.setup()

from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.urls import path
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

KINDS: dict[str, Any] = {
    "people": models.BigIntegerField(),
    "amount": models.DecimalField(max_digits=18, decimal_places=2),
    "rate": models.DecimalField(max_digits=18, decimal_places=2),
    "born": models.DateField(),
    "at": models.DateTimeField(),
    "flag": models.BooleanField(),
    "share": models.FloatField(),
}
NAMES = os.environ["BENCH_COLUMNS"].split(", ")


class Meta:
    app_label = "sharing"
    managed = False
    db_table = f'store"."{os.environ["BENCH_TABLE"]}'


Row: Any = type(
    "BenchRow",
    (models.Model,),
    {
        "__module__": __name__,
        "Meta": Meta,
        **{name: KINDS.get(name, models.TextField(null=True)) for name in NAMES if name != "code"},
        "code": models.CharField(max_length=12, primary_key=True),
    },
)


class RowSerializer(serializers.ModelSerializer[Any]):
    class Meta:
        model = Row
        fields = NAMES


class Rows(APIView):
    authentication_classes = ()
    permission_classes = ()

    def get(self, request: Request) -> Response:
        asked = request.query_params
        rows = Row.objects.filter(code__gt=asked["code__gt"]).order_by("code")
        return Response(RowSerializer(rows[: int(asked["limit"])], many=True).data)


def alive(request: HttpRequest) -> HttpResponse:
    return HttpResponse("ok")


urlpatterns = [path("", Rows.as_view()), path("healthz", alive)]


# No middleware of the portal's.
settings.ROOT_URLCONF = __name__
settings.MIDDLEWARE = []
application = WSGIHandler()
