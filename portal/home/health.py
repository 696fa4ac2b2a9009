"""Whether the portal lives and can work, and its figures, for machines that watch it."""

import hmac
import ipaddress

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.cache import cache
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET
from django_prometheus.exports import ExportToDjangoView
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

from portal.celery import app


@login_not_required
@never_cache
@require_GET
def healthz(request: HttpRequest) -> JsonResponse:
    """This process answers; says nothing of what it depends on."""
    return JsonResponse({"status": "ok"})


@login_not_required
@never_cache
@require_GET
def readyz(request: HttpRequest) -> JsonResponse:
    """200 when database, cache, broker and a worker answer, else 503 with what does not."""
    checks = {
        "database": _database(),
        "cache": _cache(),
        "worker": _worker(),
    }
    ready = all(checks.values())
    words = {name: "ok" if fine else "unreachable" for name, fine in checks.items()}
    return JsonResponse(
        {"status": "ok" if ready else "unready", **words}, status=200 if ready else 503
    )


def _database() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return False
    return True


def _cache() -> bool:
    try:
        cache.set("readyz", 1, 5)
    except RedisError:
        return False
    return True


def _worker() -> bool:
    """One worker's reply through the broker is enough; at most a second is waited for it."""
    try:
        return bool(app.control.broadcast("ping", reply=True, timeout=1.0, limit=1))
    except (OperationalError, RedisError, OSError):
        return False


@login_not_required
@never_cache
@require_GET
def metrics(request: HttpRequest) -> HttpResponse:
    """Prometheus figures: with `METRICS_TOKEN` as bearer, or from this machine itself; 404 for all others."""
    if not _may_scrape(request):
        return HttpResponse(status=404)
    answer: HttpResponse = ExportToDjangoView(request)
    return answer


def _may_scrape(request: HttpRequest) -> bool:
    token: str = settings.METRICS_TOKEN
    given = request.headers.get("Authorization", "")
    if token:
        return hmac.compare_digest(given.encode(), f"Bearer {token}".encode())
    if "X-Forwarded-For" in request.headers or "Forwarded" in request.headers:
        return False
    return ipaddress.ip_address(request.META["REMOTE_ADDR"]).is_loopback
