from datetime import date

import pytest

from portal.common.check_digits import is_resident_id
from portal.demo.rows import ALLOWANCES, HOMES, TABLES, rows_of


@pytest.mark.parametrize(
    ("table", "count"),
    [
        ("divisions", 44_703),
        ("villages", 17_498),
        ("allowances", ALLOWANCES),
        ("homes", HOMES),
        ("holidays", 771),
    ],
)
def test_a_table_has_its_rows_each_with_a_key_of_its_own(table: str, count: int) -> None:
    rows = list(rows_of(table))

    assert len(rows) == count
    assert len({row[0] for row in rows}) == count
    assert {len(row) for row in rows} == {len(TABLES[table].columns)}


def test_the_synthetic_people_have_valid_id_numbers_in_divisions_of_nobody() -> None:
    for _certificate, _name, id_number, born, division, *_rest in rows_of("allowances"):
        assert is_resident_id(id_number, today=date(2026, 11, 23))
        assert id_number.startswith("99")
        assert id_number[:6] == division
        assert id_number[6:14] == f"{born:%Y%m%d}"


def test_the_synthetic_people_are_the_same_every_time() -> None:
    assert list(rows_of("allowances")) == list(rows_of("allowances"))


@pytest.mark.parametrize("table", TABLES)
def test_a_mapping_names_only_columns_of_its_table(table: str) -> None:
    columns = {name for name, _type in TABLES[table].columns}
    assert set(TABLES[table].mapping.values()) == columns
