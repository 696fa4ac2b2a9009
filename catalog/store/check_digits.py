"""The check characters of `portal.common.check_digits` as SQL, for a million rows in a second or two.

Both say true for a text whose form or check character is wrong. The bytes of the text are taken
apart once a row, in a subselect that is not flattened; length and a regular expression have seen
to it before that they are ASCII and of the right number (apart, for a counted repetition in the
expression takes twice as long).
"""

from datetime import date

from psycopg import sql

from portal.common.check_digits import (
    RESIDENT_ID_CHECKS,
    RESIDENT_ID_WEIGHTS,
    USCC_ALPHABET,
    USCC_WEIGHTS,
)

# Which value each ASCII character has in a credit code.
VALUES = bytes(max(USCC_ALPHABET.find(chr(code)), 0) for code in range(128))


def is_no_resident_id(text: sql.Composable, *, today: date) -> sql.Composed:
    """GB 11643-1999: 17 digits and a check character; the birth date exists and is not to come."""
    weighted = sql.SQL(" + ").join(
        sql.SQL("(get_byte(b, {}) - 48) * {}").format(sql.Literal(place), sql.Literal(weight))
        for place, weight in enumerate(RESIDENT_ID_WEIGHTS)
    )
    return sql.SQL(
        "CASE WHEN {text} IS NULL THEN false"
        " WHEN length({text}) <> 18 OR {text} !~ '^[0-9]+[0-9X]$' THEN true"
        " WHEN NOT pg_input_is_valid(substr({text}, 7, 8), 'date') THEN true"
        " WHEN substr({text}, 7, 8)::date > {today}::date THEN true"
        " ELSE (SELECT get_byte({checks}::bytea, ({weighted}) % 11) <> get_byte(b, 17)"
        " FROM (SELECT convert_to({text}, 'UTF8') AS b OFFSET 0) apart) END"
    ).format(
        text=text,
        today=sql.Literal(today.isoformat()),
        checks=_bytes(RESIDENT_ID_CHECKS.encode()),
        weighted=weighted,
    )


def is_no_credit_code(text: sql.Composable) -> sql.Composed:
    """GB 32100-2015: 18 characters of its alphabet, the last one a check."""
    values = _bytes(VALUES)
    weighted = sql.SQL(" + ").join(
        sql.SQL("get_byte({}::bytea, get_byte(b, {})) * {}").format(
            values, sql.Literal(place), sql.Literal(weight)
        )
        for place, weight in enumerate(USCC_WEIGHTS)
    )
    return sql.SQL(
        "CASE WHEN {text} IS NULL THEN false WHEN length({text}) <> 18 OR {text} !~ {form}"
        " THEN true"
        " ELSE (SELECT (31 - ({weighted}) % 31) % 31"
        " <> get_byte({values}::bytea, get_byte(b, 17))"
        " FROM (SELECT convert_to({text}, 'UTF8') AS b OFFSET 0) apart) END"
    ).format(
        text=text,
        form=sql.Literal(f"^[{USCC_ALPHABET}]+$"),
        weighted=weighted,
        values=values,
    )


def _bytes(value: bytes) -> sql.Literal:
    return sql.Literal(f"\\x{value.hex()}")
