"""What whoever owns the database could do to the trail, and the command that has to find it."""

import json
from io import StringIO

from django.core.management import call_command

from audit import notes, signing
from audit.models import Node, PublicKey, TreeHead
from tests.audit.database import behind_the_portals_back, seal_now

FORGED = (
    "INSERT INTO audit_entry (actor_kind, actor_id, actor_name, department_name, action,"
    " target_type, target_id, target_label, department_ids, result, data, request_id, xid)"
    " VALUES ('portal', '', '', '', 'audit.search', '', '', '', '{}', 'ok', '{}', '', '3')"
)


def tamper(statement: str, params: list[object] | None = None) -> None:
    with behind_the_portals_back() as cursor:
        cursor.execute(statement, params)


def command(*args: str) -> tuple[int, str]:
    out = StringIO()
    try:
        call_command("verify_audit", *args, stdout=out, stderr=StringIO())
    except SystemExit as end:
        return int(end.code or 0), out.getvalue()
    return 0, out.getvalue()


def rebuild_tree() -> int:
    """Leaves and nodes made anew from the entries as they are now, the head left alone; its number."""
    head = TreeHead.objects.get()
    columns = [f.attname for f in TreeHead._meta.concrete_fields]
    kept = TreeHead.objects.values_list(*columns).get()
    keys = list(PublicKey.objects.all())
    with behind_the_portals_back() as cursor:
        cursor.execute("TRUNCATE audit_leaf, audit_node, audit_treehead, audit_publickey")
    made = seal_now()
    assert made.size == head.size
    with behind_the_portals_back() as cursor:
        cursor.execute("TRUNCATE audit_treehead, audit_publickey")
        TreeHead.objects.create(**dict(zip(columns, kept, strict=True)))
        PublicKey.objects.bulk_create(keys)
    assert Node.objects.exists()
    return head.number


def restore(cursor, *, size: int, entries_after: list[int]) -> None:
    """What the trail was when the first head was made."""
    cursor.execute("DELETE FROM audit_treehead WHERE number > 1")
    cursor.execute("DELETE FROM audit_leaf WHERE index >= %s", [size])
    cursor.execute("DELETE FROM audit_node WHERE (index + 1) << level > %s", [size])
    cursor.execute("DELETE FROM audit_entry WHERE id = ANY(%s)", [entries_after])


def sign_anew(head: TreeHead) -> None:
    """What the portal would have signed at the time that now stands in the head."""
    facts = head.facts
    lines = [notes.signature_line(facts.origin, facts.text, key) for key in signing.held()]
    with behind_the_portals_back() as cursor:
        cursor.execute("UPDATE audit_treehead SET signatures = %s", [json.dumps(lines)])
