from collections.abc import Callable

import pytest
from django.contrib.auth.models import Group
from django.db import transaction

from audit.identity import Identity
from audit.models import Entry
from audit.services import record

ZHOU = Identity(kind="person", id="7", name="周处长", department_id=3, department="示范省民政厅")
RELIEF = Identity(
    kind="system", id="12", name="省社会救助系统", department_id=4, department="示范省教育厅"
)


@pytest.fixture
def group(db: None) -> Group:
    return Group.objects.create(name="学生学籍基本信息")


@pytest.fixture
def written(transactional_db: None) -> Callable[[int], list[Entry]]:
    """`written(5)`: five entries, committed one by one."""

    def write(n: int) -> list[Entry]:
        made = []
        for number in range(n):
            with transaction.atomic():
                made.append(record(actor=ZHOU, action="audit.search", target=None, number=number))
        return made

    return write
