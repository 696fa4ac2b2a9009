"""A dataset as another portal describes it, in the words of an entry of ours.

The same description always gives the same words: what has no order at the other portal is sorted.
"""

import html
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.utils.html import strip_tags

from catalog.formats.dcat_terms import FREQUENCIES
from catalog.models import DataFormat, UpdateFrequency
from portal.common.plain_text import DIRECTION, LAYOUT, UNSEEN

LONGEST_NAME = 200
LONGEST_NAME_EN = 300
LONGEST_ABSTRACT = 2000
LONGEST_TAG = 30
MOST_TAGS = 20
LONGEST_IDENTIFIER = 500
LONGEST_PAGE = 1000
CUT = "…"

FREQUENCY_OF: Mapping[str, str] = {
    **{word: code.value for code, word in FREQUENCIES.items()},
    "CONT": UpdateFrequency.REAL_TIME.value,
    "CONTINUOUS": UpdateFrequency.REAL_TIME.value,
    "YEARLY": UpdateFrequency.YEARLY.value,
    "ANNUALLY": UpdateFrequency.YEARLY.value,
    "R/P1D": UpdateFrequency.DAILY.value,
    "R/P1W": UpdateFrequency.WEEKLY.value,
    "R/P7D": UpdateFrequency.WEEKLY.value,
    "R/P1M": UpdateFrequency.MONTHLY.value,
    "R/P3M": UpdateFrequency.QUARTERLY.value,
    "R/P6M": UpdateFrequency.HALF_YEARLY.value,
    "R/P1Y": UpdateFrequency.YEARLY.value,
}
FORMAT_WORDS: Mapping[DataFormat, frozenset[str]] = {
    DataFormat.SPREADSHEET: frozenset(
        [
            "csv",
            "tsv",
            "xls",
            "xlsx",
            "ods",
            "vnd.ms-excel",
            "vnd.oasis.opendocument.spreadsheet",
            "vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        ]
    ),
    DataFormat.DATABASE: frozenset(["sql", "sqlite", "mdb", "dbf", "gpkg", "parquet"]),
    DataFormat.SELF_DESCRIBING: frozenset(
        [
            "json",
            "jsonl",
            "geojson",
            "xml",
            "rdf",
            "rdf_xml",
            "rdf+xml",
            "ttl",
            "turtle",
            "jsonld",
            "json_ld",
            "ld+json",
            "kml",
        ]
    ),
    DataFormat.INTERFACE: frozenset(["api", "rest", "wms", "wfs", "wmts", "sparql", "soap"]),
    DataFormat.DOCUMENT: frozenset(
        ["pdf", "doc", "docx", "txt", "html", "htm", "odt", "zip", "plain"]
    ),
    DataFormat.IMAGE: frozenset(["png", "jpg", "jpeg", "tif", "tiff", "gif", "svg"]),
    DataFormat.MEDIA: frozenset(["mp3", "mp4", "avi", "mov"]),
}
SPACE = re.compile(r"[^\S\n]+")
LINES = re.compile(r"\s*\n\s*\n\s*")


@dataclass(frozen=True, slots=True)
class Dataset:
    """`identifier` is what the other portal never gives to another one; `page` may be empty."""

    identifier: str
    title: str
    page: str = ""
    title_en: str = ""
    description: str = ""
    keywords: tuple[str, ...] = ()
    frequency: str = ""
    formats: frozenset[str] = frozenset()
    temporal_from: str = ""
    temporal_to: str = ""


@dataclass(slots=True)
class Walked:
    """All that a portal has. `unnamed`: datasets that nothing tells from others, by their titles."""

    datasets: dict[str, Dataset] = field(default_factory=dict)
    unnamed: list[str] = field(default_factory=list)

    @property
    def count(self) -> int:
        return len(self.datasets) + len(self.unnamed)


def fields_of(dataset: Dataset, *, catalogue: str) -> dict[str, Any]:
    """What an entry takes from the dataset, as JSON for `catalog.bulk`. Long descriptions are cut.

    What the other portal does not say of format and frequency is an electronic file, irregularly.
    """
    name_en = one_line(dataset.title_en)
    return {
        "name": one_line(dataset.title),
        "name_en": "" if name_en == one_line(dataset.title) else _cut(name_en, LONGEST_NAME_EN),
        "abstract": _cut(plain(dataset.description), LONGEST_ABSTRACT),
        "tags": _tags(dataset.keywords),
        "update_frequency": frequency_of(dataset.frequency),
        "data_format": format_of(dataset.formats),
        "temporal_from": day_of(dataset.temporal_from),
        "temporal_to": day_of(dataset.temporal_to),
        "source_system": _cut(one_line(catalogue), 100),
    }


def plain(text: str) -> str:
    """The text without tags and without characters that an entry does not take."""
    words = html.unescape(strip_tags(text.replace("\r\n", "\n").replace("\r", "\n")))
    kept = "".join(
        one
        for one in words
        if one not in DIRECTION | UNSEEN
        and (one in LAYOUT or unicodedata.category(one) not in {"Cc", "Cs"})
    )
    return LINES.sub("\n\n", SPACE.sub(" ", kept)).strip()


def one_line(text: str) -> str:
    return " ".join(plain(text).split())


def frequency_of(told: str) -> str:
    """Of an address the last part counts: …/frequency/DAILY."""
    word = told.rstrip("/").rpartition("/")[2].rpartition("#")[2]
    known = FREQUENCY_OF.get(told.strip().upper()) or FREQUENCY_OF.get(word.strip().upper())
    return known or UpdateFrequency.IRREGULAR.value


def format_of(told: Iterable[str]) -> str:
    words = {word for one in told for word in _format_words(one)}
    for known, of_it in FORMAT_WORDS.items():
        if words & of_it:
            return known.value
    return DataFormat.DOCUMENT.value


def day_of(told: str) -> str | None:
    try:
        return date.fromisoformat(told.strip()[:10]).isoformat()
    except ValueError:
        return None


def _format_words(told: str) -> set[str]:
    lower = told.strip().lower().lstrip(".")
    return {lower, lower.rstrip("/").rpartition("/")[2]}


def _tags(keywords: Iterable[str]) -> list[str]:
    words = {one_line(one) for one in keywords}
    return sorted(one for one in words if one and len(one) <= LONGEST_TAG)[:MOST_TAGS]


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else text[: longest - 1].rstrip() + CUT
