"""What is written of an entry is read again as it was, in every kind of file."""

import io
import string
from contextlib import contextmanager
from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from catalog.bulk import documents, reading, sheets, texts, writing
from catalog.bulk.cells import Departments, joined, split
from catalog.bulk.layout import labels_of, normal, words_of
from catalog.bulk.problems import Problems
from catalog.bulk.writing import WrittenEntry
from catalog.entry import EntryData, ItemData
from catalog.models import (
    BasisKind,
    DataFormat,
    Grade,
    IdentifierKind,
    ItemType,
    MaskingRule,
    NationalGrade,
    ResourceClass,
    SharingAttribute,
    SharingMode,
    UpdateFrequency,
)

DEPARTMENTS = Departments({"民政厅": 7}, frozenset({7}))
CHARACTERS = st.characters(
    exclude_categories=("Cc", "Cs", "Zl", "Zp", "Co", "Cn"), exclude_characters="\u200b"
)


def text(longest: int, *, lines: bool = False, least: int = 0) -> st.SearchStrategy[str]:
    alphabet = CHARACTERS if not lines else CHARACTERS | st.just("\n")
    active = st.sampled_from(["=1+1", "+1", "-1", "@x", "'", "'=1", "07012001", "1e5", "#N/A"])
    drawn = st.text(alphabet, min_size=least, max_size=longest).map(str.strip)
    return (drawn | active).filter(lambda one: len(one) >= least)


def one_of(choices, *, none: bool = False) -> st.SearchStrategy[str]:
    return st.sampled_from(["", *filter(None, choices.values)] if none else choices.values)


words = st.lists(text(8, least=1), max_size=3, unique=True).map(tuple)
entries = st.builds(
    EntryData,
    name=text(30, least=1),
    resource_class=one_of(ResourceClass),
    classification=st.text(string.digits, min_size=5, max_size=20),
    data_format=one_of(DataFormat),
    update_frequency=one_of(UpdateFrequency),
    sharing_attribute=one_of(SharingAttribute),
    grade=one_of(Grade),
    name_en=text(20),
    abstract=text(80, lines=True),
    tags=words,
    source_department_id=st.sampled_from([None, 7]),
    source_system=text(10),
    collection_basis=text(10),
    spatial_code=st.sampled_from(["", "35", "350100"]),
    temporal_from=st.none() | st.dates(min_value=date(1901, 1, 1)),
    temporal_to=st.none() | st.dates(min_value=date(1901, 1, 1)),
    sharing_scope=text(20, lines=True),
    sharing_purpose=text(20),
    sharing_conditions=text(20),
    not_shared_reason=text(20),
    basis_kind=one_of(BasisKind, none=True),
    basis_title=text(20),
    basis_article=text(10),
    sharing_modes=st.lists(one_of(SharingMode), unique=True).map(tuple),
    is_open=st.booleans(),
    open_conditions=text(10),
    national_grade=one_of(NationalGrade),
    related_codes=words,
    contact_name=text(10),
    contact_phone=text(10),
    contact_email=text(10),
)
items = st.lists(
    st.builds(
        ItemData,
        name=text(20, least=1),
        column=st.text(string.ascii_lowercase, min_size=1, max_size=10),
        type=one_of(ItemType),
        length=st.none() | st.integers(0, 10**6),
        is_key=st.booleans(),
        is_nullable=st.booleans(),
        is_personal=st.booleans(),
        is_sensitive=st.booleans(),
        is_minor=st.booleans(),
        identifier_kind=one_of(IdentifierKind, none=True),
        masking_rule=one_of(MaskingRule, none=True),
        sharing_attribute=one_of(SharingAttribute, none=True),
        grade=one_of(Grade, none=True),
        description=text(20),
    ),
    max_size=3,
)


@contextmanager
def csv_tables(file, problems):
    with texts.opened_pair(file, problems) as tables:
        yield tables


def through(kind: str, one: WrittenEntry, problems: Problems) -> reading.Reading:
    out = io.BytesIO()
    if kind == "json":
        out.write(b"".join(writing.document([one])))
        return documents.read(out, departments=DEPARTMENTS, problems=problems)
    write, opened = {
        "xlsx": (writing.workbook, sheets.opened),
        "csv": (writing.csv_pair, csv_tables),
    }[kind]
    write([one], out)
    with opened(out, problems) as tables:
        return reading.read(tables, departments=DEPARTMENTS, own_department=7, problems=problems)


@pytest.mark.parametrize("kind", ["xlsx", "csv", "json"])
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(entry=entries, items=items)
def test_what_is_written_is_read_as_it_was(kind, entry, items):
    one = WrittenEntry(
        code="107012001/000001",
        entry=entry,
        items=items,
        provider="民政厅",
        provider_code="",
        source_department="民政厅" if entry.source_department_id else "",
    )
    problems = Problems()

    found = through(kind, one, problems)

    assert problems.kept == []
    (read,) = found.entries
    assert read.code == one.code
    assert read.entry(None) == entry
    assert read.items == items or (not items and read.items is None)


@given(st.lists(text(10, least=1), max_size=5).map(tuple))
def test_several_words_in_one_cell_come_apart_as_they_were(several):
    assert split(joined(several)) == several


@pytest.mark.parametrize("choices", [SharingAttribute, MaskingRule, ItemType, ResourceClass])
def test_every_word_of_the_form_stands_for_its_code(choices):
    for code, label in labels_of(choices).items():
        assert words_of(choices)[normal(label)] == code
