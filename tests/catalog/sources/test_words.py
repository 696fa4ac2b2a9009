"""Every failure has words that say what happened and what to do, in both languages."""

import re

import pytest
from django.utils import translation

from catalog.sources.failures import HEALS
from catalog.sources.words import FAILURES, LOG, explain, log_line

DATA = {
    "host": "db.example",
    "port": 5432,
    "database": "civil",
    "user": "reader",
    "relation": "public.divisions",
    "items": "代码",
    "item": "代码",
    "row": 7,
    "length": 12,
    "times": 2,
    "type": "Y",
    "sqlstate": "XX000",
    "value": "9",
    "columns": "a, b",
    "place": 3,
    "found": 2,
    "expected": 3,
    "encoding": "gb18030",
    "quote": "x",
    "most": 1024,
    "column": "a.b",
    "path": "data.rows",
    "sheet": "Sheet1",
    "cells": "A1:B2",
    "cell": "B2",
    "file": "a.csv",
    "declared": "csv",
    "status": 503,
    "key": "SHA256:x",
    "page": 2,
    "announced": 9,
    "count": 7,
    "error": "No space left",
    "list": "GB/T 2261.1-2003",
    "bad": 46,
    "rows": 194,
    "fewest": 100,
    "dialect": "oracle+oracledb",
    "level": "replica",
    "action": "package_search",
    "publication": "govshare_7",
    "before": 40,
    "why": "not found",
    "form": "Turtle",
}


@pytest.mark.parametrize("language", ["en", "zh-hans"])
@pytest.mark.parametrize("code", FAILURES)
def test_a_failure_is_told_without_gaps(code, language):
    with translation.override(language):
        told = explain(code, DATA)

    assert told.what
    assert told.to_do
    assert not re.search(r"%\(|\{|None", told.what + told.to_do)


def test_all_that_heals_has_words():
    assert FAILURES.keys() >= HEALS


def test_the_type_of_an_item_is_told_in_words():
    with translation.override("en"):
        assert explain("wrong_type", DATA).what == "Row 7: the value of “代码” is no currency."


def test_an_unknown_code_is_told_as_it_is():
    with translation.override("en"):
        assert explain("strange", {}).what == "The run failed with the code strange."


@pytest.mark.parametrize("code", LOG)
def test_a_line_of_the_log_is_told_without_gaps(code):
    data = {"attempt": 1, "product": "PostgreSQL 18", "rows": 44700}
    data |= {"inserted": 1, "updated": 2, "deleted": 3, "bad": 4}
    data |= {"column": "changed", "low": "490", "keys": 5}
    data |= {"upto": "0/1EFD068", "changes": 6}

    with translation.override("en"):
        told = log_line(code, data)

    assert "%(" not in told
    assert log_line("of_another_time", {}) == "of_another_time"
