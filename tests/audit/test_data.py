from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from enum import IntEnum
from uuid import UUID

import pytest
from django.contrib.auth.models import Group
from django.utils.translation import gettext_lazy

from audit.data import plain
from audit.models import Result


class Level(IntEnum):
    HIGH = 3


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        (date(2026, 11, 23), "2026-11-23"),
        (datetime(2026, 11, 23, 8, 30, tzinfo=UTC), "2026-11-23T08:30:00+00:00"),
        (time(8, 30), "08:30:00"),
        (timedelta(days=1, seconds=5), "P1DT00H00M05S"),
        (Decimal("12345678901234567890.10"), "12345678901234567890.10"),
        (UUID(int=1), "00000000-0000-0000-0000-000000000001"),
        (Result.DENIED, "denied"),
        (Level.HIGH, 3),
        (gettext_lazy("audit"), "audit"),
        (float("nan"), "nan"),
        (float("inf"), "inf"),
        (True, True),
        (None, None),
        ((1, "a"), [1, "a"]),
        ({"b", "a"}, ["a", "b"]),
        ({1: date(2026, 1, 1)}, {"1": "2026-01-01"}),
    ],
)
def test_values_become_plain(value: object, kept: object) -> None:
    assert plain(value) == kept


@pytest.mark.parametrize("value", [b"bytes", object(), Group(pk=1), {1: 2, "1": 3}])
def test_what_has_no_agreed_form_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match=r"audit trail keeps no|same name"):
        plain({"value": value})
