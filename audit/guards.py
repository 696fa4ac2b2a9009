"""Whether everything that the database itself does for the trail is still in force."""

import hashlib

from django.db.backends.utils import CursorWrapper

from audit.breaks import Break, Kind, one
from audit.models import Month
from audit.months import parts

TRIGGERS = (
    "audit_entry_append_only",
    "audit_leaf_append_only",
    "audit_node_append_only",
    "audit_otherfork_append_only",
    "audit_otherhead_append_only",
    "audit_publickey_append_only",
    "audit_treehead_append_only",
)
CONSTRAINT = "audit_entry_of_this_transaction"

# A month that is written to by its own name asks the guards of its own.
OPEN_PARTS = """
SELECT relname, tgname IS NULL FROM pg_inherits
JOIN pg_class ON pg_class.oid = inhrelid
LEFT JOIN pg_trigger ON tgrelid = inhrelid AND tgname = 'audit_entry_append_only'
    AND tgenabled IN ('O', 'A')
LEFT JOIN pg_constraint ON conrelid = inhrelid AND conname = %s
WHERE inhparent = 'audit_entry'::regclass AND (tgname IS NULL OR conname IS NULL)
ORDER BY relname LIMIT 1
"""

ENABLED = """
SELECT tgname FROM pg_trigger
WHERE tgname = ANY(%s) AND tgenabled IN ('O', 'A') AND tgrelid IN (
    to_regclass('audit_entry'), to_regclass('audit_leaf'), to_regclass('audit_node'),
    to_regclass('audit_publickey'), to_regclass('audit_treehead'),
    to_regclass('audit_otherhead'), to_regclass('audit_otherfork')
)
"""

CHECKED = "SELECT FROM pg_constraint WHERE conname = %s AND conrelid = 'audit_entry'::regclass"

# Both decide what is found at all: one that answers something else hides every change.
SOURCES = """
SELECT proname, prosrc FROM pg_proc
WHERE proname = ANY(%s) AND pronamespace = current_schema()::regnamespace
"""
FUNCTIONS = {
    "audit_canonical": "8679316c7e79008a3d6893995cb30f728a834eb5d364faa0c897b4b604202def",
    "audit_refuse": "637c1fc05457a07e84fbd65bc4255ec6b6518ad8cbd11146215536f03b17ee52",
}


def missing_guard(cursor: CursorWrapper) -> Break | None:
    cursor.execute(ENABLED, [list(TRIGGERS)])
    missing = sorted(set(TRIGGERS) - {name for (name,) in cursor.fetchall()})
    if missing:
        return Break(Kind.GUARD, f"the trigger {missing[0]} is missing or disabled")
    if one(cursor, CHECKED, [CONSTRAINT]) is None:
        return Break(Kind.GUARD, f"the constraint {CONSTRAINT} is missing")
    if found := one(cursor, OPEN_PARTS, [CONSTRAINT]):
        relation, lacks_trigger = found
        what = "trigger audit_entry_append_only" if lacks_trigger else f"constraint {CONSTRAINT}"
        return Break(Kind.GUARD, f"the {what} of {relation} is missing or disabled")
    cursor.execute(SOURCES, [list(FUNCTIONS)])
    sources = {
        name: hashlib.sha256(source.encode()).hexdigest() for name, source in cursor.fetchall()
    }
    for name, expected in FUNCTIONS.items():
        if sources.get(name) != expected:
            return Break(Kind.GUARD, f"the function {name} is missing or was changed")
    return None


def missing_month(cursor: CursorWrapper) -> Break | None:
    """A part of the table that was made, was not archived, and is not there: dropped by somebody else."""
    there = parts(cursor)
    for month in Month.objects.filter(dropped_at=None).order_by("ends"):
        if month.relation not in there:
            words = f"the month {month} was dropped: {month.relation} is no part of audit_entry"
            return Break(Kind.MONTH, words)
    return None
