"""The control plane at the size of a province: inbox, request list, desk and league table.

500 departments in twenty cities of one province, 200,000 requests, 50,000 agreements and 2,000,000
deadlines over two years, one in a hundred of them open. A request is answered by the whole stack but
the socket; beside it PostgreSQL answers the same question and nothing else.
"""

import os
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from django.core.management import call_command
from django.db import connection
from django.test import Client

from portal.organisation.models import Department, User

from .catalogue import using
from .framework import Contender, Pair, Stage, benchmark

DEADLINES = int(os.environ.get("BENCH_DEADLINES", "2000000"))
REQUESTS = DEADLINES // 10
AGREEMENTS = DEADLINES // 40
DEPARTMENTS = 500
ENTRIES = 4000
TIMES = 20
DATABASE = "control"

PEOPLE = """
INSERT INTO organisation_region (code, name, level) VALUES ('000000', 'N', 'nation')
    ON CONFLICT DO NOTHING;
INSERT INTO organisation_region (code, name, level, parent_id)
    SELECT '990000', 'P', 'province', id FROM organisation_region WHERE code = '000000';
INSERT INTO organisation_region (code, name, level, parent_id)
    SELECT '99' || lpad(n::text, 2, '0') || '00', 'R' || n, 'city',
        (SELECT id FROM organisation_region WHERE code = '990000')
    FROM generate_series(1, 20) n;
INSERT INTO auth_group (name) SELECT 'bench ' || n FROM generate_series(0, {departments}) n;
INSERT INTO organisation_department (
    name, short_name, uscc, region_id, group_id, work_body, phone, is_competent, is_active
)
    SELECT 'D' || n, 'D' || n, 'BENCH' || lpad(n::text, 13, '0'), r.id, g.id, '', '', n = 0, true
    FROM generate_series(0, {departments}) n
    JOIN auth_group g ON g.name = 'bench ' || n
    JOIN organisation_region r ON r.code =
        CASE WHEN n = 0 THEN '990000' ELSE '99' || lpad((n % 20 + 1)::text, 2, '0') || '00' END;
INSERT INTO organisation_user (
    username, password, name, job_number, email, department_id, is_active, is_demo, is_superuser,
    date_joined
)
    SELECT 'bench' || right(uscc, 3), '!', 'P', '', '', id, true, false, false, now()
    FROM organisation_department WHERE uscc LIKE 'BENCH%';
INSERT INTO organisation_duty (user_id, department_id, kind, since)
    SELECT u.id, u.department_id,
        CASE WHEN d.is_competent THEN 'competent_officer' ELSE 'work_body_head' END, now()
    FROM organisation_user u JOIN organisation_department d ON d.id = u.department_id
    WHERE d.uscc LIKE 'BENCH%';
"""
ROWS = """
INSERT INTO sharing_sharingrequest (
    id, number, resource_id, requester_id, applicant_id, use_basis, use_scene, use_scope,
    sharing_mode, use_until, is_vouched_for, state, version, created_at, received_at, answered_at,
    refusal_reason, row_filter, masks, use_frequency, security_measures
)
    SELECT n, 'B-' || n, e.id, d.id, u.id, 'b', 's', 's', 'file', current_date + 99, true,
        CASE WHEN n % 100 = 0 THEN 'received' WHEN n % 4 = 1 THEN 'agreed' ELSE 'refused' END, 1,
        at, at, at + interval '7 days',
        CASE WHEN n % 100 <> 0 AND n % 4 <> 1 THEN
            (ARRAY['outside_duties', 'scope_too_large', 'duplicate'])[n % 3 + 1] ELSE '' END,
        '[]', '{{}}', '', ''
    FROM generate_series(1, {requests}) n
    CROSS JOIN LATERAL (SELECT now() - (n % 700) * interval '1 day' AS at) moment
    JOIN (SELECT id, row_number() OVER (ORDER BY id) AS place FROM catalog_resource) e
        ON e.place = n % {entries} + 1
    JOIN (SELECT id, row_number() OVER (ORDER BY id) AS place FROM organisation_department
        WHERE uscc LIKE 'BENCH%' AND NOT is_competent) d ON d.place = (n / {entries} + n) % {departments} + 1
    JOIN organisation_user u ON u.department_id = d.id;
INSERT INTO sharing_agreement (
    id, number, request_id, resource_id, provider_id, requester_id, purpose, scope, sharing_mode,
    starts_on, ends_on, state, created_at, activated_at, end_reason, row_filter, masks,
    verification_only, changes_told
)
    SELECT r.id, 'A-' || r.id, r.id, r.resource_id, e.department_id, r.requester_id, 'p', 's', 'file',
        current_date, current_date + 99, 'terminated', r.created_at, r.answered_at, '', '[]', '{{}}',
        false, 0
    FROM sharing_sharingrequest r JOIN catalog_resource e ON e.id = r.resource_id
    WHERE r.state = 'agreed' AND r.requester_id <> e.department_id ORDER BY r.id LIMIT {agreements};
INSERT INTO sharing_deadline (
    request_id, holder_id, region, kind, rule, article, started_on, limit_days, calendar_version,
    due, met_at, cancelled_at, stage
)
    SELECT r.id, e.department_id, g.code, kind, 'D4', 21, day - 14, 10, '2026.1', day,
        CASE WHEN NOT runs THEN day + (k % 7 - 5) * interval '1 day' END, NULL, 0
    FROM sharing_sharingrequest r
    JOIN catalog_resource e ON e.id = r.resource_id
    JOIN organisation_department h ON h.id = e.department_id
    JOIN organisation_region g ON g.id = h.region_id
    CROSS JOIN generate_series(1, 10) k
    CROSS JOIN LATERAL (
        SELECT r.state = 'received' AND k = 1 AS runs,
            CASE WHEN k % 2 = 1 THEN 'answer' ELSE 'deliver' END AS kind
    ) of_clock
    CROSS JOIN LATERAL (
        SELECT CASE WHEN runs THEN current_date + 15 - (r.id / 100 % 20)::int
            ELSE current_date - ((r.id * 7 + k) % 700)::int END AS day
    ) of_day;
"""
ANSWERS = """
    SELECT holder_id, count(*), count(*) FILTER (
        WHERE (met_at AT TIME ZONE 'Asia/Shanghai')::date <= due)
    FROM sharing_deadline
    WHERE kind = '{kind}' AND cancelled_at IS NULL AND due BETWEEN current_date - 330 AND current_date
      AND (met_at IS NOT NULL OR (paused_on IS NULL AND due < current_date))
    GROUP BY GROUPING SETS ((holder_id), ())
"""
CLOSED = """
    SELECT e.department_id, count(*), count(*) FILTER (WHERE a.activated_at IS NOT NULL)
    FROM sharing_sharingrequest r JOIN catalog_resource e ON e.id = r.resource_id
    LEFT JOIN sharing_agreement a ON a.request_id = r.id
    WHERE (r.state = 'refused' AND r.answered_at > now() - interval '330 days')
       OR a.activated_at > now() - interval '330 days'
    GROUP BY GROUPING SETS ((e.department_id), ())
"""
OPEN = """
    SELECT holder_id, kind, count(*), count(*) FILTER (WHERE due < current_date)
    FROM sharing_deadline WHERE met_at IS NULL AND cancelled_at IS NULL GROUP BY holder_id, kind
"""
LATEST = """
    SELECT * FROM sharing_deadline WHERE met_at IS NULL AND cancelled_at IS NULL
      AND paused_on IS NULL AND due < current_date ORDER BY due, id LIMIT 8
"""
REASONS = """
    SELECT refusal_reason, count(*) FROM sharing_sharingrequest
    WHERE state = 'refused' AND answered_at > now() - interval '330 days' GROUP BY 1
"""
MONTHS = """
    SELECT kind, date_trunc('month', due), count(*), count(*) FILTER (
        WHERE (met_at AT TIME ZONE 'Asia/Shanghai')::date <= due)
    FROM sharing_deadline WHERE cancelled_at IS NULL AND due BETWEEN current_date - 330 AND current_date
      AND (met_at IS NOT NULL OR (paused_on IS NULL AND due < current_date))
    GROUP BY 1, 2
"""
DAYS = """
    SELECT holder_id, avg((met_at AT TIME ZONE 'Asia/Shanghai')::date - started_on)
    FROM sharing_deadline
    WHERE kind = 'answer' AND cancelled_at IS NULL AND due BETWEEN current_date - 330 AND current_date
    GROUP BY 1
"""
INBOX = """
    SELECT c.*, r.*, e.name FROM sharing_deadline c
    JOIN sharing_sharingrequest r ON r.id = c.request_id
    JOIN catalog_resource e ON e.id = r.resource_id
    WHERE c.met_at IS NULL AND c.cancelled_at IS NULL AND c.kind = 'answer'
      AND r.state = 'received' AND e.department_id = {department}
"""
LIST = """
    SELECT r.*, e.name FROM sharing_sharingrequest r JOIN catalog_resource e ON e.id = r.resource_id
    WHERE e.department_id = {department} AND r.received_at IS NOT NULL
    ORDER BY r.created_at DESC, r.id DESC LIMIT 30
"""
COUNTS = """
    SELECT r.state, count(*) FROM sharing_sharingrequest r
    JOIN catalog_resource e ON e.id = r.resource_id
    WHERE e.department_id = {department} AND r.received_at IS NOT NULL GROUP BY 1
"""


@dataclass
class Plane:
    """The loaded database, a client of an officer and one of a head, and what requests took."""

    officer: Client
    head: Client
    department: int
    taken: list[float] = field(default_factory=list)

    def asks(self, client: Client, address: str) -> Callable[[], None]:
        def run() -> None:
            with using(DATABASE):
                for _time in range(TIMES):
                    began = time.perf_counter()
                    answer = client.get(address)
                    self.taken.append(time.perf_counter() - began)
                    if answer.status_code != 200:
                        raise RuntimeError(f"{address}: {answer.status_code}")

        return run

    def p95(self) -> str:
        """Of single requests; the first round warmed up and is left out."""
        return f"p95 {statistics.quantiles(self.taken[TIMES:], n=20)[-1] * 1000:.0f} ms"


def _bare(statements: Sequence[str]) -> Callable[[], None]:
    def run() -> None:
        with using(DATABASE), connection.cursor() as cursor:
            for _time in range(TIMES):
                for statement in statements:
                    cursor.execute(statement)
                    cursor.fetchall()

    return run


def _plane(stage: Stage) -> Plane:
    if held := stage.facts.get("control plane"):
        assert isinstance(held, Plane)  # noqa: S101 - for the type checker
        return held
    with connection.cursor() as cursor:
        cursor.execute(f'CREATE DATABASE "{DATABASE}"')
    with using(DATABASE):
        call_command("migrate", verbosity=0)
        call_command("seed_scale", departments=20, resources=ENTRIES, grants=0, rows=0, verbosity=0)
        _fill()
        call_command("collectstatic", interactive=False, verbosity=0)
        officer, head = (Client(headers={"host": "127.0.0.1"}) for _side in range(2))
        officer.force_login(User.objects.get(username="bench000"))
        busy = Department.objects.get(uscc__endswith="0250", uscc__startswith="BENCH")
        head.force_login(User.objects.get(department=busy))
        made = Plane(officer, head, busy.pk)
    stage.facts["control plane"] = made
    return made


def _fill() -> None:
    sizes = {
        "departments": DEPARTMENTS,
        "requests": REQUESTS,
        "entries": ENTRIES,
        "agreements": AGREEMENTS,
    }
    spread = """
        UPDATE catalog_resource e SET department_id = d.id FROM (
            SELECT id, row_number() OVER (ORDER BY id) AS place FROM organisation_department
            WHERE uscc LIKE 'BENCH%' AND NOT is_competent
        ) d WHERE d.place = e.id % {departments} + 1
    """
    with connection.cursor() as cursor:
        cursor.execute("UPDATE organisation_department SET is_competent = false, is_active = false")
        cursor.execute(
            "UPDATE organisation_region SET code = '98' || right(code, 4) WHERE code LIKE '99%'"
        )
        for text in (PEOPLE, spread, ROWS):
            for one in text.format(**sizes).strip().split(";\n"):
                cursor.execute(one)
        cursor.execute("VACUUM ANALYZE")


def _pair(stage: Stage, address: str, statements: Sequence[str], *, head: bool = False) -> Pair:
    plane = _plane(stage)
    plane.taken.clear()
    words = {"department": plane.department, "kind": "{kind}"}
    bare = [one.format(**words) if "{department}" in one else one for one in statements]
    client = plane.head if head else plane.officer
    return Pair(
        ours=Contender(plane.asks(client, address)),
        other=Contender(_bare(bare)),
        rows=TIMES,
        remark=plane.p95,
    )


SIZE = f"{REQUESTS:,} requests, {DEADLINES:,} deadlines"


@benchmark(
    "inbox", what=f"a head's tasks, {SIZE}", against="bare SQL of the open answers", aim=None
)
def inbox(stage: Stage) -> Pair:
    return _pair(stage, "/tasks/", [INBOX], head=True)


@benchmark("requests", what=f"list of requests received, {SIZE}", against="bare SQL", aim=None)
def request_list(stage: Stage) -> Pair:
    return _pair(stage, "/sharing/requests/?side=received&tab=all", [LIST, COUNTS], head=True)


@benchmark("desk", what=f"the desk over twelve months, {SIZE}", against="bare SQL", aim=None)
def desk(stage: Stage) -> Pair:
    clocks = [ANSWERS.format(kind=kind) for kind in ("answer", "deliver")]
    return _pair(
        stage,
        "/supervision/?period=twelve&reach=below",
        [*clocks, CLOSED, OPEN, LATEST, REASONS, MONTHS],
    )


@benchmark("league", what=f"500 departments compared, {SIZE}", against="bare SQL", aim=None)
def league(stage: Stage) -> Pair:
    clocks = [ANSWERS.format(kind=kind) for kind in ("answer", "deliver")]
    return _pair(
        stage,
        "/supervision/departments/?period=twelve&reach=below",
        [*clocks, CLOSED, OPEN, DAYS],
    )
