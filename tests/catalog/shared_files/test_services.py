"""Files that a resource shares as they are: told by their bytes, kept version by version, withdrawn."""

import io
import threading

import pytest
from django.db import DatabaseError, connection

from audit.models import Entry
from catalog.models import ResourceState, SharedFile, SharedFileVersion
from catalog.selectors.shared_files import given_of, has_files
from catalog.services import shared_files
from portal.common.errors import DomainError, Invalid, NotAllowed, WrongState
from portal.common.file_kinds import CHUNK, kind_of
from portal.organisation.models import DutyKind
from tests.factories import UserFactory

PDF, OTHER = b"%PDF-1.7\nfirst\n", b"%PDF-1.7\nsecond\n"
pytestmark = pytest.mark.django_db


def add(resource, by, name="规划图.pdf", content=PDF, note=""):
    return shared_files.add_version(
        resource=resource, name=name, file=io.BytesIO(content), size=len(content), note=note, by=by
    )


def content(version):
    with version.content.open() as file:
        return file.read()


def kept(place):
    return sorted(one.name for one in place.rglob("*") if one.is_file()) if place.exists() else []


def actions():
    return list(
        Entry.objects.filter(action__startswith="catalog.file.")
        .order_by("id")
        .values_list("action", flat=True)
    )


def test_a_file_of_the_same_name_is_the_next_version(resource, steward, place):
    first = add(resource, steward, note="首版")
    second = add(resource, steward, name="C:\\图\\规划图.pdf", content=OTHER)

    assert SharedFile.objects.get().name == "规划图.pdf"
    assert [(one.number, content(one)) for one in (first, second)] == [
        (1, PDF),
        (2, OTHER),
    ]
    assert [one.number for one in given_of(resource.pk)] == [2, 1]
    assert kept(place) == sorted([first.sha256, second.sha256])
    assert actions() == ["catalog.file.add"] * 2


def test_the_same_bytes_again_are_no_version_but_may_come_back_later(resource, steward, place):
    add(resource, steward)
    with pytest.raises(Invalid) as refused:
        add(resource, steward)
    add(resource, steward, content=OTHER)
    third = add(resource, steward)

    assert "file" in refused.value.fields
    assert third.number == 3
    assert len(kept(place)) == 2
    assert content(third) == PDF


def test_a_withdrawn_file_is_given_to_nobody_until_a_version_brings_it_back(resource, steward):
    shared = add(resource, steward).file

    withdrawn = shared_files.withdraw(shared=shared, reason="图有错", by=steward)

    assert withdrawn.withdrawn_at is not None
    assert not given_of(resource.pk).exists()
    assert not has_files(resource.pk)
    with pytest.raises(WrongState):
        shared_files.withdraw(shared=shared, reason="图有错", by=steward)
    again = add(resource, steward)
    assert (again.number, SharedFile.objects.get().withdrawn_at) == (2, None)
    assert has_files(resource.pk)
    assert actions() == ["catalog.file.add", "catalog.file.withdraw", "catalog.file.add"]


@pytest.mark.parametrize("reason", ["", "  ", "长" * 301, "两\n行", "<b>错</b>"])
def test_a_withdrawal_says_why_in_plain_words(resource, steward, reason):
    shared = add(resource, steward).file

    with pytest.raises(Invalid) as refused:
        shared_files.withdraw(shared=shared, reason=reason, by=steward)

    assert list(refused.value.fields) == ["reason"]
    assert SharedFile.objects.get().withdrawn_at is None
    assert actions() == ["catalog.file.add"]


@pytest.mark.parametrize(
    ("name", "content", "field"),
    [
        ("图.pdf", b"", "file"),
        ("图.pdf", b"MZ\x90\0", "file"),
        ("图.exe", b"MZ\x90\0", "file"),
        ("图", PDF, "file"),
        ("", PDF, "file"),
        ("a" * 200 + ".pdf", PDF, "file"),
        ("a\u202egpj.pdf", PDF, "file"),
        ("a\0.pdf", PDF, "file"),
        ("表.csv", b"a,b\0c", "file"),
        ("表.csv", b"\xff\xff\xff", "file"),
        ("图.zip", b"PK\x03\x04 broken", "file"),
        ("片.mp4", b"\0\0\0\x18mp4x", "file"),
    ],
)
def test_what_is_not_what_its_name_says_is_not_kept(resource, steward, place, name, content, field):
    with pytest.raises(Invalid) as refused:
        add(resource, steward, name=name, content=content)

    assert list(refused.value.fields) == [field]
    assert not SharedFile.objects.exists()
    assert kept(place) == []
    assert actions() == []


@pytest.mark.parametrize(
    ("name", "content", "media_type"),
    [
        ("a.tif", b"II*\0....", "image/tiff"),
        ("a.tiff", b"MM\0*....", "image/tiff"),
        ("a.mp4", b"\0\0\0\x18ftypmp42", "video/mp4"),
        ("a.mp3", b"ID3\x04\0", "audio/mpeg"),
        ("a.mp3", b"\xff\xfb\x90", "audio/mpeg"),
        ("a.geojson", b'{"type": "Point"}', "application/geo+json"),
        ("a.csv", "名称,值\n甲,1\n".encode("gb18030"), "text/csv"),
    ],
)
def test_each_kind_is_told_by_its_bytes(name, content, media_type):
    assert kind_of(name, io.BytesIO(content)) == media_type


def test_a_character_cut_by_the_end_of_a_part_is_text():
    # Three bytes of UTF-8, of which the first part that is read ends with the first.
    long = b"a" * (CHUNK - 1) + "一".encode()

    assert kind_of("a.txt", io.BytesIO(long)) == "text/plain"
    assert kind_of("a.txt", io.BytesIO(long[:-2])) is None


def test_too_large_and_too_many_are_refused(resource, steward, settings):
    settings.SHARED_FILE_MOST_BYTES = len(PDF)
    add(resource, steward)
    with pytest.raises(Invalid):
        add(resource, steward, content=OTHER)
    SharedFile.objects.bulk_create(
        SharedFile(resource=resource, name=f"{number}.pdf") for number in range(1, 1000)
    )
    with pytest.raises(Invalid):
        add(resource, steward, name="另.pdf")

    assert SharedFileVersion.objects.count() == 1
    assert SharedFile.objects.count() == 1000


def test_what_the_scanner_finds_or_cannot_say_is_not_kept(resource, steward, settings, place):
    for command, code in ((["false"], "invalid"), (["sh", "-c", "exit 2"], "scan_failed")):
        settings.ATTACHMENT_SCAN_COMMAND = command
        with pytest.raises(DomainError) as refused:
            add(resource, steward)
        assert refused.value.code == code
    settings.ATTACHMENT_SCAN_COMMAND = ["true"]

    assert kept(place) == []
    assert add(resource, steward).is_scanned


def test_only_the_stewards_of_the_department_keep_its_files(resource, steward):
    shared = add(resource, steward).file
    colleague = UserFactory(department=steward.department, duties=[DutyKind.STAFF])
    stranger = UserFactory(duties=[DutyKind.STEWARD])

    for person in (colleague, stranger):
        with pytest.raises(NotAllowed):
            add(resource, person, name="另.pdf")
        with pytest.raises(NotAllowed):
            shared_files.withdraw(shared=shared, reason="图有错", by=person)
        with pytest.raises(NotAllowed):
            shared_files.look(version=shared.versions.get(), by=person)

    assert actions() == ["catalog.file.add"]


def test_a_withdrawn_resource_takes_no_more_files(resource, steward):
    type(resource).objects.filter(pk=resource.pk).update(state=ResourceState.WITHDRAWN)

    with pytest.raises(NotAllowed):
        add(resource, steward)

    assert not SharedFile.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_two_at_once_make_two_versions(resource, steward):
    began, faults = threading.Barrier(2), []

    def one(given):
        try:
            began.wait()
            add(resource, steward, content=given)
        except (DatabaseError, DomainError) as fault:
            faults.append(fault)
        finally:
            connection.close()

    both = [threading.Thread(target=one, args=[given]) for given in (PDF, OTHER)]
    for thread in both:
        thread.start()
    for thread in both:
        thread.join()

    assert faults == []
    assert sorted(SharedFileVersion.objects.values_list("number", flat=True)) == [1, 2]
