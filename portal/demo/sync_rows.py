"""Rows of the sources whose sync the demonstration shows going well and badly; all of them invented.

Each table is a function of the day of its story: some rows are new, some changed, some gone, and a
few are as wrong as rows of real sources are. The same day gives the same rows.
"""

import csv
import io
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from portal.common.check_digits import resident_id_check_character, uscc_check_character
from portal.demo.rows import DIVISIONS_OF_NOBODY, GIVEN, SURNAMES, Table

Row = tuple[object, ...]

INSURED = 3_000
VEHICLES = 4_000
LICENCES = 1_500
DRIVERS = 1_200
CERTIFICATES = 900
ESTATES = 2_400
TRADERS = 2_400
CHANGED_EACH = 61
GONE_EACH = 199
# Of the insured, one in so many is wrong, day by day: the department mends, slips, and mends again.
WRONG_EACH = (127, 113, 109, 131, 29, 127, 151, 179, 211, 251, 307, 331)
STREETS = ["建设", "解放", "人民", "东风", "新华", "中山", "友谊", "工业"]


@dataclass(frozen=True, slots=True)
class Told:
    """A table, and which rows it holds on which day of its story."""

    table: Table
    rows: Callable[[int], Iterator[Row]]


def _present(first: int, day: int) -> Iterator[tuple[int, int]]:
    """The numbers of the rows that exist on this day, and how often each has changed by then."""
    for number in range(1, first + day * (first // 150) + 1):
        if not 0 < number % GONE_EACH <= day:
            yield number, sum((number + one * 37) % CHANGED_EACH == 0 for one in range(day + 1))


def _dice(number: int) -> random.Random:
    return random.Random(number)  # noqa: S311 - the same invented rows every time


def _person(dice: random.Random) -> str:
    return dice.choice(SURNAMES) + "".join(dice.choices(GIVEN, k=dice.choice((1, 2))))


def _id_number(dice: random.Random) -> str:
    born = date(1945, 1, 1) + timedelta(days=dice.randrange(27_000))
    body = f"{dice.choice(DIVISIONS_OF_NOBODY)}{born:%Y%m%d}{dice.randrange(1000):03d}"
    return body + resident_id_check_character(body)


def _place(dice: random.Random) -> str:
    return f"示范市{dice.choice(STREETS)}路{dice.randrange(1, 400)}号"


def _insured(day: int) -> Iterator[Row]:
    wrong = WRONG_EACH[min(day, len(WRONG_EACH) - 1)]
    for number, changes in _present(INSURED, day):
        dice = _dice(number)
        name: str | None = _person(dice)
        id_number = _id_number(dice)
        kind = dice.choice(("职工医保", "居民医保"))
        status = ("正常参保", "暂停参保", "终止参保")[(dice.choice((0, 0, 0, 1)) + changes) % 3]
        if number % wrong == 5:
            match number // wrong % 3:
                case 0:
                    id_number = id_number[:-1] + ("0" if id_number[-1] != "0" else "1")
                case 1:
                    name = None
                case 2:
                    status = "不详"
        yield f"YB99{number:010d}", name, id_number, kind, status


def _vehicles(day: int) -> Iterator[Row]:
    for number, changes in _present(VEHICLES, day):
        dice = _dice(number)
        registered = date(2012, 1, 1) + timedelta(days=dice.randrange(5_000))
        yield (
            f"演A{number:05d}",
            dice.choice(("小型轿车", "小型客车", "重型货车", "轻型货车", "摩托车")),
            dice.choice(("非营运", "非营运", "营转非", "货运", "出租客运")),
            registered,
            ("正常", "逾期未检验", "注销")[changes % 3],
        )


def _licences(day: int) -> Iterator[Row]:
    for number, changes in _present(LICENCES, day):
        dice = _dice(number)
        until = date(2026, 6, 1) + timedelta(days=dice.randrange(1_500) + 30 * changes)
        written = f"{until.year}/{until.month:02d}/{until.day:02d}"
        if number % 307 == 11:
            written = ("长期", "2027/02/30", "")[number // 307 % 3]
        yield (
            f"JY99{number:010d}",
            f"示范{_person(dice)}食品店",
            dice.choice(("预包装食品销售", "热食类食品制售", "糕点类食品制售", "散装食品销售")),
            written,
        )


def _drivers(day: int) -> Iterator[Row]:
    for number, changes in _present(DRIVERS, day):
        dice = _dice(number)
        until = date(2026, 12, 1) + timedelta(days=dice.randrange(2_000) + 365 * changes)
        kind = dice.choice(("道路货物运输", "道路旅客运输", "出租汽车客运", "危险货物运输"))
        yield f"CY99{number:012d}", _person(dice), kind, until


def _certificates(day: int) -> Iterator[Row]:
    for number, changes in _present(CERTIFICATES, day):
        dice = _dice(number)
        until = date(2027, 1, 1) + timedelta(days=dice.randrange(2_500) + 365 * changes)
        kind = dice.choice(("视力", "听力", "言语", "肢体", "智力", "精神"))
        degree = dice.choice(("一级", "二级", "三级", "四级"))
        yield f"{_id_number(dice)}{number % 90 + 10}", _person(dice), kind, degree, until


def _estates(day: int) -> Iterator[Row]:
    for number, changes in _present(ESTATES, day):
        dice = _dice(number)
        registered = date(2016, 1, 1) + timedelta(days=dice.randrange(3_600))
        yield (
            f"990101GB{number:020d}",
            _place(dice),
            f"{dice.randrange(4_000, 22_000) / 100:.2f}",
            dice.choice(("住宅", "商业服务", "工业", "办公")),
            registered,
            ("现势", "抵押", "历史")[changes % 3],
        )


def trader(number: int) -> Row:
    """One who trades under a name of their own, as registered at first: see `capture_story`."""
    dice = _dice(number)
    body = f"92990101MA{number:07d}"
    trade, scope = dice.choice(
        (
            ("面馆", "小餐饮"),
            ("便利店", "食品销售；日用百货销售"),
            ("理发店", "理发服务"),
            ("五金店", "五金产品零售"),
            ("花店", "礼品花卉销售"),
        )
    )
    name = f"示范市{_person(dice)}{trade}（个体工商户）"
    return body + uscc_check_character(body), name, _place(dice), scope, "存续"


def _traders(_day: int) -> Iterator[Row]:
    return (trader(number) for number in range(1, TRADERS + 1))


def _table(name: str, columns: str, mapping: str) -> Table:
    """From texts: `name type, …` with the key first, and the items in the order of the columns."""
    pairs = [tuple(one.strip().split(" ", 1)) for one in columns.split(";")]
    (key, kind), *rest = ((pair[0], pair[1]) for pair in pairs)
    items = mapping.split()
    named = [key, *(column for column, _kind in rest)]
    return Table(name, ((key, f"{kind} PRIMARY KEY"), *rest), dict(zip(items, named, strict=True)))


TOLD = {
    "insured": Told(
        _table(
            "yb_cbzt",
            "cbbh varchar(20); xm varchar(50); sfzh varchar(18); cblx varchar(20); zt varchar(10)",
            "insured_no name id_number kind status",
        ),
        _insured,
    ),
    "vehicles": Told(
        _table(
            "cg_jdc",
            "hphm varchar(10); cllx varchar(10); syxz varchar(10); djrq date; zt varchar(10)",
            "plate kind usage registered_on status",
        ),
        _vehicles,
    ),
    "licences": Told(
        _table(
            "rows",
            "许可证编号 text; 经营者名称 text; 经营项目 text; 有效期至 text",
            "licence name scope valid_until",
        ),
        _licences,
    ),
    "drivers": Told(
        _table(
            "yz_cyry",
            "zgzh varchar(30); xm varchar(50); lb varchar(20); yxq date",
            "certificate name kind valid_until",
        ),
        _drivers,
    ),
    "certificates": Told(
        _table(
            "cl_cjrz",
            "zh varchar(22); xm varchar(50); lb varchar(10); dj varchar(10); yxq date",
            "certificate name kind degree valid_until",
        ),
        _certificates,
    ),
    "estates": Told(
        _table(
            "dj_bdc",
            "dyh varchar(28); zl varchar(200); mj numeric(12,2); yt varchar(20); djrq date;"
            " qlzt varchar(10)",
            "unit_no address area usage registered_on status",
        ),
        _estates,
    ),
    "traders": Told(
        _table(
            "zc_gtgsh",
            "tyshxydm varchar(18); mc varchar(200); jycs varchar(200); jyfw text; zt varchar(20)",
            "uscc name address scope status",
        ),
        _traders,
    ),
}


def csv_of(name: str, day: int) -> bytes:
    """The rows of the day as the department's monthly file: CSV in GB18030, as Excel writes it."""
    told = TOLD[name]
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(column for column, _kind in told.table.columns)
    writer.writerows(told.rows(day))
    return out.getvalue().encode("gb18030")
