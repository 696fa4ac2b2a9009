"""Marks in exports, and files traced by them to the agreement they came from."""

import csv
import hashlib
import io
import json
from fractions import Fraction
from uuid import UUID

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from audit.models import Entry
from catalog.models import ItemType, Resource, ResourceState
from catalog.store.tables import create_missing, table_of
from portal.common.errors import Invalid, NotAllowed
from portal.organisation.models import DutyKind
from sharing import leaked, marks
from sharing.delivery import exports
from sharing.delivery.formats import FORMATS
from sharing.models import Agreement
from sharing.services import tracing
from tests.agreements import confirmed, proposed
from tests.factories import (
    ResourceFactory,
    UserFactory,
)

from .conftest import agreed_on

pytestmark = pytest.mark.django_db(transaction=True)

WORDS = tuple(f"word{i}" for i in range(1, 10))
ITEMS = (*WORDS, "year", "day")
ROWS = 200


@pytest.fixture
def register(cast):
    """A key and nine items of text, a number and a date; some empty, some that need quotes anyway."""
    key = {"name": "代码", "column": "code", "length": 12, "is_key": True, "is_nullable": False}
    others = [
        *({"name": f"词 {word}", "column": word, "length": 100} for word in WORDS),
        {"name": "年", "column": "year", "type": ItemType.INTEGER},
        {"name": "日", "column": "day", "type": ItemType.DATE},
    ]
    made = ResourceFactory(
        department=cast.civil, state=ResourceState.PUBLISHED, items=[key, *others]
    )
    words = ", ".join(
        f"(ARRAY[NULL, '', 'a,b', 'say \"so\"', E'two\\nlines', '居民{n}', 'plain', 'x' || i])"
        f"[1 + mod(i * {n} + i / 8, 8)]"
        for n in range(1, 10)
    )
    with connection.cursor() as cursor:
        create_missing(cursor, table_of(made))
        cursor.execute(
            f"INSERT INTO store.r_{made.pk} SELECT lpad(i::text, 12, '0'), {words},"
            " 2000 + mod(i, 20), date '2026-01-01' + i FROM generate_series(1, %s) i",
            [ROWS],
        )
    Resource.objects.filter(pk=made.pk).update(rows_changed_at=timezone.now(), row_count=ROWS)
    made.refresh_from_db()
    return made


@pytest.fixture
def both(cast, neighbour, register):
    """Two agreements on the same rows, each with its caller."""
    found = []
    for number, one in enumerate((cast, neighbour), start=1):
        agreement = agreed_on(one, register, items=ITEMS)
        Agreement.objects.filter(pk=agreement.pk).update(mark=UUID(int=number))
        agreement.refresh_from_db()
        found.append((agreement, one.system))
    return found


@pytest.fixture
def admin(cast):
    return UserFactory(department=cast.bigdata, duties=[DutyKind.SECURITY_ADMIN], username="wang")


def export(agreement, party, extension, **asked):
    given = {name: [value] for name, value in asked.items()}
    stream = exports.export(
        number=agreement.number, party=party, format=FORMATS[extension], asked=given
    )
    return b"".join(stream)


def table_of_bytes(content, extension):
    if extension == "csv":
        return list(csv.reader(io.StringIO(content.decode(), newline="")))
    if extension == "jsonl":
        return [json.loads(line) for line in content.splitlines()]
    source = pa.BufferReader(content)
    table = pq.read_table(source) if extension == "parquet" else pa.ipc.open_stream(source)
    return (table if extension == "parquet" else table.read_all()).to_pylist()


def traced(tmp_path, admin, content, name="found"):
    file = tmp_path / name
    file.write_bytes(content)
    return tracing.trace(path=file, by=admin)


def named(found):
    return [clue.agreement for clue in found.clues if clue.is_named]


EXTENSIONS = sorted(FORMATS)


@pytest.mark.parametrize("extension", EXTENSIONS)
def test_two_agreements_get_the_same_rows_in_bytes_of_their_own(both, extension):
    (one, first), (other, second) = both

    content = export(one, first, extension)

    assert export(one, first, extension) == content
    different = export(other, second, extension)
    assert different != content
    assert table_of_bytes(different, extension) == table_of_bytes(content, extension)
    assert len(table_of_bytes(content, extension)) == ROWS + (extension == "csv")


@pytest.mark.parametrize("extension", EXTENSIONS)
def test_a_whole_file_names_its_agreement(tmp_path, admin, both, extension):
    for agreement, party in both:
        found = traced(tmp_path, admin, export(agreement, party, extension))

        assert named(found) == [agreement]
        clue = found.clues[0]
        assert (clue.fitting, clue.asked) == (ROWS, ROWS)
        assert clue.met == clue.seen > 0
        assert clue.error <= 0.01


@pytest.mark.parametrize("extension", ["csv", "jsonl"])
def test_a_part_of_a_file_names_its_agreement(tmp_path, admin, both, extension):
    for agreement, party in both:
        content = export(agreement, party, extension)
        part = content[len(content) // 3 : 2 * len(content) // 3]  # half a line at either end

        found = traced(tmp_path, admin, part)

        assert named(found) == [agreement]


def test_some_columns_and_filtered_rows_in_another_encoding_name_their_agreement(
    tmp_path, admin, both
):
    for agreement, party in both:
        fields = ",".join(["code", *WORDS[1:]])
        content = export(agreement, party, "csv", fields=fields, encoding="gb18030", year="2005")

        assert named(traced(tmp_path, admin, content)) == [agreement]


def test_few_columns_of_text_are_told_with_their_chance_and_name_nobody(tmp_path, admin, both):
    (agreement, party), _other = both

    found = traced(
        tmp_path, admin, export(agreement, party, "csv", fields="code,word1,word2,word3")
    )

    assert named(found) == []
    mine = next(clue for clue in found.clues if clue.agreement == agreement)
    assert (mine.seen, mine.met) == (4, 4)
    assert mine.error == pytest.approx(2 / 14)


@pytest.mark.parametrize("quoting", [csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC])
def test_a_file_saved_anew_names_nobody_and_tells_who_could_have_had_it(
    tmp_path, admin, both, quoting
):
    (agreement, party), (other, _second) = both
    header, *rows = table_of_bytes(export(agreement, party, "csv"), "csv")
    saved = io.StringIO(newline="")
    csv.writer(saved, quoting=quoting).writerows([header, *rows])

    found = traced(tmp_path, admin, saved.getvalue().encode())

    assert named(found) == []
    could = {clue.agreement for clue in found.clues if clue.could_have_had_it}
    assert could == {agreement, other}


def test_masks_tell_agreements_apart_after_a_file_was_saved_anew(tmp_path, admin, cast, both):
    (agreement, party), (_other, _second) = both
    proposed(agreement, cast.applicant, masks={"word6": "hidden"})
    agreement = confirmed(agreement, cast.provider_head, cast.head)
    rows = table_of_bytes(export(agreement, party, "csv"), "csv")
    saved = io.StringIO(newline="")
    csv.writer(saved).writerows(rows)

    found = traced(tmp_path, admin, saved.getvalue().encode())

    assert [clue.agreement for clue in found.clues if clue.could_have_had_it] == [agreement]
    assert named(found) == []


FOREIGN = [
    b"code,word1\n9001,x\n9002,y\n",
    b'{"code":"9001","word1":"x"} \n{"code":"9002","word1":"y"}\n' * 3,
    b"".join(b'{"code":"%d","word1":"x"}\n' % i for i in range(100)),
    b"".join(b'{"code":"%d","word1":"x"} \n' % i for i in range(100)),
    b"some,other\n1,2\n",
    b"A letter.\nNothing else.\n",
]


@pytest.mark.parametrize("content", FOREIGN, ids=range(len(FOREIGN)))
def test_a_file_that_is_not_ours_accuses_nobody(tmp_path, admin, both, content):
    found = traced(tmp_path, admin, content)

    assert named(found) == []
    assert not any(clue.could_have_had_it for clue in found.clues)


def test_public_rows_written_with_other_spaces_and_quotes_accuse_nobody(tmp_path, admin, both):
    (agreement, party), _other = both
    rows = table_of_bytes(export(agreement, party, "jsonl"), "jsonl")
    by_chance = "".join(
        json.dumps(row, ensure_ascii=False, separators=(",", ":"))
        + (" " if hashlib.sha256(str(row).encode()).digest()[0] & 1 else "")
        + "\n"
        for row in rows
    )

    assert named(traced(tmp_path, admin, by_chance.encode())) == []


def test_a_name_in_the_metadata_without_its_signature_accuses_nobody(tmp_path, admin, both):
    (agreement, party), _other = both
    table = pq.read_table(pa.BufferReader(export(agreement, party, "parquet")))
    forged = table.replace_schema_metadata(
        {marks.METADATA: f"{agreement.number} {'0' * 64}".encode()}
    )
    sink = io.BytesIO()
    pq.write_table(forged, sink)

    assert named(traced(tmp_path, admin, sink.getvalue())) == []


def test_each_use_is_recorded_with_what_it_told(tmp_path, admin, both):
    (agreement, party), (other, _second) = both
    content = export(agreement, party, "jsonl")

    traced(tmp_path, admin, content, name="leak.jsonl")

    entry = Entry.objects.get(action="sharing.leak.trace")
    assert entry.actor_id == str(admin.pk)
    assert entry.data["file"] == "leak.jsonl"
    assert entry.data["sha256"] == hashlib.sha256(content).hexdigest()
    assert list(entry.data["named"]) == [agreement.number]
    assert sorted(entry.data["fitting"]) == sorted([agreement.number, other.number])


def test_only_security_and_audit_administrators_trace(tmp_path, cast, both):
    (agreement, party), _other = both
    content = export(agreement, party, "csv")

    for person in (cast.provider_steward, cast.officer, cast.applicant):
        with pytest.raises(NotAllowed):
            traced(tmp_path, person, content)

    assert not Entry.objects.filter(action="sharing.leak.trace").exists()


def test_the_command_names_the_agreement_and_fails_when_it_names_none(
    tmp_path, admin, both, capsys
):
    (agreement, party), _other = both
    ours, others = tmp_path / "ours.jsonl", tmp_path / "others.csv"
    ours.write_bytes(export(agreement, party, "jsonl"))
    others.write_bytes(FOREIGN[0])

    call_command("trace_leak", ours, "--by", "wang")

    told = capsys.readouterr().out.splitlines()
    assert told[0] == f"jsonl, {ROWS} rows read, 2 agreements have its columns"
    assert told[1].startswith(
        f"{agreement.number} {cast_name(agreement)}: NAMED; mark {ROWS} of {ROWS}, by accident"
    )
    with pytest.raises(CommandError, match="No agreement is named"):
        call_command("trace_leak", others, "--by", "wang")
    with pytest.raises(CommandError, match="There is no account 'nobody'"):
        call_command("trace_leak", ours, "--by", "nobody")


def cast_name(agreement):
    return str(agreement.requester)


def test_a_cut_stream_of_arrow_still_tells_its_agreement(tmp_path, admin, both):
    (agreement, party), _other = both
    content = export(agreement, party, "arrow")

    found = traced(tmp_path, admin, content[: len(content) // 2])

    assert named(found) == [agreement]


def test_of_a_large_text_the_beginning_is_read(tmp_path, both):
    (agreement, party), _other = both
    for extension in ("csv", "jsonl"):
        file = tmp_path / extension
        file.write_bytes(export(agreement, party, extension))

        found = leaked.read(file, most=3_000)

        assert found.header == ["code", *ITEMS]
        assert 5 < len(found.rows) < 40
        assert [row[0] for row in found.rows] == [
            f"{i:012d}" for i in range(1, len(found.rows) + 1)
        ]


@pytest.mark.parametrize(
    "content",
    [b"", b"PAR1 and no more", b"\xff\xff\xff\xff\x00", b"\x89PNG\r\n\x1a\n\xff\xfe\xfa" * 9],
    ids=["empty", "half Parquet", "half Arrow", "a picture"],
)
def test_what_cannot_be_read_is_refused(tmp_path, admin, content):
    with pytest.raises(Invalid):
        traced(tmp_path, admin, content)


def test_postgresql_hashes_a_line_as_it_did_when_marks_were_made():
    """A mark is read years later: a server that hashes otherwise must not go unnoticed."""
    with connection.cursor() as cursor:
        cursor.execute('SELECT hashtextextended(\'{"code":"11","name":"北京市"}\', -809)')
        (found,) = cursor.fetchone()

    assert found == HASHED


HASHED = 9006256542577919356


def test_the_chance_of_so_many_heads_is_exact_and_bounded_for_many():
    assert marks.at_least(0, of=10) == 1
    assert marks.at_least(10, of=10) == float(Fraction(1, 1024))
    assert marks.at_least(9, of=10) == float(Fraction(11, 1024))
    assert marks.at_least(1_000, of=2_000) == 1
    assert 0 < marks.at_least(1_200, of=2_000) < 1e-16


CELLS = st.none() | st.text('ab,"\r\n 居', max_size=5)


@given(st.lists(st.lists(CELLS, min_size=3, max_size=3), min_size=1, max_size=6))
def test_cells_are_read_as_they_were_written(rows):
    written = "".join(
        ",".join("" if cell is None else '"' + cell.replace('"', '""') + '"' for cell in row) + "\n"
        for row in rows
    )

    assert [[value for value, _is_quoted in line] for line in leaked.cells(written)] == rows
