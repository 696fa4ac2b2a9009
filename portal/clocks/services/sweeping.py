"""The sweep: which clocks have come to another stage, who is told, and what has lapsed.

Set-based, in chunks, each in a transaction of its own: a sweep that is killed has told whole chunks
and goes on there, and two that run at once share the work (SKIP LOCKED). A clock that a sweep finds
late, since none ran for a week, goes to its newest stage at once: of all stages that it passed over,
each person is told the newest that concerns them. See docs/adr/0018-clocks-and-notices.md.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

import audit.services
from audit.models import Result
from portal.clocks.models import NoticeKind
from portal.clocks.registry import ClockTable, tables
from portal.clocks.services.telling import POSTING
from portal.clocks.stages import Cut, Stage, cuts
from portal.clocks.thresholds import PLATFORM, thresholds_now
from portal.clocks.unread import forget_unread
from portal.organisation.models import DutyKind, Region
from portal.workdays.clocks import today
from portal.workdays.current import calendar_now

CHUNK = 5000
HEADS = (DutyKind.DEPARTMENT_HEAD, DutyKind.WORK_BODY_HEAD)
KINDS = {
    Stage.REMINDER: NoticeKind.REMINDER,
    Stage.DUE: NoticeKind.DUE,
    Stage.LAPSED: NoticeKind.LAPSED,
    Stage.HEAD: NoticeKind.HEAD,
    Stage.COMPETENT: NoticeKind.COMPETENT,
}

# Who holds a duty, and who stands in today for who holds it.
HOLDERS = """
    SELECT user_id, department_id, kind FROM organisation_duty
    UNION
    SELECT s.substitute_id, o.department_id, o.kind
    FROM organisation_substitution s JOIN organisation_duty o ON o.user_id = s.absent_id
    WHERE s.ended_at IS NULL AND %(today)s BETWEEN s.first AND s.last
"""
STAGE = f"""
    CASE WHEN c.due > %(today)s THEN {Stage.REMINDER.value}
         WHEN c.due = %(today)s THEN {Stage.DUE.value}
         WHEN c.due > cut.head THEN {Stage.LAPSED.value}
         WHEN c.due > cut.competent THEN {Stage.HEAD.value}
         ELSE {Stage.COMPETENT.value} END
"""
CUT = """
    cut AS MATERIALIZED (
        SELECT * FROM unnest(
            %(regions)s::text[], %(remind)s::date[], %(head)s::date[], %(competent)s::date[]
        ) AS cut (region, remind, head, competent)
    )
"""
# The conditions of the partial index of each table of clocks, word for word.
TICKING = "c.met_at IS NULL AND c.cancelled_at IS NULL AND c.paused_on IS NULL"
REACHED = f"""
    FROM {{rows}} c JOIN cut ON cut.region = c.region
    WHERE {TICKING} AND c.stage < {Stage.COMPETENT.value}
        AND c.due <= %(latest)s AND c.due <= cut.remind AND c.stage < {STAGE}
"""
CANDIDATES = f"WITH {CUT} SELECT c.id {REACHED} ORDER BY c.id"

# Whom a stage concerns: those who act, by kind of clock; the heads of their department; the officers
# of the region's competent department, or of that one level up where the holder is itself competent.
TELL = f"""
    WITH {CUT},
    reached AS MATERIALIZED (
        SELECT c.id, c.stage AS before, {STAGE} AS reached {REACHED} AND c.id = ANY(%(ids)s)
        ORDER BY c.id FOR UPDATE OF c SKIP LOCKED
    ),
    moved AS (
        UPDATE {{rows}} c SET
            stage = r.reached,
            lapsed_at = CASE WHEN r.reached >= {Stage.LAPSED.value}
                THEN COALESCE(c.lapsed_at, %(now)s) ELSE c.lapsed_at END
        FROM reached r WHERE r.id = c.id
        RETURNING c.*, r.before, r.reached
    ),
    lapsed AS (
        INSERT INTO clocks_lapse (
            about, about_id, holder_id, region, rule, kind, article, started_on, limit_days,
            extension_days, calendar_version, due
        )
        SELECT %(about)s, id, holder_id, region, rule, kind, article, started_on, limit_days,
            extension_days, calendar_version, due
        FROM moved WHERE before < {Stage.LAPSED.value} AND reached >= {Stage.LAPSED.value}
        ON CONFLICT DO NOTHING RETURNING about_id
    ),
    role (stage, told, kind, duty, is_competent) AS (
        SELECT * FROM unnest(
            %(role_stages)s::int[], %(role_told)s::text[], %(role_kinds)s::text[],
            %(role_duties)s::text[], %(role_competent)s::bool[]
        )
    ),
    above AS (
        SELECT m.holder_id, one.id FROM (SELECT DISTINCT holder_id FROM moved) m
        JOIN organisation_department h ON h.id = m.holder_id
        JOIN organisation_region r ON r.id = h.region_id
        JOIN organisation_department one ON one.is_competent AND one.is_active
            AND one.region_id = CASE WHEN h.is_competent THEN r.parent_id ELSE r.id END
    ),
    told AS (
        INSERT INTO clocks_notice (recipient_id, kind, about, about_id, occasion, at, posting)
        SELECT DISTINCT ON (m.id, u.id)
            u.id, role.told, %(about)s, m.id, m.due::text, %(now)s, {POSTING}
        FROM moved m
        JOIN role ON role.stage > m.before AND role.stage <= m.reached
            AND (role.kind = '' OR role.kind = m.kind)
        LEFT JOIN above ON above.holder_id = m.holder_id
        JOIN ({HOLDERS}) d ON d.kind = role.duty
            AND d.department_id = CASE WHEN role.is_competent THEN above.id ELSE m.holder_id END
        JOIN organisation_user u ON u.id = d.user_id AND u.is_active
        LEFT JOIN clocks_noticepreference p ON p.user_id = u.id
        ORDER BY m.id, u.id, role.stage DESC
        ON CONFLICT DO NOTHING RETURNING recipient_id
    )
    SELECT (SELECT count(*) FROM moved),
        (SELECT COALESCE(array_agg(about_id ORDER BY about_id), '{{{{}}}}') FROM lapsed),
        (SELECT count(*) FROM told),
        (SELECT COALESCE(array_agg(DISTINCT recipient_id), '{{{{}}}}') FROM told)
"""  # noqa: S608 - the parts are ours, values are parameters


@dataclass(frozen=True, slots=True)
class Swept:
    """`reached` clocks came to another stage, `lapsed` of them passed their day, `told` notices."""

    reached: int = 0
    lapsed: int = 0
    told: int = 0

    def __add__(self, other: "Swept") -> "Swept":
        return Swept(
            self.reached + other.reached, self.lapsed + other.lapsed, self.told + other.told
        )


def sweep() -> Swept:
    """One round over all clocks of the portal."""
    day = today()
    parted = regional_cuts(day)
    return sum(
        (_sweep_table(table, _parameters(table, parted, day)) for table in tables()), Swept()
    )


def _sweep_table(table: ClockTable, given: dict[str, Any]) -> Swept:
    with connection.cursor() as cursor:
        cursor.execute(CANDIDATES.format(rows=table.rows), given)
        found = [row[0] for row in cursor.fetchall()]
    return sum((_tell(table, given, ids) for ids in _chunks(found)), Swept())


def _chunks(found: Sequence[int]) -> Iterator[list[int]]:
    for start in range(0, len(found), CHUNK):
        yield list(found[start : start + CHUNK])


@transaction.atomic
def _tell(table: ClockTable, given: dict[str, Any], ids: list[int]) -> Swept:
    with connection.cursor() as cursor:
        cursor.execute(TELL.format(rows=table.rows), {**given, "ids": ids})
        reached, lapsed, told, people = cursor.fetchone()
    _record(table, lapsed)
    transaction.on_commit(lambda: forget_unread(people), robust=True)
    return Swept(reached, len(lapsed), told)


def _record(table: ClockTable, lapsed: list[int]) -> None:
    """A lapse is in the trail too, on what the clock is about."""
    late = table.model._default_manager.filter(pk__in=lapsed).select_related(*table.related)
    audit.services.record_many(
        actor=None,
        action=table.overdue_action,
        result=Result.FAILED,
        acts=(
            (
                table.target(clock),
                {"rule": clock.rule, "kind": clock.kind, "due": clock.due, **table.facts(clock)},
            )
            for clock in late.order_by("pk")
        ),
    )


def _parameters(table: ClockTable, parted: Sequence[Cut], day: date) -> dict[str, Any]:
    roles = list(_roles(table))
    return {
        "today": day,
        "now": timezone.now(),
        "about": table.label,
        "latest": max(cut.remind for cut in parted),
        "regions": [cut.region for cut in parted],
        "remind": [cut.remind for cut in parted],
        "head": [cut.head for cut in parted],
        "competent": [cut.competent for cut in parted],
        "role_stages": [stage.value for stage, _kind, _duty in roles],
        "role_told": [KINDS[stage].value for stage, _kind, _duty in roles],
        "role_kinds": [kind for _stage, kind, _duty in roles],
        "role_duties": [duty.value for _stage, _kind, duty in roles],
        "role_competent": [stage == Stage.COMPETENT for stage, _kind, _duty in roles],
    }


def regional_cuts(day: date) -> list[Cut]:
    """Where the stages part on `day`, for every region that there is."""
    chosen = thresholds_now()
    codes = ["", *Region.objects.values_list("code", flat=True)]
    return cuts(calendar_now(), day, ((code, chosen.get(code, PLATFORM)) for code in codes))


def _roles(table: ClockTable) -> Iterator[tuple[Stage, str, DutyKind]]:
    for kind, duties in table.persons.items():
        for stage in (Stage.REMINDER, Stage.DUE, Stage.LAPSED):
            for duty in duties:
                yield stage, kind, duty
        for head in HEADS:
            if head not in duties:
                yield Stage.HEAD, kind, head
    yield Stage.COMPETENT, "", DutyKind.COMPETENT_OFFICER
