import csv
import io
from types import SimpleNamespace
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.utils import translation

from audit import export, reading
from audit.criteria import Criteria, Cursor
from audit.identity import Identity
from audit.models import Entry
from audit.services import record
from portal.common.errors import NotAllowed, NotFound
from tests.audit.conftest import ZHOU


def person(*duties: str) -> Any:
    return SimpleNamespace(audit_identity=ZHOU, has_duty=lambda *kinds: bool({*kinds} & {*duties}))


AUDITOR = person("audit_admin")


def test_a_search_is_recorded_with_what_was_looked_for(group: Group) -> None:
    # given
    shown = record(actor=None, action="audit.export", target=group)

    # when
    found = reading.search(by=AUDITOR, criteria=Criteria(text="学籍"))

    # then
    assert found.page.entries == [shown]
    entry = Entry.objects.get(action="audit.search")
    assert (entry.actor_name, entry.result) == ("周处长", "ok")
    assert entry.data == {"criteria": {"text": "学籍"}, "shown": 1}


def test_turning_the_page_is_recorded_too(group: Group) -> None:
    # given
    cursor = Cursor.of(record(actor=None, action="audit.export", target=group), newer=False)

    # when
    reading.search(by=AUDITOR, criteria=Criteria(), cursor=cursor)

    # then
    entry = Entry.objects.get(action="audit.search")
    assert entry.data == {"criteria": {}, "shown": 0, "page": str(cursor)}


def test_an_opened_entry_is_recorded(group: Group) -> None:
    # given
    shown = record(actor=None, action="audit.export", target=group)

    # when
    opened = reading.open_entry(by=AUDITOR, entry_id=shown.pk)

    # then
    assert opened.entry == shown
    entry = Entry.objects.get(action="audit.entry.read")
    assert (entry.target_type, entry.target_id) == ("audit.entry", str(shown.pk))


@pytest.mark.parametrize("entry_id", [-1, 10**30])
def test_an_entry_that_is_not_there_is_not_found(db: None, entry_id: int) -> None:
    with pytest.raises(NotFound):
        reading.open_entry(by=AUDITOR, entry_id=entry_id)

    assert not Entry.objects.exists()


@pytest.mark.parametrize("duty", ["staff", "sys_admin", "sec_admin", "competent_officer"])
def test_nobody_else_reads_and_every_attempt_is_recorded(group: Group, duty: str) -> None:
    # given
    hidden = record(actor=None, action="audit.export", target=group)
    stranger = person(duty)

    # when
    with pytest.raises(NotAllowed, match=r"."):
        reading.search(by=stranger, criteria=Criteria(text="学籍"))
    with pytest.raises(NotAllowed):
        reading.open_entry(by=stranger, entry_id=hidden.pk)
    with pytest.raises(NotAllowed):
        reading.export(by=stranger, criteria=Criteria())

    # then
    denials = Entry.objects.exclude(pk=hidden.pk).order_by("pk")
    assert [(entry.action, entry.result) for entry in denials] == [
        ("audit.search", "denied"),
        ("audit.entry.read", "denied"),
        ("audit.export", "denied"),
    ]
    assert denials[0].data["criteria"] == {"text": "学籍"}
    assert denials[0].data["reason"]
    assert denials[1].data["entry"] == hidden.pk


def rows_of(pieces: Any) -> list[list[str]]:
    text = b"".join(pieces).decode()
    assert text.startswith(export.BYTE_ORDER_MARK)
    return list(csv.reader(io.StringIO(text.removeprefix(export.BYTE_ORDER_MARK))))


def test_an_export_holds_every_entry_found_and_is_recorded_at_both_ends(group: Group) -> None:
    # given
    first = record(actor=ZHOU, action="audit.search", target=group, rows=3, items=["a", "b"])
    record(actor=None, action="audit.export", target=None)

    # when
    with translation.override("en"):
        rows = rows_of(reading.export(by=AUDITOR, criteria=Criteria(text="学籍")))

    # then
    assert len(rows) == 2
    line = dict(zip(rows[0], rows[1], strict=True))
    assert line["Entry"] == str(first.pk)
    assert line["Who"] == "周处长"
    assert line["Action code"] == "audit.search"
    assert line["Action"] == "searched the audit trail"
    assert line["Object"] == "学生学籍基本信息"
    assert line["Result"] == "done"
    assert line["Details"] == '{"items": ["a", "b"], "rows": 3}'
    began, ended = Entry.objects.order_by("-pk")[:2][::-1]
    assert (began.action, began.data) == ("audit.export", {"criteria": {"text": "学籍"}})
    assert (ended.action, ended.result, ended.data["entries"]) == ("audit.export.finish", "ok", 1)
    assert ended.data["bytes"] > 100


def test_the_export_is_recorded_before_its_first_byte(group: Group) -> None:
    # when
    pieces = reading.export(by=AUDITOR, criteria=Criteria())

    # then
    assert Entry.objects.get().action == "audit.export"

    # when
    next(pieces)
    pieces.close()  # type: ignore[attr-defined]

    # then
    ended = Entry.objects.get(action="audit.export.finish")
    assert (ended.result, ended.data["entries"]) == ("broken", 0)


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx", "\nx"])
def test_a_cell_is_never_a_formula(db: None, cell: str) -> None:
    # given
    actor = Identity(kind="person", id="1", name=cell, department_id=None, department="")
    record(actor=actor, action="audit.search", target=None)

    # when
    rows = rows_of(reading.export(by=AUDITOR, criteria=Criteria(action="audit.search")))

    # then
    assert rows[1][4] == f"'{cell}"


def test_a_long_export_leaves_in_pieces(group: Group) -> None:
    # given
    for _ in range(40):
        record(actor=None, action="audit.search", target=None, words="长" * 2000)

    # when
    pieces = list(reading.export(by=AUDITOR, criteria=Criteria(action="audit.search")))

    # then
    assert len(pieces) > 1
    assert len(rows_of(pieces)) == 41
