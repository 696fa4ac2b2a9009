"""The standards that come with the portal, read from `data/`: see its README for where they are from."""

import csv
import gzip
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from . import classification, codes
from .classification import NodeRow
from .codes import CodeRow

DATA = Path(__file__).parent / "data"
DIVISIONS = DATA / "divisions"
# Names of rows of the statistical list that are no places of their own.
COLLECTIVE_NAMES = frozenset({"市辖区", "县", "省直辖县级行政区划", "自治区直辖县级行政区划"})


@dataclass(frozen=True, slots=True)
class ShippedList:
    """A list as `lists.toml` describes it; `file` is a CSV file, or "divisions"."""

    identifier: str
    name: str
    name_en: str
    standard: str
    file: str
    note: str = ""
    is_partial: bool = False

    def rows(self) -> list[CodeRow]:
        if self.file == "divisions":
            return list(_divisions())
        return codes.read((DATA / self.file).read_bytes())


@dataclass(frozen=True, slots=True)
class ShippedElement:
    identifier: str
    name: str
    name_en: str
    definition: str
    type: str
    length: int | None
    code_list: str
    standard: str


def lists() -> list[ShippedList]:
    with (DATA / "lists.toml").open("rb") as file:
        return [ShippedList(**described) for described in tomllib.load(file)["list"]]


def elements() -> list[ShippedElement]:
    with (DATA / "elements.csv").open(encoding="utf-8", newline="") as file:
        return [
            ShippedElement(length=int(length) if length else None, **row)
            for row in csv.DictReader(file)
            if (length := row.pop("length")) is not None
        ]


def nodes() -> list[NodeRow]:
    return classification.read((DATA / "classification.csv").read_bytes())


def division_names(level: str) -> frozenset[str]:
    """The names of a level ("provinces", "cities", "areas") that addresses are written with."""
    return frozenset(row["name"] for row in _read(level)) - COLLECTIVE_NAMES


def _divisions() -> Iterator[CodeRow]:
    """Six digits each, as GB/T 2260 writes them, the county under its city under its province.

    A city without counties stands in the statistical list as its own county; here it stands once.
    """
    cities = set()
    for row in _read("provinces"):
        yield CodeRow(f"{row['code']}0000", row["name"])
    for row in _read("cities"):
        code = f"{row['code']}00"
        cities.add(code)
        yield CodeRow(code, row["name"], f"{row['provinceCode']}0000")
    for row in _read("areas"):
        if row["code"] not in cities:
            yield CodeRow(row["code"], row["name"], f"{row['cityCode']}00")


def _read(name: str) -> Iterator[dict[str, str]]:
    with gzip.open(DIVISIONS / f"{name}.csv.gz", "rt", encoding="utf-8") as file:
        yield from csv.DictReader(file)
