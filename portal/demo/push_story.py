"""Tables of requesters in the demonstration: real ones, pushed into for real, with what went wrong.

They lie in the requesters' own databases beside the portal's, each in a schema for what comes in
(前置库), with a user of its own that may write there.
"""

import secrets
from dataclasses import dataclass
from datetime import time, timedelta

from django.db import connection
from psycopg import sql

from catalog.sources.schedule import Rhythm, Schedule
from portal.demo.people import Cast
from portal.demo.sources import connected, database_of, ensure_account, ensure_database
from portal.organisation.models import DutyKind, User
from sharing.delivery import pushing
from sharing.models import Agreement, AgreementState, Push, PushMode, PushTarget
from sharing.services import push_targets, pushes
from sharing.services.push_targets import TargetData

SCHEMA = "front"


@dataclass(frozen=True, slots=True)
class Home:
    requester: str
    resource: str
    table: str
    mode: PushMode
    at: time


HOMES = (
    Home("medicare", "统计用区划代码", "divisions", PushMode.CHANGES, time(7, 0)),
    Home("farm", "福建省村级区划代码", "villages", PushMode.FULL, time(7, 30)),
)


def is_loaded() -> bool:
    return PushTarget.objects.count() >= len(HOMES)


def load(cast: Cast) -> None:
    """Register the tables and push into each a few times; may run again."""
    for home in HOMES:
        agreement = Agreement.objects.filter(
            requester=cast.departments[home.requester],
            resource__name=home.resource,
            state=AgreementState.ACTIVE,
        ).first()
        if agreement is None or PushTarget.objects.filter(agreement=agreement).exists():
            continue
        by = cast.holder(home.requester, DutyKind.STAFF)
        _register(home, agreement, by)
        _tell_story(home, agreement, by)


def _register(home: Home, agreement: Agreement, by: User) -> None:
    database = database_of(home.requester)
    writer, password = f"{database}_writer"[:63], secrets.token_urlsafe(18)
    ensure_database(database)
    ensure_account(writer, password)
    with connected(database) as own:
        own.execute(sql.SQL("CREATE SCHEMA IF NOT EXISTS {}").format(sql.Identifier(SCHEMA)))
        own.execute(
            sql.SQL("GRANT USAGE, CREATE ON SCHEMA {} TO {}").format(
                sql.Identifier(SCHEMA), sql.Identifier(writer)
            )
        )
    settings = connection.settings_dict
    data = TargetData(
        host=settings["HOST"],
        port=int(settings["PORT"] or 5432),
        database=database,
        username=writer,
        password=password,
        relation=f"{SCHEMA}.{home.table}",
        makes_table=True,
        mode=home.mode,
        schedule=Schedule(Rhythm.DAILY, home.at),
    )
    push_targets.set_target(agreement=agreement, version=0, data=data, by=by)
    push_targets.test_target(agreement=agreement, by=by)


def _tell_story(home: Home, agreement: Agreement, by: User) -> None:
    """A first push; one that a lock of the house refused; one after which the table differed; one that
    put it right."""
    _push(agreement, by, days_ago=6)
    table = sql.Identifier(SCHEMA, home.table)
    database = database_of(home.requester)
    writer = sql.Identifier(f"{database}_writer"[:63])
    if home.mode == PushMode.FULL:
        with connected(database) as own:
            own.execute(sql.SQL("REVOKE INSERT ON {} FROM {}").format(table, writer))
        _push(agreement, by, days_ago=3)
        with connected(database) as own:
            own.execute(sql.SQL("GRANT INSERT ON {} TO {}").format(table, writer))
    else:
        with connected(database) as own:
            own.execute(
                sql.SQL("DELETE FROM {0} WHERE ctid IN (SELECT ctid FROM {0} LIMIT 3)").format(
                    table
                )
            )
        _push(agreement, by, days_ago=3)
    _push(agreement, by, days_ago=2)
    _push(agreement, by, days_ago=1)


def _push(agreement: Agreement, by: User, *, days_ago: int) -> None:
    push = pushes.start(agreement=agreement, by=by)
    pushing.execute(push_id=push.pk)
    # The page shows days; the audit trail keeps when it was.
    now = Push.objects.get(pk=push.pk)
    shift = timedelta(days=days_ago)
    Push.objects.filter(pk=push.pk).update(
        asked_at=now.asked_at - shift,
        started_at=now.started_at - shift if now.started_at else None,
        finished_at=now.finished_at - shift if now.finished_at else None,
    )
