"""The sweep of all deadlines at the size of a province: 2,000,000 clocks, beside the bare SQL of it.

The clocks are laid over two years: nine in ten are met, the rest are open, some due in these days and
some late. Both sides begin each round with a tenth of the open ones one stage behind: what a night
has to tell. The bare side marks the same rows and writes the same lapses and notices in two
statements for the whole table, with no chunks and no audit entries, which nothing real may leave out.
"""

import os

from django.core.management import call_command
from django.db import connection

from catalog.models import Resource
from portal.clocks.services.recounting import recount
from portal.clocks.services.sweeping import sweep
from portal.organisation.models import Department

from .catalogue import using
from .framework import Contender, Pair, Stage, benchmark

DEADLINES = int(os.environ.get("BENCH_DEADLINES", "2000000"))
PEOPLE = 500
DATABASE = "clocks"

SEED = """
INSERT INTO organisation_region (code, name, level) VALUES ('000000', 'N', 'nation')
    ON CONFLICT DO NOTHING;
INSERT INTO organisation_region (code, name, level, parent_id)
    SELECT '99' || lpad(n::text, 2, '0') || '00', 'R' || n, 'city',
        (SELECT id FROM organisation_region WHERE code = '000000')
    FROM generate_series(1, 20) n;
INSERT INTO auth_group (name) SELECT 'bench clocks ' || n FROM generate_series(1, {people}) n;
INSERT INTO organisation_department (
    name, short_name, uscc, region_id, group_id, work_body, phone, is_competent, is_active
)
    SELECT 'D' || n, 'D' || n, 'CLOCK' || lpad(n::text, 13, '0'), r.id, g.id, '', '', n <= 20, true
    FROM generate_series(1, {people}) n
    JOIN auth_group g ON g.name = 'bench clocks ' || n
    JOIN organisation_region r ON r.code = '99' || lpad((n % 20 + 1)::text, 2, '0') || '00';
INSERT INTO organisation_user (
    username, password, name, job_number, email, department_id, is_active, is_demo, is_superuser,
    date_joined
)
    SELECT 'clock' || d.id || '_' || k, '!', 'P', '', 'p@example.cn', d.id, true, false, false, now()
    FROM organisation_department d, generate_series(1, 4) k WHERE d.uscc LIKE 'CLOCK%';
INSERT INTO organisation_duty (user_id, department_id, kind, since)
    SELECT u.id, u.department_id,
        (ARRAY['steward', 'work_body_head', 'department_head', 'competent_officer'])[
            right(u.username, 1)::int], now()
    FROM organisation_user u JOIN organisation_department d ON d.id = u.department_id
    WHERE u.username LIKE 'clock%' AND (right(u.username, 1) <> '4' OR d.is_competent);
"""
ROWS = """
INSERT INTO sharing_deadline (
    request_id, holder_id, region, kind, rule, article, started_on, limit_days, calendar_version,
    due, met_at, stage, lapsed_at
)
    SELECT n, d.id, r.code, CASE WHEN n % 2 = 0 THEN 'answer' ELSE 'deliver' END, 'D4', 21,
        day - 14, 10, '2026.1', day,
        CASE WHEN n % 10 > 0 THEN day + 0.0 * interval '1 day' END, 0, NULL
    FROM generate_series(1, {deadlines}) n
    CROSS JOIN LATERAL (
        SELECT CASE WHEN n % 10 > 0 THEN current_date - (n % 700)
            ELSE current_date + 40 - (n / 100 % 50) END AS day
    ) of_clock
    JOIN (SELECT id, region_id, row_number() OVER (ORDER BY id) AS place
        FROM organisation_department WHERE uscc LIKE 'CLOCK%') d ON d.place = n % {people} + 1
    JOIN organisation_region r ON r.id = d.region_id;
INSERT INTO sharing_sharingrequest (
    id, number, resource_id, requester_id, applicant_id, use_basis, use_scene, use_scope,
    sharing_mode, use_until, is_vouched_for, state, version, created_at, received_at, refusal_reason,
    row_filter, masks, use_frequency, security_measures
)
    SELECT n, 'B-' || n, {resource}, d.id, u.id, 'b', 's', 's', 'file', current_date + 99, true,
        'agreed', 1, now(), now(), '', '[]', '{{}}', '', ''
    FROM generate_series(10, {deadlines}, 10) n,
        (SELECT id FROM organisation_department WHERE uscc LIKE 'CLOCK%' LIMIT 1) d,
        (SELECT id FROM organisation_user WHERE username LIKE 'clock%' LIMIT 1) u;
ANALYZE;
"""
# Only the open clocks have their requests here.
LOOSE = """
DO $$
DECLARE name text;
BEGIN
    FOR name IN SELECT conname FROM pg_constraint WHERE contype = 'f'
        AND conrelid = 'sharing_deadline'::regclass
        AND confrelid = 'sharing_sharingrequest'::regclass
    LOOP
        EXECUTE format('ALTER TABLE sharing_deadline DROP CONSTRAINT %I', name);
    END LOOP;
END
$$
"""
BACK = """
TRUNCATE clocks_lapse, clocks_lapsereversal, clocks_notice;
UPDATE sharing_deadline SET stage = CASE WHEN request_id / 10 % 10 = 3 THEN 0 ELSE 5 END, lapsed_at = NULL
    WHERE met_at IS NULL AND stage <> CASE WHEN request_id / 10 % 10 = 3 THEN 0 ELSE 5 END;
VACUUM ANALYZE sharing_deadline;
VACUUM ANALYZE clocks_notice;
"""
BARE = (
    """
    UPDATE sharing_deadline SET stage = CASE WHEN due > current_date THEN 1
            WHEN due = current_date THEN 2 WHEN due > current_date - 2 THEN 3
            WHEN due > current_date - 7 THEN 4 ELSE 5 END,
        lapsed_at = CASE WHEN due < current_date THEN now() END
    WHERE met_at IS NULL AND cancelled_at IS NULL AND paused_on IS NULL AND stage < 5
        AND due <= current_date + 5
    """,
    """
    INSERT INTO clocks_lapse (about, about_id, holder_id, region, rule, kind, article, started_on,
        limit_days, extension_days, calendar_version, due)
    SELECT 'sharing.deadline', id, holder_id, region, rule, kind, article, started_on, limit_days,
        extension_days, calendar_version, due
    FROM sharing_deadline WHERE request_id / 10 % 10 = 3 AND lapsed_at IS NOT NULL
    """,
    """
    INSERT INTO clocks_notice (recipient_id, kind, about, about_id, occasion, posting)
    SELECT DISTINCT y.user_id, 'lapsed', 'sharing.deadline', c.id, c.due::text, 'at_once'
    FROM sharing_deadline c JOIN organisation_duty y ON y.department_id = c.holder_id
    WHERE c.request_id / 10 % 10 = 3 AND c.stage > 0 AND c.met_at IS NULL
    """,
)


def _run(*statements: str) -> None:
    """Each statement by itself; a text of several is parted where a line ends with a semicolon."""
    with using(DATABASE), connection.cursor() as cursor:
        for text in statements:
            for one in [text] if "$$" in text else text.strip().split(";\n"):
                cursor.execute(one)


def _seeded(stage: Stage) -> None:
    if not stage.facts.get("clocks"):
        with connection.cursor() as cursor:
            cursor.execute(f'CREATE DATABASE "{DATABASE}"')
        with using(DATABASE):
            call_command("migrate", verbosity=0)
            _fill()
        stage.facts["clocks"] = True


def _fill() -> None:
    _run(SEED.format(people=PEOPLE), LOOSE)
    provider = Department.objects.filter(uscc__startswith="CLOCK").latest("pk")
    entry = Resource.objects.create(
        code="307012001/900001",
        name="N",
        abstract="N",
        department=provider,
        resource_class="3",
        classification="07012001",
        data_format="1",
        update_frequency="6",
        sharing_attribute="conditional",
        sharing_scope="s",
        sharing_purpose="p",
        sharing_modes=["file"],
        grade="L1",
    )
    _run(ROWS.format(deadlines=DEADLINES, people=PEOPLE, resource=entry.pk))


@benchmark(
    "clocks",
    what=f"the night's sweep of {DEADLINES:,} deadlines, lapses and notices, recorded",
    against="the same marks, lapses and notices in three bare statements, unrecorded",
    aim=None,
)
def nightly(stage: Stage) -> Pair:
    _seeded(stage)
    done: list[str] = []

    def ours() -> None:
        with using(DATABASE):
            swept = sweep()
        done[:] = [f"{swept.reached:,} reached, {swept.lapsed:,} lapsed, {swept.told:,} told"]

    return Pair(
        ours=Contender(ours, before=lambda: _run(BACK)),
        other=Contender(lambda: _run(*BARE), before=lambda: _run(BACK)),
        rows=DEADLINES,
        remark=lambda: done[0],
    )


@benchmark(
    "clocks-idle",
    what=f"a minute's sweep of {DEADLINES:,} deadlines that finds nothing",
    against="counting the open deadlines of the next days",
    aim=None,
)
def idle(stage: Stage) -> Pair:
    _seeded(stage)
    with using(DATABASE):
        sweep()
    near = "SELECT count(*) FROM sharing_deadline WHERE met_at IS NULL AND due <= current_date + 5"
    return Pair(
        ours=Contender(lambda: _finds_nothing()),
        other=Contender(lambda: _run(near)),
        rows=DEADLINES,
    )


def _finds_nothing() -> None:
    with using(DATABASE):
        found = recount().moved or sweep().reached
    if found:
        raise RuntimeError("the sweep found something")
