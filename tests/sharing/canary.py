"""Canary rows for tests: agreed on, known, and read out of what left."""

import csv
import io
import json

from sharing import canaries
from sharing.delivery import exports, pages
from sharing.delivery.formats import FORMATS
from tests.agreements import confirmed, proposed

# Behind the codes of the rows, which are of digits.
ROW = {"code": "T-{mark}", "name": "虚构户"}


def with_canary(cast, agreement, row=ROW, **changes):
    """Proposed by the provider's steward, confirmed by both heads."""
    proposed(agreement, cast.provider_steward, canary=row, **changes)
    return confirmed(agreement, cast.provider_head, cast.head)


def code_of(agreement) -> str:
    return canaries.told(agreement).key["code"]


def export(agreement, party, extension="csv") -> bytes:
    stream = exports.export(number=agreement.number, party=party, format=FORMATS[extension])
    return b"".join(stream)


def csv_of(content: bytes) -> list[dict]:
    return list(csv.DictReader(io.StringIO(content.decode(), newline="")))


def page(agreement, party, **asked) -> dict:
    given = {name: [str(value)] for name, value in asked.items()}
    return json.loads(pages.rows(number=agreement.number, party=party, asked=given))
