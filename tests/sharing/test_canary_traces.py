"""A file is traced by the word of a canary row, whatever program wrote it anew."""

import csv
import io
import json

import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq
import pytest
from django.core.management import CommandError, call_command
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

from audit.models import Entry
from portal.organisation.models import DutyKind
from sharing import canary_words, leaked
from sharing.canary_words import Word
from sharing.models import Agreement
from sharing.services import agreements, tracing
from tests.agreements import proposed
from tests.factories import UserFactory

from .canary import ROW, code_of, export, with_canary
from .conftest import agreed_on

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def admin(cast):
    return UserFactory(department=cast.bigdata, duties=[DutyKind.SECURITY_ADMIN], username="wang")


@pytest.fixture
def both(cast, neighbour, stored):
    """Two agreements on the same rows with one pattern of canary row, each with its caller."""
    return [(with_canary(one, agreed_on(one, stored)), one.system) for one in (cast, neighbour)]


def traced(tmp_path, admin, content: bytes):
    file = tmp_path / "found"
    file.write_bytes(content)
    return tracing.trace(path=file, by=admin)


def named(found):
    return [clue.agreement for clue in found.clues if clue.is_named]


def by_spreadsheet(content: bytes) -> bytes:
    """The CSV opened by a spreadsheet, kept as a workbook, and saved as CSV again with other headings."""
    book = Workbook()
    for line in csv.reader(io.StringIO(content.decode())):
        book.active.append([int(one) if one.isdecimal() else one for one in line])
    kept = io.BytesIO()
    book.save(kept)
    sheet = load_workbook(io.BytesIO(kept.getvalue())).active
    written = io.StringIO()
    rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
    csv.writer(written).writerows([["名称", "编号"], *(row[::-1] for row in rows[1:])])
    return written.getvalue().encode("gb18030")


def by_semicolons(content: bytes) -> bytes:
    """As programs write it where the comma is the decimal sign, all of it in quotes."""
    written = io.StringIO()
    writer = csv.writer(written, delimiter=";", quoting=csv.QUOTE_ALL)
    writer.writerows(csv.reader(io.StringIO(content.decode())))
    return written.getvalue().encode()


def by_tabs(content: bytes) -> bytes:
    written = io.StringIO()
    csv.writer(written, delimiter="\t").writerows(csv.reader(io.StringIO(content.decode())))
    return written.getvalue().encode()


def by_program(content: bytes) -> bytes:
    """Read and written as JSON, letters escaped."""
    rows = list(csv.DictReader(io.StringIO(content.decode())))
    return "\n".join(json.dumps({"id": one["code"], "n": one["name"]}) for one in rows).encode()


def by_library(content: bytes) -> bytes:
    """Parquet without the metadata of the export."""
    written = io.BytesIO()
    pq.write_table(pa_csv.read_csv(io.BytesIO(content)), written)
    return written.getvalue()


def by_stream(content: bytes) -> bytes:
    table = pa_csv.read_csv(io.BytesIO(content))
    written = io.BytesIO()
    with pa.ipc.new_stream(written, table.schema) as stream:
        stream.write_table(table)
    return written.getvalue()


@pytest.mark.parametrize(
    "saved",
    [bytes, by_spreadsheet, by_semicolons, by_tabs, by_program, by_library, by_stream],
)
def test_it_names_its_agreement_whoever_saved_the_file_anew(tmp_path, admin, both, saved):
    for agreement, party in both:
        found = traced(tmp_path, admin, saved(export(agreement, party)))

        assert named(found) == [agreement]
        (clue,) = [one for one in found.clues if one.is_named]
        assert clue.planted == pytest.approx(2 / 20**10)


def test_a_number_for_a_key_names_it_too(tmp_path, admin, cast, neighbour, by_year):
    # given a number for a mark, which a spreadsheet keeps as a number
    found = [
        with_canary(
            one,
            agreed_on(one, by_year, items=("note",)),
            {"area": "99", "year": "8{mark}", "note": "虚构"},
        )
        for one in (cast, neighbour)
    ]
    content = by_spreadsheet(export(found[1], neighbour.system))

    # then
    told = traced(tmp_path, admin, content)
    assert named(told) == [found[1]]
    (clue,) = [one for one in told.clues if one.is_named]
    assert clue.planted == pytest.approx(2 / 9**9)


def test_an_export_of_earlier_terms_is_traced_still(tmp_path, admin, cast, both):
    (agreement, party), _other = both
    content = by_spreadsheet(export(agreement, party))
    proposed(agreement, cast.provider_steward, canary={})
    agreements.terminate(
        agreement=Agreement.objects.get(pk=agreement.pk), reason="完", by=cast.head
    )

    assert named(traced(tmp_path, admin, content)) == [agreement]


def test_terms_that_were_only_proposed_name_nobody(tmp_path, admin, cast, scoped):
    # given a row that was never delivered
    proposed(scoped, cast.provider_steward, canary=ROW)

    assert canary_words.words() == []


def test_the_same_rows_without_it_name_nobody(tmp_path, admin, both):
    (agreement, party), _other = both
    lines = by_spreadsheet(export(agreement, party)).splitlines()
    code = code_of(agreement).encode()

    found = traced(tmp_path, admin, b"\n".join(one for one in lines if code not in one))

    assert named(found) == []


def test_many_words_of_the_kind_are_no_proof(both):
    """Numbers that happen to look like it: of 9 to the 9th, so many that one is met by accident."""
    (agreement, _party), _other = both
    word = Word(agreement, b"111111111", b"")
    numbers = b"\n".join(str(number).encode() for number in range(111_111_111, 120_000_000))

    found = canary_words.met([numbers], [word] * 100)

    assert 0.01 < found[agreement] <= 1.0


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(front=st.integers(0, 40), rest=st.binary(max_size=40), size=st.integers(1, 90))
def test_no_word_is_cut_where_a_piece_of_the_file_ends(tmp_path, monkeypatch, front, rest, size):
    monkeypatch.setattr(leaked, "PIECE", 64 + size)
    file = tmp_path / "file"
    content = b"x," * front + b"BCDFGHJKLM,123456789" + b"\n" + rest
    file.write_bytes(content)

    pieces = list(leaked.pieces(file))

    assert b"".join(pieces) == content
    assert any(b"BCDFGHJKLM" in piece for piece in pieces)
    assert any(b"123456789" in piece for piece in pieces)


def test_a_word_behind_the_rows_that_are_read_is_found(tmp_path, admin, both, monkeypatch):
    (agreement, party), _other = both
    monkeypatch.setattr(leaked, "MOST_BYTES", 40)
    monkeypatch.setattr(leaked, "MOST_ROWS", 1)

    content = by_spreadsheet(export(agreement, party))

    assert named(traced(tmp_path, admin, content)) == [agreement]


def test_the_command_says_so_and_the_trail_has_it(tmp_path, admin, both, capsys):
    # given
    (agreement, party), _other = both
    file = tmp_path / "found.csv"
    file.write_bytes(by_spreadsheet(export(agreement, party)))

    # when
    call_command("trace_leak", str(file), by="wang")

    # then
    told = capsys.readouterr().out
    assert f"{agreement.number} 省教育厅: NAMED; its canary row is in the file" in told
    entry = Entry.objects.filter(action="sharing.leak.trace").latest("id")
    assert entry.data["planted"] == [agreement.number]
    assert list(entry.data["named"]) == [agreement.number]

    # and of another file it does not
    file.write_text("code,name\n1,2\n")
    with pytest.raises(CommandError, match="No agreement is named"):
        call_command("trace_leak", str(file), by="wang")
