"""House rules that a machine can hold: see docs and the import contracts in pyproject.toml."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
ROOMS = ("portal", "catalog", "sharing", "audit", "clients/python/src")
MODULES = sorted(
    path
    for room in ROOMS
    for path in (ROOT / room).rglob("*.py")
    if "migrations" not in path.parts and "__pycache__" not in path.parts
)
BESIDE = sorted(
    path for beside in ("tests", "benchmarks") for path in (ROOT / beside).rglob("*.py")
)
OUTSIDE = [path for path in MODULES if {"views", "api"} & set(path.parts) or path.stem == "views"]
SOURCES = MODULES + sorted((ROOT / "templates").rglob("*.html"))


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("path", MODULES + BESIDE, ids=name)
def test_a_module_has_at_most_400_lines(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 400


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_a_module_is_named_after_what_it_holds(path: Path) -> None:
    assert path.stem not in {"utils", "helpers", "manager", "misc"}


@pytest.mark.parametrize(
    ("pattern", "why"),
    [
        (r"@receiver\(|\.connect\(sender", "no signal receivers: a service says what it does"),
        (r"\.delay\(|\.apply_async\(", "announce on commit: delay_on_commit"),
        (r"\bTODO\b|\bFIXME\b|\bXXX\b", "nothing is left open"),
        (r"raise NotImplementedError", "an abstract method says what is to be given"),
        (r"except[^:\n]*:\s*\n\s*pass\b", "no error is swallowed"),
    ],
)
def test_no_module_does_what_the_house_forbids(pattern: str, why: str) -> None:
    found = [name(path) for path in MODULES if re.search(pattern, path.read_text("utf-8"))]
    assert found == [], why


@pytest.mark.parametrize("path", OUTSIDE, ids=name)
def test_views_ask_selectors_not_the_database(path: Path) -> None:
    assert not re.search(r"\.objects\b", path.read_text(encoding="utf-8"))


def test_templates_carry_no_inline_style_or_script() -> None:
    inline = re.compile(r"<script(?![^>]*\b(src|type=\"application/json\"))|\sstyle=|\son\w+=\"")
    found = [
        name(p) for p in (ROOT / "templates").rglob("*.html") if inline.search(p.read_text("utf-8"))
    ]
    assert found == []
