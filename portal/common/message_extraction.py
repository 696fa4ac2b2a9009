"""Finds the texts for people in Python and templates, and says to which area each file belongs.

An area is a folder of `locale/` with one owner. Pure Python (Babel): no GNU gettext is needed.
"""

import ast
import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from babel.messages.extract import extract
from django.utils.translation.template import templatize

AREAS = (
    "common",
    "workdays",
    "audit",
    "organisation",
    "sources",
    "catalog",
    "sharing",
    "supervision",
    "watching",
    "home",
    "demo",
)
# In catalog's own folders the files on sources and sync runs are named so.
_SOURCES_FOLDERS = ("models", "services", "selectors", "views", "api", "forms")
# The longest beginning of a file's path decides its area.
AREA_OF_PATH = {
    "portal/": "common",
    "templates/": "common",
    "portal/workdays/": "workdays",
    "portal/clocks/": "workdays",
    "templates/clocks/": "workdays",
    "audit/": "audit",
    "templates/audit/": "audit",
    "portal/watching/": "watching",
    "templates/watching/": "watching",
    "portal/organisation/": "organisation",
    "templates/organisation/": "organisation",
    "catalog/": "catalog",
    "templates/catalog/": "catalog",
    "catalog/sources/": "sources",
    "catalog/store/": "sources",
    "templates/sources/": "sources",
    **{f"catalog/{folder}/source": "sources" for folder in _SOURCES_FOLDERS},
    **{f"catalog/{folder}/sync": "sources" for folder in _SOURCES_FOLDERS},
    "sharing/": "sharing",
    "templates/sharing/": "sharing",
    "templates/matching/": "sharing",
    "portal/webhooks/": "organisation",
    "portal/idempotency/": "organisation",
    "templates/webhooks/": "organisation",
    "portal/supervision/": "supervision",
    "templates/supervision/": "supervision",
    "portal/home/": "home",
    "templates/home/": "home",
    "portal/demo/": "demo",
    "templates/demo/": "demo",
}
ROOTS = ("portal", "audit", "catalog", "sharing", "templates")

CONTEXT_FIRST = ((1, "c"), 2)
CONTEXT_AND_PLURAL = ((1, "c"), 2, 3)
KEYWORDS: dict[str, tuple[int | tuple[int, str], ...] | None] = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": CONTEXT_FIRST,
    "pgettext_lazy": CONTEXT_FIRST,
    "npgettext": CONTEXT_AND_PLURAL,
    "npgettext_lazy": CONTEXT_AND_PLURAL,
}


@dataclass(frozen=True, slots=True, order=True)
class Key:
    """What a text is looked up by: context ("" for none) and the English of one."""

    id: str
    context: str = ""


@dataclass(frozen=True, slots=True)
class Use:
    """A text as it stands in one file; `plural` is "" where there is none."""

    key: Key
    plural: str
    path: str


def area_of(path: str) -> str:
    """The area of a file, by its path from the root of the repository."""
    best = max((start for start in AREA_OF_PATH if path.startswith(start)), key=len, default="")
    return AREA_OF_PATH.get(best, "common")


def uses(root: Path) -> Iterator[Use]:
    """Every text of the repository, in the order of files and lines."""
    for folder in ROOTS:
        for path in sorted((root / folder).rglob("*")):
            name = path.relative_to(root).as_posix()
            if path.suffix == ".py" and "/migrations/" not in name:
                yield from python_uses(path.read_text(encoding="utf-8"), name)
            elif path.suffix in {".html", ".txt"}:
                yield from template_uses(path.read_text(encoding="utf-8"), name)


def python_uses(source: str, path: str) -> Iterator[Use]:
    return _extracted(source, path, KEYWORDS | _aliases(source))


def template_uses(source: str, path: str) -> Iterator[Use]:
    """Texts of {% translate %}, {% blocktranslate %} and _(), as Django's makemessages reads them.

    What is no text arrives blotted out, but with its indentation, at which Python would stumble.
    """
    as_python = "\n".join(line.lstrip() for line in templatize(source, path).splitlines())
    return _extracted(as_python, path, KEYWORDS)


def _extracted(
    source: str, path: str, keywords: dict[str, tuple[int | tuple[int, str], ...] | None]
) -> Iterator[Use]:
    found = extract("python", io.BytesIO(source.encode()), keywords, options={"encoding": "utf-8"})
    for _line, words, _comments, context in found:
        one, many = (words[0], words[1]) if isinstance(words, tuple) else (words, "")
        if one:
            yield Use(Key(one, context or ""), many, path)


def _aliases(source: str) -> dict[str, tuple[int | tuple[int, str], ...] | None]:
    """The other names under which a module imports the functions of gettext."""
    return {
        name.asname: KEYWORDS[name.name]
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.ImportFrom) and node.module == "django.utils.translation"
        for name in node.names
        if name.asname and name.name in KEYWORDS
    }
