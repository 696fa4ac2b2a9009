"""Files with something wrong: each fault told by sheet, row and column, nothing ever written."""

import io
import json
import zipfile
from datetime import datetime

import pytest
from django.utils import translation

from catalog.bulk import container
from catalog.bulk.layout import ENTRIES, ITEMS
from catalog.models import Resource
from catalog.services import bulk, resources
from portal.common.errors import Invalid, NotAllowed
from tests.catalog.conftest import an_entry, published, some_items, submitted
from tests.factories import DepartmentFactory

from .files import ITEM, ROW, typed, uploaded, written


@pytest.fixture(autouse=True)
def _in_english():
    with translation.override("en"):
        yield


def found_in(cast, content, name="目录.xlsx"):
    """Sheet, row, column and words of every problem, the same in whatever language it was found."""
    made = bulk.receive(file=uploaded(content, name), by=cast.steward)
    assert made.state == "checked"
    assert not made.is_ready
    assert not Resource.objects.filter(name=ROW["name"]).exists()
    assert made.problem_count == len(made.problems)
    with translation.override("zh-hans"):
        other = bulk.receive(file=uploaded(content, name), by=cast.steward)
    assert other.problems == made.problems
    for problem in made.problems:
        assert problem["message"].keys() == {"zh-hans", "en"}
        assert problem["message"]["zh-hans"] != problem["message"]["en"]
    return [(p["sheet"], p["row"], p["column"], p["message"]["en"]) for p in made.problems]


def cell(sheet, place, value):
    def change(book):
        book[sheet][place] = value

    return change


@pytest.mark.parametrize(
    ("field", "value", "column", "words"),
    [
        ("sharing_attribute", "随便", "L", "Choose one of: "),
        ("classification", 7012001.0, "E", "It is a number, which loses zeros"),
        ("classification", "07-01", "E", "Digits only"),
        ("name", "", "B", "This must be filled in."),
        ("name", "长" * 300, "B", "at most 200 characters"),
        ("abstract", "<script>x</script>", "H", "It holds HTML."),
        ("name", "民政\u202e厅", "B", "changes the direction of writing"),
        ("is_secret", "是", "Y", "cannot be catalogued (Decree 809, Art. 3)"),
        ("is_secret", None, "Y", "This must be filled in."),
        ("is_open", "也许", "U", "Write 是 or 否."),
        ("temporal_from", "去年", "AD", "Write a date"),
        ("temporal_from", "2026-02-30", "AD", "There is no such day."),
        ("temporal_from", 45292, "AD", "Write a date"),
        ("source_department_id", "没有的局", "Z", "There is no such department."),
        ("provider", "示范省教育厅", "F", "your own department alone"),
        ("related_codes", "9/9", "AF", "No entry of the catalogue has the code 9/9."),
        ("contact_email", "不是邮箱", "AI", "valid email"),
        ("contact_phone", 59187654321, "AH", "It is a number, which loses zeros"),
        ("spatial_code", "福建", "AC", "Write digits only."),
        ("code", "999/000001", "A", "no entry of this code"),
    ],
)
def test_a_bad_cell_is_told_by_its_place(cast, field, value, column, words):
    content = typed([ROW | {field: value}], [])
    (problem,) = found_in(cast, content)
    assert problem[:3] == (ENTRIES, 2, column)
    assert words in problem[3]


def test_every_fault_of_a_row_is_told_at_once(cast):
    content = typed(
        [ROW | {"sharing_attribute": "?", "abstract": "<b>", "grade": None}],
        [ITEM | {"type": "?", "column": "Ö"}, ITEM | {"grade": "L9", "name": "二", "column": "b"}],
    )
    assert [p[:3] for p in found_in(cast, content)] == [
        (ENTRIES, 2, "H"),
        (ENTRIES, 2, "L"),
        (ENTRIES, 2, "W"),
        (ITEMS, 2, "D"),
        (ITEMS, 2, "E"),
        (ITEMS, 3, "Q"),
    ]


def test_the_problem_shows_the_value_short_and_visible(cast):
    made = bulk.receive(
        file=uploaded(typed([ROW | {"sharing_attribute": "随" * 500 + "\u202e"}], [])),
        by=cast.steward,
    )
    assert made.problems[0]["value"] == "随" * 60 + "…"
    assert made.problems[0]["header"] == "共享类型"


def test_control_characters_of_csv_are_told(cast):
    words = "信息资源名称,资源类别,信息资源分类,信息资源格式,更新周期,共享类型,敏感级别,是否涉密"
    row = "统计用\x07,1,03001001,3,6,2,L1,否"
    ((sheet, number, column, message),) = found_in(cast, f"{words}\n{row}\n".encode(), "目录.csv")
    assert (sheet, number, column) == ("目录.csv", 2, "A")
    assert "control character (U+0007)" in message


def test_a_formula_is_refused_and_so_is_its_error(cast):
    content = typed([ROW, ROW | {"name": "二"}], [], change=cell(ENTRIES, "H2", "=1+1"))
    assert [(p[1], p[2], p[3]) for p in found_in(cast, content)] == [
        (2, "H", "It holds a formula: paste the value instead.")
    ]

    def fail(book):
        book[ENTRIES]["H2"].value = "#N/A"
        book[ENTRIES]["H2"].data_type = "e"

    assert "error of a formula" in found_in(cast, typed(change=fail))[0][3]


def test_merged_cells_are_told_by_their_range(cast):
    content = typed(change=lambda book: book[ENTRIES].merge_cells("B2:B3"))
    assert found_in(cast, content) == [
        (ENTRIES, 2, "B", "The cells B2:B3 are merged: unmerge them and fill in each one.")
    ]


def test_wrong_sheets_and_headers_are_told(cast):
    def rename(book):
        book[ENTRIES].title = "Sheet1"

    found = found_in(cast, typed(change=rename))
    assert [p[0] for p in found] == ["Sheet1", ENTRIES]
    assert "has no sheet" in found[1][3]
    twice = found_in(cast, typed(change=cell(ENTRIES, "C1", "信息资源名称")))
    assert twice == [(ENTRIES, 1, "C", "This header stands here twice.")]
    unknown = found_in(cast, typed(change=cell(ENTRIES, "C1", "什么")))
    assert unknown == [(ENTRIES, 1, "C", "The portal does not know this header.")]
    missing = found_in(cast, typed(change=cell(ENTRIES, "B1", None)))
    assert missing[0][3] == "The first row must hold the headers. Missing: 信息资源名称."
    stray = found_in(cast, typed(change=cell(ENTRIES, "BA2", "x")))
    assert stray[0][3] == "There is something in a column without header."


def test_doubles_and_items_without_an_entry_are_told(cast):
    content = typed(
        [ROW, ROW],
        [
            ITEM,
            ITEM | {"name": "二"},
            ITEM | {"entry_name": "别的", "name": "三", "column": "c"},
            ITEM | {"entry_name": None, "name": "四", "column": "d"},
        ],
    )
    assert found_in(cast, content) == [
        (ENTRIES, 3, "B", "Row 2 has the same already."),
        (ITEMS, 3, "D", "Another item has this column already."),
        (ITEMS, 4, "B", "The sheet of entries has no such entry."),
        (ITEMS, 5, "", "State the entry that the item belongs to, by code or name."),
    ]


def test_more_than_500_items_are_too_many(cast):
    items = [ITEM | {"name": f"项{n}", "column": f"c{n}"} for n in range(501)]
    made = bulk.receive(file=uploaded(typed([ROW], items)), by=cast.steward)
    bulk.work(import_id=made.pk)
    made.refresh_from_db()
    assert [p["message"]["en"] for p in made.problems] == ["An entry has at most 500 data items."]


def test_a_name_that_is_taken_and_an_entry_that_is_published_are_told(cast):
    public = published(cast, name="已发布")
    waiting = submitted(cast, name="审核中")
    content = typed(
        [
            ROW | {"name": "已发布"},
            ROW | {"name": "改名", "code": public.code},
            ROW | {"name": "又改名", "code": waiting.code},
        ],
        [],
    )
    assert found_in(cast, content) == [
        (ENTRIES, 2, "B", "Your department has a resource of this name already."),
        (ENTRIES, 3, "A", "The entry is published: change it on its page."),
        (
            ENTRIES,
            4,
            "A",
            "The entry is under review. It can be changed again when it is sent back.",
        ),
    ]


def test_the_code_of_another_department_is_unknown(cast):
    theirs = resources.create_draft(entry=an_entry(name="别家"), by=cast.stranger)
    content = typed([ROW | {"name": "别名", "code": theirs.code}], [])
    ((_sheet, _row, _column, words),) = found_in(cast, content)
    assert words == "Your department has no entry of this code. Leave it empty for a new entry."


# Whole files


def test_files_that_are_no_entries_at_all_are_refused_at_the_door(cast):
    empty_zip = io.BytesIO()
    with zipfile.ZipFile(empty_zip, "w") as packed:
        packed.writestr("a.txt", "x")
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("xl/workbook.xml", b"0" * 60_000_000)
    macros = io.BytesIO()
    with zipfile.ZipFile(macros, "w") as packed:
        packed.writestr("xl/workbook.xml", "<a/>")
        packed.writestr("xl/vbaProject.bin", "x")
    old = container.OLE + b"\0" * 600
    for content, name, words in (
        (b"", "a.xlsx", "The file is empty."),
        (b"hello", "a.xlsx", "no Excel workbook"),
        (old, "a.xls", "(.xls)"),
        (old + container.ENCRYPTED, "a.xlsx", "protected by a password"),
        (typed()[:2000], "a.xlsx", "damaged"),
        (empty_zip.getvalue(), "a.zip", "neither a workbook nor entries.csv"),
        (bomb.getvalue(), "a.xlsx", "far too large"),
        (macros.getvalue(), "a.xlsx", "macros"),
        (b"%PDF-1.7", "a.pdf", "Send an Excel workbook"),
    ):
        with pytest.raises(Invalid) as refused:
            bulk.receive(file=uploaded(content, name), by=cast.steward)
        assert words in str(refused.value.message), name


def test_a_file_that_is_too_large_is_refused(cast, settings):
    settings.CATALOGUE_IMPORT_MOST_BYTES = 1000
    with pytest.raises(Invalid, match="divide it"):
        bulk.receive(file=uploaded(typed()), by=cast.steward)


def repacked(content, name, change):
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w") as new:
        for one in old.namelist():
            data = old.read(one)
            new.writestr(one, change(data) if one == name else data)
    return out.getvalue()


def test_a_workbook_with_broken_or_bursting_parts_is_told(cast):
    bomb = b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "x">]><worksheet/>'
    for change in (lambda data: data[: len(data) // 2], lambda data: bomb, lambda data: b""):
        content = repacked(typed(), "xl/worksheets/sheet1.xml", change)
        assert "damaged" in found_in(cast, content)[0][3]


def test_a_cell_of_ten_megabytes_is_told(cast):
    content = repacked(
        typed([ROW | {"abstract": "ABSTRACT"}], []),
        "xl/worksheets/sheet1.xml",
        lambda data: data.replace(b"ABSTRACT", "字".encode() * 3_500_000),
    )
    ((_sheet, row, column, words),) = found_in(cast, content)
    assert (row, column) == (2, "H")
    assert words == "It holds 3500000 characters; a cell takes at most 32767."


def csv_of(encoding):
    head = "信息资源名称,资源类别,信息资源分类,信息资源格式,更新周期,共享类型,敏感级别,是否涉密\r\n"
    return (head + "婚姻登记信息,1,03001001,3,每年,有条件共享,L1,否\r\n").encode(encoding)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_csv_is_read_in_the_encodings_that_are_met(cast, encoding):
    items = "信息资源名称,信息项名称,字段名,数据类型\r\n婚姻登记信息,证件号,id_no,C\r\n".encode(
        encoding
    )
    made = bulk.receive(
        file=uploaded(csv_of(encoding), "entries.csv"),
        items_file=uploaded(items, "items.csv"),
        by=cast.steward,
    )
    assert made.problems == []
    bulk.apply(bulk_import=made, by=cast.steward)
    made = Resource.objects.get(name="婚姻登记信息")
    assert [item.name for item in made.items.all()] == ["证件号"]


def test_csv_in_another_encoding_or_with_an_open_quotation_is_told(cast):
    assert "UTF-8" in found_in(cast, csv_of("utf-16-be").replace(b"\0", b"\xff"), "a.csv")[0][3]
    assert "quotation mark" in found_in(cast, csv_of("utf-8") + b'"open', "a.csv")[0][3]


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ({"name": "x"}, "must be a list"),
        (["x"], "must be an object"),
        ([{"name": 5}], "A text is expected here."),
        ([{"nom": "x"}], "An entry has no such field."),
        ([{"tags": "x"}], "A list of texts is expected here"),
        ([{"items": {}}], "The items must be a list"),
        ([{"items": [5]}], "An item must be an object"),
        ([{"items": [{"is_key": "yes"}]}], "true or false is expected here."),
        ([{"is_open": 1}], "true or false is expected here."),
        ([{"source_department_id": 10**9}], "There is no such department."),
        ([], "holds no entry"),
    ],
)
def test_json_of_the_wrong_shape_is_told(cast, document, words):
    found = found_in(cast, json.dumps(document).encode(), "a.json")
    assert any(words in problem[3] for problem in found), found


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"[{", "The file is no JSON: line 1, character 3 cannot be read."),
        (b'[\n {"name": }]', "The file is no JSON: line 2, character 11 cannot be read."),
        (b"[NaN]", "The file is no JSON that holds entries."),
        (b"[" * 200_000, "The file is no JSON that holds entries."),
        (b'["\xff"]', "The file is no JSON: it is not encoded in UTF-8."),
        (b"[" + b"9" * 5000, "The file is no JSON that holds entries."),
    ],
)
def test_what_is_no_json_is_told(cast, content, words):
    assert found_in(cast, content, "a.json")[0][3] == words


def test_dates_are_taken_as_dates_and_as_text(cast):
    rows = [
        ROW | {"name": "甲", "temporal_from": datetime(2026, 1, 31)},
        ROW | {"name": "乙", "temporal_from": "2026年1月31日"},
        ROW | {"name": "丙", "temporal_from": "2026/1/31"},
    ]
    bulk.apply(
        bulk_import=bulk.receive(file=uploaded(typed(rows, [])), by=cast.steward), by=cast.steward
    )
    assert {str(one.temporal_from) for one in Resource.objects.all()} == {"2026-01-31"}


def test_english_headers_and_codes_are_taken_too(cast):
    head = (
        "name,resource_class,classification,data_format,update frequency,"
        "sharing_attribute,grade,is_secret"
    )
    row = "Marriages,basic,03001001,database,yearly,conditional,l1,no"
    made = bulk.receive(file=uploaded(f"{head}\n{row}\n".encode(), "a.csv"), by=cast.steward)
    assert made.problems == []
    assert made.created_count == 1


def test_only_stewards_bring_files_in(cast):
    for person in (cast.head, cast.officer):
        with pytest.raises(NotAllowed):
            bulk.receive(file=uploaded(typed()), by=person)


BAD_ENTRIES = [
    {"name": "<b>"},
    {"classification": "12"},
    {"tags": tuple(f"t{n}" for n in range(30))},
    {"tags": ("长" * 31,)},
    {"temporal_from": datetime(2026, 2, 1).date(), "temporal_to": datetime(2026, 1, 1).date()},
    {"related_codes": ("1/1", "2/2")},
    {"contact_email": "x", "basis_article": "条" * 51},
    {"spatial_code": "123"},
    {"name": "已有"},
]


@pytest.mark.parametrize("bad", BAD_ENTRIES, ids=str)
def test_the_dry_run_says_what_the_service_for_one_entry_says(cast, bad):
    resources.create_draft(entry=an_entry(name="已有"), by=cast.steward)
    DepartmentFactory()
    with pytest.raises(Invalid) as refused:
        resources.create_draft(entry=an_entry(**bad), items=some_items(), by=cast.steward)
    found = found_in(cast, written([(an_entry(**bad), some_items())]))
    assert sorted(p[3] for p in found) == sorted(
        str(word) for words in refused.value.fields.values() for word in words
    )
