"""`fq` finds exactly what its words mean, compared with the same question asked of each entry."""

import datetime as dt
from collections.abc import Callable
from contextlib import suppress
from itertools import product

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from catalog.formats.ckan.moments import moment
from catalog.formats.ckan.query import All, Any_, Match, Not, Range, parse
from catalog.formats.ckan.refusals import SearchError
from catalog.formats.identifiers import GROUP_NAMES, id_of_entry, name_of_code
from catalog.models import Resource, ResourceClass, ResourceState, SharingMode
from catalog.parties import VISITOR
from catalog.selectors.ckan import FacetsAsked, found_for
from tests.catalog.ckan.conftest import FREE
from tests.factories import DepartmentFactory, ResourceFactory

NOW = dt.datetime(2026, 11, 23, 8, 30, 15, 123456, tzinfo=dt.UTC)
DAYS = [NOW - dt.timedelta(days=days) for days in (0, 1, 40)]
TAGS = ["人口", "a b", 'x"y', "c:d-e", "人口(新)"]
Question = tuple[str, Callable[[Resource], bool]]


@pytest.fixture
def entries(db) -> list[Resource]:
    departments = [DepartmentFactory(), DepartmentFactory()]
    made = []
    for number, (department, kind, day) in enumerate(product(departments, ResourceClass, DAYS)):
        resource = ResourceFactory(
            department=department,
            resource_class=kind,
            state=ResourceState.PUBLISHED,
            is_open=True,
            tags=[tag for bit, tag in enumerate(TAGS) if number >> bit & 1],
            sharing_modes=list(SharingMode)[: number % 4],
            **FREE,
        )
        Resource.objects.filter(pk=resource.pk).update(updated_at=day)
        resource.updated_at = day
        made.append(resource)
    return made


def quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def escaped(text: str) -> str:
    return "".join(letter if letter.isalnum() else f"\\{letter}" for letter in text)


def leaves(entries: list[Resource]) -> st.SearchStrategy[Question]:
    """One condition as it is written, and what it means."""
    days = [day.isoformat().replace("+00:00", "Z") for day in DAYS]
    tags = st.tuples(st.sampled_from(TAGS), st.sampled_from([quoted, escaped])).map(
        lambda one: (f"tags:{one[1](one[0])}", lambda entry: one[0] in entry.tags)
    )
    owners = st.sampled_from(sorted({entry.department.uscc for entry in entries})).map(
        lambda uscc: (
            f"organization:{uscc.lower()}",
            lambda entry: entry.department.uscc == uscc,
        )
    )
    kinds = st.sampled_from(list(ResourceClass)).map(
        lambda kind: (f'groups:"{GROUP_NAMES[kind]}"', lambda entry: entry.resource_class == kind)
    )
    ones = st.sampled_from(entries).flatmap(
        lambda one: st.sampled_from(
            [f"name:{name_of_code(one.code)}", f"id:{id_of_entry(one)}"]
        ).map(lambda words: (words, lambda entry: entry.pk == one.pk))
    )
    ranges = st.tuples(
        st.integers(0, 3), st.integers(0, 3), st.sampled_from("[{"), st.sampled_from("]}")
    ).map(
        lambda ends: (
            "metadata_modified:{}{} TO {}{}".format(
                ends[2], [*days, "*"][ends[0]], [*days, "*"][ends[1]], ends[3]
            ),
            lambda entry: within(entry.updated_at, *ends),
        )
    )
    formats = st.sampled_from([("CSV", "file"), ("JSON", "interface")]).map(
        lambda one: (f"res_format:{one[0]}", lambda entry: one[1] in entry.sharing_modes)
    )
    fixed = st.sampled_from(
        [
            ("*:*", lambda entry: True),
            ("colour:red", lambda entry: False),
            ("tags:*", lambda entry: bool(entry.tags)),
            ("tags:[* TO *]", lambda entry: True),
            ("private:false", lambda entry: True),
            ("state:active", lambda entry: True),
            ("capacity:private", lambda entry: False),
        ]
    )
    return st.one_of(tags, owners, kinds, ones, ranges, formats, fixed)


def within(at: dt.datetime, low: int, high: int, opens: str, closes: str) -> bool:
    after = low == 3 or at > DAYS[low] or (opens == "[" and at == DAYS[low])
    before = high == 3 or at < DAYS[high] or (closes == "]" and at == DAYS[high])
    return after and before


def joined(inner: st.SearchStrategy[Question]) -> st.SearchStrategy[Question]:
    def both(one: Question, other: Question, word: str) -> Question:
        return f"({one[0]}{word}{other[0]})", lambda entry: one[1](entry) and other[1](entry)

    def either(one: Question, other: Question, word: str) -> Question:
        return f"({one[0]}{word}{other[0]})", lambda entry: one[1](entry) or other[1](entry)

    def none(one: Question, word: str) -> Question:
        return f"{word}{one[0]}", lambda entry: not one[1](entry)

    return st.one_of(
        st.builds(both, inner, inner, st.sampled_from([" AND ", " ", " && ", " +"])),
        st.builds(either, inner, inner, st.sampled_from([" OR ", " || "])),
        st.builds(none, inner, st.sampled_from(["-", "NOT ", "!"])),
    )


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_a_question_finds_exactly_the_entries_that_answer_it(entries, data):
    words, answers = data.draw(st.recursive(leaves(entries), joined, max_leaves=8))

    found = found_for(
        VISITOR, [parse(words)], order=[], start=0, rows=100, facets=FacetsAsked(["tags"])
    )

    expected = [entry.pk for entry in entries if answers(entry)]
    assert [one.pk for one in found.resources] == expected, words
    assert found.count == len(expected)
    for tag in TAGS:
        number = sum(tag in entry.tags for entry in entries if answers(entry))
        assert found.facets["tags"].get(tag, 0) == number


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet='ab人:()[]{}"^~*?\\+-!&| TOANDR', max_size=30))
def test_whatever_is_asked_it_is_read_or_refused(words):
    with suppress(SearchError):
        assert parse(words)


@pytest.mark.parametrize(
    ("words", "meaning"),
    [
        ("a b", All([Match("text", "a"), Match("text", "b")])),
        ("a OR b c", Any_([Match("text", "a"), All([Match("text", "b"), Match("text", "c")])])),
        ("-a", Not(Match("text", "a"))),
        ("tags:(a OR b)", Any_([Match("tags", "a"), Match("tags", "b")])),
        ("-tags:(a)", Not(Match("tags", "a"))),
        (r"tags:c\:d", Match("tags", "c:d")),
        ("name:3070*", Match("name", "3070*", "3070*")),
        (r"name:a\*", Match("name", "a*")),
        ("x:{1 TO *]", Range("x", "1", None, False, True)),
        ('title:"甲 乙"~3^2', Match("title", "甲 乙")),
        ("ANDROID ORB", All([Match("text", "ANDROID"), Match("text", "ORB")])),
    ],
)
def test_a_question_means_what_solr_takes_it_for(words, meaning):
    assert parse(words) == meaning


@pytest.mark.parametrize(
    ("words", "count"),
    [
        ("name:307012001-*", 18),
        ("title:区划代码*", 18),
        ("title:无", 0),
        ("notes:统计用", 18),
        ("author:示范省", 18),
        ("grade:L1 AND data_format:3", 18),
        ("grade:[L1 TO L2]", 18),
        ("extras_grade:L?", 18),
        ("code:*", 18),
        ("metadata_modified:[2026-11-23T00:00:00Z TO *]", 6),
        ("metadata_modified:[2026-11-22 TO 2026-11-23T09:00:00Z]", 12),
        ("organization:*", 18),
        ("groups:b*", 6),
        ("res_format:*", 13),
    ],
)
def test_fields_of_ours_and_of_ckan_can_be_asked(entries, words, count):
    found = found_for(VISITOR, [parse(words)], order=[], start=0, rows=0, facets=FacetsAsked())
    assert found.count == count


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        ("NOW", NOW),
        ("NOW/DAY", NOW.replace(hour=0, minute=0, second=0, microsecond=0)),
        ("NOW/DAY-7DAYS", dt.datetime(2026, 11, 16, tzinfo=dt.UTC)),
        ("NOW-9MONTHS/YEAR", dt.datetime(2026, 1, 1, tzinfo=dt.UTC)),
        ("2024-02-29T00:00:00Z+1YEAR", dt.datetime(2025, 2, 28, tzinfo=dt.UTC)),
        ("2026-11-23T08:30:15.123456Z", NOW),
        ("2026-11-23T08:30:15.123456", NOW),
        ("2026-11-23", dt.datetime(2026, 11, 23, tzinfo=dt.UTC)),
    ],
)
def test_moments_are_read_as_solr_reads_them(words, meant):
    assert moment(words, now=NOW) == meant
