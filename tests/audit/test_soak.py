"""Some seconds of what `python -m benchmarks.soak` does for ten minutes."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connection

from audit import notes
from audit.models import Entry, WitnessState
from benchmarks.soak import soak

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("committed")]


@pytest.fixture
def witness(settings, tmp_path: Path) -> Iterator[Path]:
    file = tmp_path / "witness.txt"
    settings.AUDIT_WITNESS_FILE = str(file)
    yield file
    WitnessState.objects.all().delete()


def test_many_entries_a_second_are_all_sealed_witnessed_and_whole(witness: Path) -> None:
    # given
    given = connection.settings_dict
    url = "postgres://{USER}:{PASSWORD}@{HOST}:{PORT}/{NAME}".format(**given)

    # when
    found = soak(url, rate=1_000, seconds=4)

    # then
    assert (found.written, found.sealed, found.broken) == (4_000, 4_000, "")
    assert found.seals >= 2
    assert Entry.objects.count() == 4_000
    witnessed = notes.read_all(witness.read_text())
    assert (len(witnessed), witnessed[-1].size) == (found.seals, 4_000)
