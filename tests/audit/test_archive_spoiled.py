"""A file of a month that is lost, cut or changed: no month goes on its word, and each loss is found."""

from collections.abc import Callable
from pathlib import Path

import pytest

from audit.archive import keeping
from audit.archive.making import CannotArchive
from audit.breaks import Kind
from audit.models import Entry, Month, MonthState
from audit.verification import verify
from tests.audit.conftest import Written
from tests.audit.database import seal_now
from tests.audit.past import OLD, month_of

pytestmark = pytest.mark.usefixtures("committed", "archive_folder")
SPOILED = [
    (lambda file: file.unlink(), "cannot be fetched"),
    (lambda file: file.write_bytes(file.read_bytes()[:-1]), "is not the one that was signed"),
    (
        lambda file: file.write_bytes(file.read_bytes().replace(b"PAR1", b"PAR2")),
        "is not the one that was signed",
    ),
]


@pytest.mark.parametrize(("spoil", "words"), SPOILED)
def test_a_copy_that_is_not_whole_lets_no_month_go(
    written: Written, archive_folder: Path, spoil: Callable[[Path], object], words: str
) -> None:
    # given
    month_of(OLD, 3)
    seal_now()
    papers = keeping.archive(OLD)
    assert papers is not None
    spoil(archive_folder / papers.file)

    # when
    with pytest.raises(CannotArchive, match=words):
        keeping.drop(OLD)

    # then
    assert Month.objects.get(pk=OLD).state == MonthState.COPIED
    assert Entry.objects.filter(action="audit.search").count() == 3


@pytest.mark.parametrize(("spoil", "words"), SPOILED)
def test_a_file_that_is_lost_or_changed_after_its_month_went_is_found(
    written: Written, archive_folder: Path, spoil: Callable[[Path], object], words: str
) -> None:
    # given
    written(1)
    seal_now()
    month_of(OLD, 3)
    seal_now()
    keeping.drop(OLD)
    spoil(archive_folder / Month.objects.get(pk=OLD).file)

    # when
    broken = verify(level=1).broken

    # then
    assert broken is not None
    assert broken.kind == Kind.MONTH
    assert words in broken.words
    assert OLD in broken.words
    with pytest.raises(CannotArchive, match=words):
        keeping.restore(OLD)
    assert Month.objects.get(pk=OLD).state == MonthState.ARCHIVED


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda note: note.replace('\\"entries\\": 3', '\\"entries\\": 2'), "no key of this trail"),
        (lambda _note: "{}", "it cannot be read"),
        (lambda _note: "x", "it cannot be read"),
    ],
)
def test_what_is_signed_about_a_file_cannot_be_changed(
    written: Written, change: Callable[[str], str], words: str
) -> None:
    # given
    month_of(OLD, 3)
    seal_now()
    keeping.drop(OLD)
    month = Month.objects.get(pk=OLD)
    assert change(month.note) != month.note
    month.note = change(month.note)
    month.save()

    # when
    broken = verify().broken

    # then
    assert broken is not None
    assert broken.kind == Kind.MONTH
    assert words in broken.words
