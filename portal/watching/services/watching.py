"""One round over what came into the trail: habits are brought up to date, rules asked, alerts raised.

One transaction: a round that is killed leaves nothing behind, and the next one begins where it began.
Whatever is found is found for the whole day, and an alert is one a rule, subject and day: a round over
entries that were seen before raises nothing again.
"""

import json
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import structlog
from django.db import connection, transaction

import audit.services
from audit.following import News, Place, news_since
from portal.clocks.models import NoticeKind
from portal.clocks.services.telling import tell
from portal.organisation.models import DutyKind, User
from portal.organisation.selectors import holders
from portal.watching import stream
from portal.watching.limits import InForce, in_force
from portal.watching.models import Alert, CaseMove, CaseStep, WatchPlace
from portal.watching.querysets import PROVIDER_DUTIES
from portal.watching.rules import COLUMNS

logger = structlog.get_logger(__name__)

LOCK = "SELECT pg_try_advisory_xact_lock('watching_watchplace'::regclass::oid::int, 0)"
# What the first round looks at: enough for every rule to have its habits.
LOOK_BACK = timedelta(days=40)

RAISE = """
INSERT INTO watching_alert (rule, subject, day, agreement_id, actor, actor_name, figures, rule_version,
    state, version, raised_at)
VALUES (%(rule)s, %(subject)s, %(day)s, (SELECT id FROM sharing_agreement WHERE id = %(agreement_id)s),
    %(actor)s, %(actor_name)s, %(figures)s::jsonb, %(rule_version)s, 'open', 1, clock_timestamp())
ON CONFLICT (rule, subject, day) DO UPDATE SET figures = EXCLUDED.figures
RETURNING id, xmax = 0
"""

EVIDENCE = """
INSERT INTO watching_alertentry (alert_id, entry_id) SELECT %s, unnest(%s::bigint[])
ON CONFLICT DO NOTHING
"""


@dataclass(frozen=True, slots=True)
class Round:
    """What one round found; `raised` are the keys of new alerts."""

    raised: list[int]
    found: int


def watch() -> Round | None:
    """None while another round is on. Must not be called inside another transaction."""
    with transaction.atomic(durable=True), connection.cursor() as cursor:
        cursor.execute(LOCK)
        if not (cursor.fetchone() or (False,))[0]:
            return None
        held = WatchPlace.objects.first()
        news = news_since(
            Place(held.snapshot, held.cluster, held.at) if held else None, look_back=LOOK_BACK
        )
        done = Round([], 0) if stream.is_empty(news) else _round(news)
        _remember(held, news.place)
    if done.raised:
        logger.info("watching_raised", alerts=done.raised)
    return done


def _round(news: News) -> Round:
    stream.keep_habits(news)
    raised, found = [], 0
    for rule in in_force():
        if not rule.is_on:
            continue
        for one in _found(rule, news):
            found += 1
            if (new := _raise(rule, one)) is not None:
                raised.append(new)
    return Round(raised, found)


def _found(held: InForce, news: News) -> list[dict[str, Any]]:
    with connection.cursor() as cursor:
        cursor.execute(
            stream.new_entries(news) + held.rule.find, {**stream.given(news), **held.limits}
        )
        return [dict(zip(COLUMNS, row, strict=True)) for row in cursor.fetchall()]


def _raise(held: InForce, found: dict[str, Any]) -> int | None:
    """The key of the alert when it is a new one; an earlier one is brought up to date."""
    told = found["figures"]
    figures = json.loads(told) if isinstance(told, str) else told
    row = {
        **found,
        "rule": held.rule.code,
        "rule_version": held.version,
        "actor_name": found["actor_name"] or "",
        "figures": json.dumps({"found": figures, "limits": held.limits}),
    }
    with connection.cursor() as cursor:
        cursor.execute(RAISE, row)
        key, is_new = cursor.fetchone() or (0, False)
        cursor.execute(EVIDENCE, [key, found["entry_ids"]])
    if not is_new:
        return None
    alert = Alert.objects.select_related("agreement__provider").get(pk=key)
    CaseStep.objects.create(alert=alert, move=CaseMove.RAISE)
    audit.services.record(
        actor=None,
        action="watching.alert.raise",
        target=alert,
        rule=alert.rule,
        rule_version=alert.rule_version,
        subject=alert.subject,
        day=alert.day,
        figures=figures,
    )
    tell(
        people=_people(alert),
        kind=NoticeKind.ALERT,
        about=Alert._meta.label_lower,
        about_id=alert.pk,
        occasion=str(alert.pk),
    )
    return alert.pk


def _people(alert: Alert) -> set[int]:
    """The security administrators, and of the provider whoever works on its cases; not who is watched."""
    administrators = User.objects.filter(
        is_active=True, duty_set__kind=DutyKind.SECURITY_ADMIN
    ).values_list("pk", flat=True)
    found = set(administrators)
    if alert.agreement is not None:
        for duty in PROVIDER_DUTIES:
            found |= set(holders(alert.agreement.provider, duty).values_list("pk", flat=True))
    return {key for key in found if alert.actor != f"person:{key}"}


def _remember(held: WatchPlace | None, place: Place) -> None:
    row = held or WatchPlace()
    row.snapshot, row.cluster, row.at = place.snapshot, place.cluster, place.at
    row.save()
