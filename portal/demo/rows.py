"""The rows that the demonstration province's departments hold in their own databases.

Divisions and holidays are real and public; the allowances are synthetic: their ID numbers have
valid check characters, but lie in division codes that do not exist (99…), so they belong to nobody.
The homes are synthetic too: real districts, but a telephone area code (0590) that is not in use.
"""

import csv
import gzip
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from chinese_calendar.constants import holidays, workdays

from catalog.standards.shipped import DIVISIONS as SHIPPED_DIVISIONS
from portal.common.check_digits import resident_id_check_character

DATA = Path(__file__).parent / "data"
# Down to the county, the portal's own code list is made of the same files.
FROM_LIBRARY = frozenset({"provinces", "cities", "areas"})
ALLOWANCES = 5_000
HOMES = 1_800
# Tables whose rows are invented; those that `sync_rows` makes are so, too.
SYNTHETIC = frozenset(
    {
        *("allowances", "homes", "insured", "vehicles", "licences"),
        *("drivers", "certificates", "estates", "traders"),
    }
)
LEVELS = {"provinces": "省级", "cities": "地级", "areas": "县级", "streets": "乡级"}
PARENT = {"provinces": None, "cities": "provinceCode", "areas": "cityCode", "streets": "areaCode"}
HOLIDAYS = {
    "New Year's Day": "元旦",
    "Spring Festival": "春节",
    "Tomb-sweeping Day": "清明节",
    "Labour Day": "劳动节",
    "Dragon Boat Festival": "端午节",
    "National Day": "国庆节",
    "Mid-autumn Festival": "中秋节",
    "Anti-Fascist 70th Day": "抗战胜利七十周年纪念日",
}
SURNAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林罗高"
GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉兰"
DIVISIONS_OF_NOBODY = ("990101", "990102", "990201", "990202")


@dataclass(frozen=True, slots=True)
class Table:
    """A table as a department keeps it, in names of its own; `columns` pairs name and SQL type."""

    name: str
    columns: tuple[tuple[str, str], ...]
    mapping: dict[str, str]
    """From the resource's columns to the table's."""


TABLES = {
    "divisions": Table(
        "mz_qhdm",
        (
            ("dm", "varchar(12) PRIMARY KEY"),
            ("mc", "varchar(100) NOT NULL"),
            ("jb", "varchar(10) NOT NULL"),
            ("sjdm", "varchar(12)"),
            ("sfdm", "varchar(2) NOT NULL"),
        ),
        {"code": "dm", "name": "mc", "level": "jb", "parent_code": "sjdm", "province_code": "sfdm"},
    ),
    "villages": Table(
        "mz_cjqh",
        (
            ("dm", "varchar(12) PRIMARY KEY"),
            ("mc", "varchar(100) NOT NULL"),
            ("xjdm", "varchar(9) NOT NULL"),
            ("xianjdm", "varchar(6) NOT NULL"),
            ("dsdm", "varchar(4) NOT NULL"),
        ),
        {
            "code": "dm",
            "name": "mc",
            "street_code": "xjdm",
            "area_code": "xianjdm",
            "city_code": "dsdm",
        },
    ),
    "allowances": Table(
        "mz_dbdx",
        (
            ("bzzh", "varchar(12) PRIMARY KEY"),
            ("xm", "varchar(50) NOT NULL"),
            ("sfzh", "char(18) NOT NULL"),
            ("csrq", "date NOT NULL"),
            ("qh", "varchar(6) NOT NULL"),
            ("je", "numeric(10,2) NOT NULL"),
            ("rdrq", "date NOT NULL"),
        ),
        {
            "certificate": "bzzh",
            "name": "xm",
            "id_number": "sfzh",
            "born_on": "csrq",
            "area_code": "qh",
            "monthly_amount": "je",
            "granted_on": "rdrq",
        },
    ),
    "homes": Table(
        "mz_yljg",
        (
            ("jgbh", "varchar(20) PRIMARY KEY"),
            ("jgmc", "varchar(100) NOT NULL"),
            ("dz", "varchar(200) NOT NULL"),
            ("cws", "integer"),
            ("dj", "varchar(10)"),
            ("ysf", "numeric(10,2)"),
            ("clrq", "date NOT NULL"),
            ("fzr", "varchar(50)"),
            ("lxdh", "varchar(20)"),
            ("dzyx", "varchar(100)"),
        ),
        {
            "institution_no": "jgbh",
            "name": "jgmc",
            "address": "dz",
            "beds": "cws",
            "star": "dj",
            "monthly_fee": "ysf",
            "founded_on": "clrq",
            "manager": "fzr",
            "phone": "lxdh",
            "email": "dzyx",
        },
    ),
    "holidays": Table(
        "bg_jjr",
        (
            ("rq", "date PRIMARY KEY"),
            ("jr", "varchar(20) NOT NULL"),
            ("lx", "varchar(10) NOT NULL"),
            ("nf", "integer NOT NULL"),
        ),
        {"day": "rq", "holiday": "jr", "kind": "lx", "year": "nf"},
    ),
}


def rows_of(table: str) -> Iterator[tuple[object, ...]]:
    """The rows of one of `TABLES`, in the order of its columns; the same at every call."""
    makers = {
        "divisions": _divisions,
        "villages": _villages,
        "allowances": _allowances,
        "homes": _homes,
        "holidays": _holidays,
    }
    return makers[table]()


def _read(name: str) -> Iterator[dict[str, str]]:
    room = SHIPPED_DIVISIONS if name in FROM_LIBRARY else DATA / "divisions"
    with gzip.open(room / f"{name}.csv.gz", "rt", encoding="utf-8") as file:
        yield from csv.DictReader(file)


def _divisions() -> Iterator[tuple[object, ...]]:
    for name, level in LEVELS.items():
        parent = PARENT[name]
        for row in _read(name):
            yield row["code"], row["name"], level, row[parent] if parent else None, row["code"][:2]


def _villages() -> Iterator[tuple[object, ...]]:
    for row in _read("villages-fujian"):
        yield row["code"], row["name"], row["streetCode"], row["areaCode"], row["cityCode"]


def _allowances() -> Iterator[tuple[object, ...]]:
    dice = random.Random(809)  # noqa: S311 - the same invented people every time
    for number in range(1, ALLOWANCES + 1):
        born = date(1940, 1, 1) + timedelta(days=dice.randrange(29_000))
        division = dice.choice(DIVISIONS_OF_NOBODY)
        body = f"{division}{born:%Y%m%d}{dice.randrange(1000):03d}"
        name = dice.choice(SURNAMES) + "".join(dice.choices(GIVEN, k=dice.choice((1, 2))))
        amount = f"{dice.randrange(30_000, 90_000) / 100:.2f}"
        granted = date(2022, 1, 1) + timedelta(days=dice.randrange(1_700))
        id_number = body + resident_id_check_character(body)
        yield f"DB99{number:08d}", name, id_number, born, division, amount, granted


def _homes() -> Iterator[tuple[object, ...]]:
    """Invented homes in real districts of one province; some state less than others."""
    dice = random.Random(60)  # noqa: S311 - the same invented homes every time
    cities = {row["code"]: row["name"] for row in _read("cities")}
    areas = [row for row in _read("areas") if row["provinceCode"] == "35"]
    stars = ("未评定", "一星级", "二星级", "三星级", "四星级", "五星级")
    for number in range(1, HOMES + 1):
        area = dice.choice(areas)
        star = dice.choices(range(6), (40, 6, 14, 22, 13, 5))[0]
        beds = min(12 + int(dice.expovariate(1 / (60 + 35 * star))), 1_200)
        fee = 1_400 + 620 * star + dice.gauss(0, 350)
        founded = date(1988, 1, 1) + timedelta(days=int(dice.triangular(0, 13_700, 11_000)))
        manager = dice.choice(SURNAMES) + "".join(dice.choices(GIVEN, k=dice.choice((1, 2))))
        yield (
            f"YL35{number:06d}",
            f"{area['name']}{dice.choice(GIVEN)}{dice.choice('安康乐宁和')}养老院",
            f"福建省{cities[area['cityCode']]}{area['name']}示范路{dice.randrange(1, 300)}号",
            beds if dice.random() > 0.02 else None,
            stars[star] if dice.random() > 0.05 else None,
            f"{max(fee, 800):.2f}" if dice.random() > 0.12 else None,
            founded,
            manager,
            f"0590-{dice.randrange(2_000_000, 9_000_000)}" if dice.random() > 0.03 else None,
            f"home{number:04d}@example.org" if dice.random() > 0.4 else None,
        )


def _holidays() -> Iterator[tuple[object, ...]]:
    days = [(day, name, "放假") for day, name in holidays.items()]
    days += [(day, name, "调休上班") for day, name in workdays.items()]
    for day, name, kind in sorted(days):
        yield day, HOLIDAYS[name], kind, day.year
