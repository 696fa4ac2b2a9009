from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.contrib.auth.models import Group
from django.db import transaction
from pytest_django import DjangoDbBlocker

from audit import others
from audit.identity import Identity
from audit.models import Entry, OtherPortal
from audit.services import record
from portal.demo.neighbour import Neighbour
from tests.audit.database import empty_the_trail

ZHOU = Identity(kind="person", id="7", name="周处长", department_id=3, department="示范省民政厅")
Written = Callable[[int], list[Entry]]
RELIEF = Identity(
    kind="system", id="12", name="省社会救助系统", department_id=4, department="示范省教育厅"
)


@pytest.fixture
def group(db: None) -> Group:
    return Group.objects.create(name="学生学籍基本信息")


@pytest.fixture
def committed(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """A trail whose entries are committed; afterwards it alone is emptied.

    For tests that write nothing else: emptying every table takes a hundred times as long.
    """
    with django_db_blocker.unblock():
        empty_the_trail()  # of what a test that was broken off has left
        yield
        empty_the_trail()


@pytest.fixture
def written(committed: None) -> Callable[[int], list[Entry]]:
    """`written(5)`: five entries, committed one by one."""

    def write(n: int) -> list[Entry]:
        made = []
        for number in range(n):
            with transaction.atomic():
                made.append(record(actor=ZHOU, action="audit.search", target=None, number=number))
        return made

    return write


@pytest.fixture
def archive_folder(settings, tmp_path: Path) -> Path:
    """Files of archived months of this test alone, in the storage that is the usual one."""
    folder = tmp_path / "archive"
    settings.STORAGES = {
        **settings.STORAGES,
        "audit": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": folder, "base_url": None},
        },
    }
    return folder


@pytest.fixture
def city() -> Neighbour:
    return Neighbour()


@pytest.fixture
def portal(city: Neighbour) -> OtherPortal:
    return others.add(
        name="city", label="示范市门户", origin=city.origin, key=city.keys[0].public, by=None
    )
