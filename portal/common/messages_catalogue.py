"""The Simplified Chinese of every text: `locale/<area>/zh_Hans/LC_MESSAGES/django.po`.

The English is the id; there is no English catalogue. All areas are merged when the portal runs,
so an id that several areas use is translated in one of them.
"""

import io
import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from .message_extraction import AREAS, Key, Use, area_of, uses

LOCALE = "zh_Hans"
HEADER = """\
msgid ""
msgstr ""
"Language: zh_Hans\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=UTF-8\\n"
"Content-Transfer-Encoding: 8bit\\n"
"Plural-Forms: nplurals=1; plural=0;\\n"

"""
PLACEHOLDER = re.compile(r"(?<!%)(?:%%)*%(\(\w+\)[sdif]|[sdif])|\{(\w*)\}")


@dataclass(frozen=True, slots=True)
class Wanted:
    """A text that the sources use: with its plural, and in which files."""

    key: Key
    plural: str
    paths: tuple[str, ...]

    def areas(self) -> set[str]:
        return {area_of(path) for path in self.paths}


def po_path(root: Path, area: str) -> Path:
    return root / "locale" / area / LOCALE / "LC_MESSAGES" / "django.po"


def wanted(found: Iterable[Use]) -> dict[Key, Wanted]:
    """The texts by key; a plural given in one place counts for all."""
    plurals: dict[Key, str] = {}
    paths: dict[Key, set[str]] = defaultdict(set)
    for use in found:
        plurals[use.key] = plurals.get(use.key, "") or use.plural
        paths[use.key].add(use.path)
    return {key: Wanted(key, plurals[key], tuple(sorted(paths[key]))) for key in plurals}


def read(root: Path) -> dict[str, Catalog]:
    """The catalogue of each area; an empty one where there is no file yet."""
    return {area: _read(po_path(root, area)) for area in AREAS}


def update(root: Path, area: str) -> int:
    """Bring the area's file in line with its sources; return how many texts lack their Chinese.

    Kept: what any source still uses. Added, empty: what this area uses and no area translates.
    """
    texts = wanted(uses(root))
    catalogues = read(root)
    own = _entries(catalogues[area])
    elsewhere = {
        key
        for other, catalogue in catalogues.items()
        if other != area
        for key, message in _entries(catalogue).items()
        if _is_translated(message)
    }
    renewed = Catalog(locale=LOCALE)
    for key, text in texts.items():
        before = own.get(key)
        if before is None and (area not in text.areas() or key in elsewhere):
            continue
        if before is not None and not _is_translated(before) and key in elsewhere:
            continue
        renewed.add(
            (key.id, text.plural) if text.plural else key.id,
            _translation(before, is_plural=bool(text.plural)),
            locations=[(path, 0) for path in text.paths if area_of(path) == area],
            flags={"fuzzy"} if before is not None and before.fuzzy else (),
            context=key.context or None,
        )
    _write(po_path(root, area), renewed)
    return sum(not _is_translated(message) for message in _entries(renewed).values())


def faults(root: Path, only: str = "") -> list[str]:
    """What is wrong with the translations, each with its area; of one area if `only` names it."""
    texts = wanted(uses(root))
    catalogues = read(root)
    entries = {area: _entries(catalogue) for area, catalogue in catalogues.items()}
    found = [
        (area, f"obsolete: {message.id!r}")
        for area, catalogue in catalogues.items()
        for message in catalogue.obsolete.values()
    ]
    for key, text in texts.items():
        if not any(_is_translated(own[key]) for own in entries.values() if key in own):
            area = sorted(text.areas())[0]
            found.append((area, f"untranslated: {_shown(key)} in {text.paths[0]}"))
    for area, own in entries.items():
        for key, message in own.items():
            found += [(area, words) for words in _entry_faults(key, message, texts.get(key))]
            for other in AREAS[AREAS.index(area) + 1 :]:
                twin = entries[other].get(key)
                if twin is not None and _words(twin) != _words(message) and _is_translated(twin):
                    found.append((other, f"translated otherwise in {area}: {_shown(key)}"))
    return [f"{area}: {words}" for area, words in sorted(found) if only in ("", area)]


def compile_catalogues(root: Path) -> list[Path]:
    """Write the .mo of every .po that is newer than it; return those written."""
    written = []
    for area in AREAS:
        source = po_path(root, area)
        target = source.with_suffix(".mo")
        if not source.exists():
            continue
        if target.exists() and target.stat().st_mtime_ns >= source.stat().st_mtime_ns:
            continue
        content = io.BytesIO()
        write_mo(content, _read(source))
        half = target.with_suffix(".mo.new")
        half.write_bytes(content.getvalue())
        half.replace(target)
        written.append(target)
    return written


def _entry_faults(key: Key, message: Message, text: Wanted | None) -> list[str]:
    if text is None:
        return [f"obsolete: {_shown(key)}"]
    found = []
    if message.fuzzy:
        found.append(f"fuzzy: {_shown(key)}")
    if bool(text.plural) != message.pluralizable:
        found.append(f"plural differs from the source: {_shown(key)}")
    asked = _placeholders(key.id) | _placeholders(text.plural)
    found += [
        f"placeholders differ: {_shown(key)}: {words!r}"
        for words in _words(message)
        if words and _placeholders(words) != asked
    ]
    return found


def _placeholders(words: str) -> set[str]:
    return {match[1] or "{" + match[2] + "}" for match in PLACEHOLDER.finditer(words)}


def _words(message: Message) -> tuple[str, ...]:
    string = message.string
    words = string if isinstance(string, list | tuple) else (string,)
    return tuple(word or "" for word in words)


def _is_translated(message: Message) -> bool:
    return all(_words(message))


def _translation(before: Message | None, *, is_plural: bool) -> str | tuple[str, ...]:
    words = _words(before)[0] if before is not None else ""
    return (words,) if is_plural else words


def _shown(key: Key) -> str:
    return f"{key.id!r} ({key.context})" if key.context else repr(key.id)


def _entries(catalogue: Catalog) -> dict[Key, Message]:
    return {
        Key(_singular(message), message.context or ""): message
        for message in catalogue
        if message.id
    }


def _singular(message: Message) -> str:
    return message.id if isinstance(message.id, str) else message.id[0]


def _read(path: Path) -> Catalog:
    if not path.exists():
        return Catalog(locale=LOCALE)
    with path.open("rb") as stream:
        return read_po(stream, locale=LOCALE)


def _write(path: Path, catalogue: Catalog) -> None:
    body = io.BytesIO()
    write_po(body, catalogue, width=0, omit_header=True, sort_output=True, include_lineno=False)
    path.parent.mkdir(parents=True, exist_ok=True)
    content = HEADER + body.getvalue().decode().rstrip("\n") + "\n"
    path.write_text(content, encoding="utf-8")
