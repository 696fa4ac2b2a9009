"""Keeping the answer to a call by its key, and forgetting it after a while."""

import hashlib
from collections.abc import Callable
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.common.errors import Invalid

from .models import KeptAnswer

LONGEST = 100
REPLAYED = "Idempotent-Replayed"


def checked_key(given: str) -> str:
    """The key of the header. Raises `Invalid` unless it is 1 to 100 visible ASCII characters."""
    if not 0 < len(given) <= LONGEST or not all("!" <= sign <= "~" for sign in given):
        words = _("An idempotency key is 1 to 100 visible ASCII characters.")
        raise Invalid(words, code="idempotency_key", fields={"Idempotency-Key": [words]})
    return given


def fingerprint(request: HttpRequest) -> str:
    """What was asked. Of files that are sent up only kind and length, of all else every byte."""
    told = [request.method or "", request.get_full_path(), request.content_type or ""]
    if request.content_type == "multipart/form-data":
        body = str(request.META.get("CONTENT_LENGTH", "")).encode()
    else:
        body = request.body
    return hashlib.sha256("\n".join(told).encode() + b"\n" + body).hexdigest()


def answered_once(
    *, caller: str, key: str, request: HttpRequest, act: Callable[[], HttpResponse]
) -> HttpResponse:
    """What `act` answers, or what it answered to the same caller under the same key before.

    A second call that comes while the first is at work waits for it. Raises `Invalid` when the key
    was used for another call.
    """
    asked = fingerprint(request)
    with transaction.atomic():
        # A second one waits here until the first has been committed, or undone.
        mine = KeptAnswer(caller=caller, key=key, fingerprint=asked)
        KeptAnswer.objects.bulk_create([mine], ignore_conflicts=True)
        held = KeptAnswer.objects.select_for_update().get(caller=caller, key=key)
        if held.status:
            return _given_again(held, asked)
        answer = act()
        if 200 <= answer.status_code < 300:
            held.status = answer.status_code
            held.content_type = answer.headers.get("Content-Type", "")
            held.body = answer.content.decode() if answer.content else ""
            held.save(update_fields=["status", "content_type", "body"])
        else:
            held.delete()
        return answer


def purge() -> int:
    """Forget answers older than `IDEMPOTENCY_KEPT_DAYS`; how many."""
    before = timezone.now() - timedelta(days=settings.IDEMPOTENCY_KEPT_DAYS)
    deleted, _kinds = KeptAnswer.objects.filter(at__lt=before).delete()
    return deleted


def _given_again(held: KeptAnswer, asked: str) -> HttpResponse:
    if held.fingerprint != asked:
        words = _("This idempotency key was used for another call.")
        raise Invalid(words, code="idempotency_key", fields={"Idempotency-Key": [words]})
    answer = HttpResponse(held.body, status=held.status, content_type=held.content_type or None)
    answer[REPLAYED] = "true"
    return answer
