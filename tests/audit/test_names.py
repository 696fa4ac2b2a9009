"""An entry's facts are told in words, whoever recorded them."""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import TypeGuard

import pytest
from django.utils import translation

from audit.models import Entry
from audit.names import NAMES, meaning_of, name_of
from audit.presentation import changes, details

ROOMS = ("portal", "audit", "catalog", "sharing")
RECORD = {"record", "record_alone"}
# What `record` itself takes, and what the page tells in a place of its own.
OF_RECORD = {"actor", "action", "target", "result", "acts", "before", "after"}


def recorded() -> Iterator[tuple[str, str]]:
    """Each fact that the code gives to `record` by name, and where."""
    for room in ROOMS:
        for path in Path(room).rglob("*.py"):
            for call in filter(_records, ast.walk(ast.parse(path.read_text()))):
                facts = {one.arg for one in call.keywords if one.arg} - OF_RECORD
                yield from ((fact, f"{path}:{call.lineno}") for fact in facts)


def _records(node: ast.AST) -> TypeGuard[ast.Call]:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in RECORD


def test_every_fact_that_is_recorded_has_a_name() -> None:
    found = list(recorded())

    assert len(found) > 100
    assert sorted({f"{fact} in {place}" for fact, place in found if fact not in NAMES}) == []


@pytest.mark.parametrize(
    ("fact", "kind", "named"),
    [
        ("content_hash", "", "Digest of the terms"),
        ("calls_a_day", "sharing.agreement", "Calls a day"),
        ("calls_a_day", "sharing.gone", "calls_a_day"),
        ("nobody_knows_it", "sharing.agreement", "nobody_knows_it"),
        ("nobody_knows_it", "", "nobody_knows_it"),
        # A relation back to it is none of its own facts.
        ("pulls", "sharing.agreement", "pulls"),
    ],
)
def test_what_has_no_name_takes_that_of_the_targets_field(fact: str, kind: str, named: str) -> None:
    with translation.override("en"):
        assert str(name_of(fact, kind)) == named


@pytest.mark.parametrize(
    ("value", "kind", "meaning"),
    [
        ("awaiting", "sharing.agreement", "waiting for confirmation"),
        ("a state of an earlier version", "sharing.agreement", "a state of an earlier version"),
        ("awaiting", "", "awaiting"),
        (None, "sharing.agreement", None),
        (["awaiting"], "sharing.agreement", ["awaiting"]),
    ],
)
def test_a_code_of_the_targets_field_is_told_in_words(
    value: object, kind: str, meaning: object
) -> None:
    with translation.override("en"):
        told = meaning_of("state", value, kind)
        assert (str(told) if isinstance(value, str) else told) == meaning


def test_the_page_tells_names_and_codes_in_the_readers_language() -> None:
    entry = Entry(
        target_type="sharing.agreement",
        data={"before": "awaiting", "after": "pending", "content_hash": "27133ef7", "odd": True},
    )

    with translation.override("zh-hans"):
        (state,) = changes(entry)
        assert (str(state.name), state.before, state.after) == ("状态", "待确认", "等待提供数据")
        told = {str(one.name): one.lines for one in details(entry)}
    assert told == {"条款摘要值": ["27133ef7"], "odd": ["是"]}
