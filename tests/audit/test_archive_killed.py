"""Killed at any step of a month's way out or back, nothing is lost, and the next run ends what was begun."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.db import connection

from audit import months
from audit.archive import keeping
from audit.models import Entry, Month, MonthState
from audit.verification import verify
from portal.embedded.place import CHECKOUT
from tests.audit.conftest import Written
from tests.audit.database import seal_now
from tests.audit.past import OLD, all_entries, month_of

pytestmark = pytest.mark.usefixtures("committed")


def killed_at(statement: str, act: str, folder: Path) -> None:
    """Run the act in a process that dies when it has sent the statement, before anything is committed."""
    code = f"""
import os, django
django.setup()
from django.db import connection
from audit.archive import keeping
def die(execute, sql, params, many, context):
    done = execute(sql, params, many, context)
    words = sql if isinstance(sql, str) else sql.as_string(connection.connection)
    if {statement!r} in words:
        os.kill(os.getpid(), 9)
    return done
with connection.execute_wrapper(die):
    keeping.{act}({OLD!r})
"""
    given = connection.settings_dict
    url = "postgres://{USER}:{PASSWORD}@{HOST}:{PORT}/{NAME}".format(**given)
    killed = subprocess.run(
        [sys.executable, "-c", code],
        cwd=CHECKOUT,
        env={**os.environ, "DATABASE_URL": url, "AUDIT_ARCHIVE_DIR": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert killed.returncode == -9, killed.stderr


@pytest.mark.parametrize(
    ("act", "statement", "left"),
    [
        ("archive", "REPEATABLE READ, READ ONLY", MonthState.LIVE),
        (
            "archive",
            'FROM "audit_publickey"',
            MonthState.LIVE,
        ),  # the files lie there, to be read back
        ("archive", 'UPDATE "audit_month"', MonthState.LIVE),
        ("drop", 'UPDATE "audit_month"', MonthState.LIVE),
        ("drop", "IN SHARE MODE", MonthState.COPIED),
        ("drop", "DETACH PARTITION", MonthState.COPIED),
        ("drop", "DROP TABLE", MonthState.COPIED),
    ],
)
def test_a_month_on_its_way_out_is_where_it_was(
    written: Written, archive_folder: Path, act: str, statement: str, left: MonthState
) -> None:
    # given
    written(2)
    seal_now()
    month = month_of(OLD, 5)
    written(1)
    seal_now()
    before = all_entries()

    # when
    killed_at(statement, act, archive_folder)

    # then
    assert all_entries()[: len(before)] == before
    assert Month.objects.get(pk=OLD).state == left
    assert month.relation in months.parts(connection.cursor())
    assert verify(level=1).is_whole
    keeping.drop(OLD)
    assert Entry.objects.filter(action="audit.search").count() == 3
    report = verify(level=1)
    assert report.is_whole
    assert report.archived == 5
    assert len(list((archive_folder / OLD).glob("*.parquet"))) == 1


@pytest.mark.parametrize(
    "statement",
    ["audit_new_part", "told->>'id'", "audit_attach_month", 'UPDATE "audit_month"'],
)
def test_a_month_on_its_way_back_is_still_in_its_file(
    written: Written, archive_folder: Path, statement: str
) -> None:
    # given
    month_of(OLD, 5)
    seal_now()
    before = all_entries()
    keeping.drop(OLD)

    # when
    killed_at(statement, "restore", archive_folder)

    # then
    assert Month.objects.get(pk=OLD).state == MonthState.ARCHIVED
    assert Entry.objects.filter(action="audit.search").count() == 0
    assert verify(level=1).is_whole
    keeping.restore(OLD)
    assert all_entries()[:5] == before
    assert verify(level=1).is_whole
