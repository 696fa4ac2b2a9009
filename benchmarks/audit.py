"""The audit trail: writers beside bare INSERTs, sealing, and the proof of one entry.

`BENCH_AUDIT` entries (a million unless said) are in the trail before anything is measured.
"""

import os
import time
from concurrent.futures import ThreadPoolExecutor

import psycopg
from django.db import connection

from audit import proofs, selectors
from audit.criteria import Criteria
from audit.models import Entry, Leaf, TreeHead
from audit.sealing import seal
from audit.verification import verify

from .framework import Contender, Pair, Stage, benchmark
from .trail import AGREEMENTS, filled

ENTRIES = int(os.environ.get("BENCH_AUDIT", "1000000"))
WRITERS, EACH = 8, 400
NEW_AT_ONCE = 50_000
COLUMNS = (
    "actor_kind, actor_id, actor_name, department_id, department_name, action, target_type, target_id,"
    " target_label, department_ids, result, data, request_id, ip"
)
VALUES = (
    "'person', '7', '周处长', 3, '示范省民政厅', 'audit.search', 'sharing.agreement', '17',"
    " 'GXXY-2026-0412', '{3,4}', 'ok', '{\"rows\": 100, \"items\": [\"a\", \"b\"]}', 'r-1', '10.0.0.1'"
)
# The same columns and indexes as entries had before they were sealed, without trigger or constraint.
BARE = """
CREATE TABLE IF NOT EXISTS bench_bare_entry (
    LIKE audit_entry INCLUDING DEFAULTS INCLUDING INDEXES
);
ALTER TABLE bench_bare_entry DROP COLUMN IF EXISTS xid;
ALTER TABLE bench_bare_entry DROP CONSTRAINT IF EXISTS bench_bare_entry_pkey;
ALTER TABLE bench_bare_entry ADD PRIMARY KEY (id);
TRUNCATE bench_bare_entry;
"""
MANY = f"INSERT INTO audit_entry ({COLUMNS}) SELECT {VALUES} FROM generate_series(1, %s) ORDER BY 1"


def _fill(count: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(MANY, [count])


def _writers(stage: Stage, table: str) -> None:
    """Eight connections, each a commit an entry."""

    def write(_number: int) -> None:
        with psycopg.connect(stage.database_url, autocommit=True) as own:
            for _ in range(EACH):
                own.execute(f"INSERT INTO {table} ({COLUMNS}) VALUES ({VALUES})", prepare=True)

    with ThreadPoolExecutor(WRITERS) as pool:
        list(pool.map(write, range(WRITERS)))


@benchmark(
    "audit-write",
    what=f"{WRITERS} writers into the trail, one entry a commit",
    against="bare INSERTs of the same row, same indexes",
    aim=0.8,
)
def writing(stage: Stage) -> Pair:
    with connection.cursor() as cursor:
        cursor.execute(BARE)
    return Pair(
        Contender(lambda: _writers(stage, "audit_entry")),
        Contender(lambda: _writers(stage, "bench_bare_entry")),
        WRITERS * EACH,
    )


@benchmark(
    "audit-seal",
    what=f"sealing {NEW_AT_ONCE:,} new entries",
    against="the ten seconds in which 5,000 a second bring them",
    aim=1.0,
)
def sealing(stage: Stage) -> Pair:
    filled(stage.database_url, ENTRIES)

    def ready() -> None:
        seal()
        _fill(NEW_AT_ONCE)

    wait = Contender(lambda: time.sleep(NEW_AT_ONCE / 5_000))
    return Pair(Contender(_sealed, ready), wait, NEW_AT_ONCE)


@benchmark(
    "audit-proof",
    what=f"proof of one entry of {ENTRIES:,}",
    against="50 ms",
    aim=1.0,
)
def proving(stage: Stage) -> Pair:
    filled(stage.database_url, ENTRIES)
    size = TreeHead.objects.order_by("-number")[0].size
    entry_id = Leaf.objects.values_list("entry_id", flat=True).get(index=size // 3)

    def prove() -> None:
        found = proofs.inclusion(entry_id)
        if found is None or not found.is_sound:
            raise RuntimeError("the proof does not hold")

    return Pair(Contender(prove), Contender(lambda: time.sleep(0.05)), 1)


# The same answer, the place in the tree with it, as one statement that somebody would write by hand.
BY_AGREEMENT = """
SELECT entry.id, at, actor_kind, actor_id, actor_name, department_id, department_name, action, target_type,
    target_id, target_label, department_ids, result, data, request_id, ip, leaf.index
FROM audit_entry AS entry LEFT JOIN LATERAL (
    SELECT index FROM audit_leaf WHERE entry_id = entry.id
) AS leaf ON true
WHERE target_type = 'sharing.agreement' AND target_id = %s ORDER BY at DESC, entry.id DESC LIMIT 51
"""
SEARCHES = 100


@benchmark(
    "audit-search",
    what=f"{SEARCHES} searches by agreement over {ENTRIES:,} entries, 50 of each",
    against="their bare SQL; 1.5 times as long at most",
    aim=0.67,
)
def searching(stage: Stage) -> Pair:
    filled(stage.database_url, ENTRIES)
    asked = [str(AGREEMENTS // SEARCHES * number + 1) for number in range(SEARCHES)]

    def search() -> None:
        found = sum(
            len(selectors.page(Criteria(target=f"sharing.agreement:{key}")).entries)
            for key in asked
        )
        if not found:
            raise RuntimeError("the search found nothing")

    def bare() -> None:
        with connection.cursor() as cursor:
            for key in asked:
                cursor.execute(BY_AGREEMENT, [key])
                cursor.fetchall()

    return Pair(Contender(search), Contender(bare), SEARCHES)


@benchmark(
    "audit-verify",
    what=f"full verification of {ENTRIES:,} entries, two connections",
    against="counting them",
    aim=None,
)
def verifying(stage: Stage) -> Pair:
    filled(stage.database_url, ENTRIES)
    took: list[float] = []

    def whole() -> None:
        began = time.perf_counter()
        report = verify(workers=2)
        if not report.is_whole:
            raise RuntimeError(str(report.broken))
        took.append(time.perf_counter() - began)

    return Pair(
        Contender(whole),
        Contender(lambda: Entry.objects.count() and None),
        ENTRIES,
        lambda: f"{ENTRIES / min(took):,.0f} entries a second",
    )


def _sealed() -> None:
    done = seal()
    if done is None or not done.entries:
        raise RuntimeError("nothing was sealed")
