"""Files of a request: told by their bytes, scanned, kept, read by those who see the request."""

import io
import stat
import zipfile

import pytest
from django.urls import reverse

from portal.common.errors import DomainError, Invalid, NotAllowed, NotFound
from sharing.models import RequestAttachment
from sharing.services import attachments, requests

pytestmark = pytest.mark.django_db

PDF = b"%PDF-1.7\n%plain\n"


@pytest.fixture(autouse=True)
def place(monkeypatch, tmp_path):
    """Where this test's files are kept."""
    storage = RequestAttachment._meta.get_field("file").storage
    for name in ("location", "base_location"):
        monkeypatch.setattr(storage, name, str(tmp_path / "kept"))
    return tmp_path / "kept"


def package(*names):
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as one:
        for name in names:
            one.writestr(name, "x")
    return made.getvalue()


WORD = package("[Content_Types].xml", "word/document.xml")


def attach(request, by, name="依据.pdf", content=PDF):
    return attachments.attach(
        request=request, name=name, file=io.BytesIO(content), size=len(content), by=by
    )


def kept(place):
    return [one for one in place.rglob("*") if one.is_file()] if place.exists() else []


@pytest.mark.parametrize(
    ("name", "content", "media_type"),
    [
        ("依据.pdf", PDF, "application/pdf"),
        ("公文.ofd", package("OFD.xml"), "application/ofd"),
        (
            "方案.DOCX",
            WORD,
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        ),
        ("章.png", b"\x89PNG\r\n\x1a\n\0\0", "image/png"),
        ("章.jpeg", b"\xff\xd8\xff\xe0", "image/jpeg"),
        ("说明.txt", "说明".encode("gb18030"), "text/plain"),
    ],
)
def test_a_file_is_kept_as_what_its_bytes_say(cast, draft, name, content, media_type):
    made = attach(draft, cast.applicant, name, content)

    assert (made.name, made.media_type, made.size) == (name, media_type, len(content))
    assert made.is_scanned is False  # this installation has no scanner
    with made.file.open("rb") as file:
        assert file.read() == content


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("病毒.exe", b"MZ"),
        ("依据.pdf", b"MZ\x90"),
        ("宏.docx", package("[Content_Types].xml", "word/document.xml", "word/vbaProject.bin")),
        ("空包.docx", package("other.xml")),
        ("坏包.xlsx", b"PK\x03\x04 broken"),
        ("说明.txt", b"\x00\x01"),
        ("无尾", PDF),
        ("", PDF),
        ("依据\u202efdp.pdf", PDF),
        ("x" * 200 + ".pdf", PDF),
        ("空.pdf", b""),
    ],
)
def test_what_is_not_taken_is_refused_and_not_kept(cast, draft, place, name, content):
    with pytest.raises(Invalid) as refusal:
        attach(draft, cast.applicant, name, content)

    assert list(refusal.value.fields) == ["file"]
    assert not RequestAttachment.objects.exists()
    assert kept(place) == []


def test_a_path_in_the_name_is_left_out(cast, draft, place):
    made = attach(draft, cast.applicant, "..\\..\\etc/依据.pdf")

    assert made.name == "依据.pdf"
    assert [one.name for one in kept(place)] == [made.sha256]


def test_sizes_numbers_and_repetitions_are_bounded(cast, draft, settings, place):
    settings.ATTACHMENT_MOST_BYTES = 100
    with pytest.raises(Invalid):
        attach(draft, cast.applicant, content=PDF + b"x" * 100)
    for number in range(attachments.MOST):
        attach(draft, cast.applicant, f"{number}.pdf", PDF + str(number).encode())
    with pytest.raises(Invalid):
        attach(draft, cast.applicant, "one too many.pdf", PDF + b"y")
    first = draft.attachments.first()
    attachments.detach(request=draft, attachment=first.pk, by=cast.applicant)
    with pytest.raises(Invalid):  # the same bytes under another name
        attach(draft, cast.applicant, "again.pdf", PDF + b"1")
    assert draft.attachments.count() == attachments.MOST - 1


SCANNER = """#!/bin/sh
# Exits as clamdscan does: 0 clean, 1 infected, 2 on an error.
content=$(cat)
case "$content" in *EICAR*) exit 1;; *BROKEN*) exit 2;; esac
exit 0
"""


@pytest.fixture
def scanner(settings, tmp_path):
    program = tmp_path / "scanner"
    program.write_text(SCANNER)
    program.chmod(stat.S_IRWXU)
    settings.ATTACHMENT_SCAN_COMMAND = [str(program)]
    return program


def test_a_clean_file_says_that_it_was_scanned(cast, draft, scanner):
    assert attach(draft, cast.applicant).is_scanned is True


@pytest.mark.parametrize(("content", "status"), [(PDF + b"EICAR", 422), (PDF + b"BROKEN", 503)])
def test_infected_files_and_those_without_an_answer_are_not_kept(
    cast, draft, scanner, place, content, status
):
    with pytest.raises(DomainError) as refusal:
        attach(draft, cast.applicant, content=content)

    assert refusal.value.status == status
    assert not draft.attachments.exists()
    assert kept(place) == []


def test_a_scanner_that_is_not_there_lets_nothing_in(cast, draft, settings, place):
    settings.ATTACHMENT_SCAN_COMMAND = ["/nonexistent/scanner"]
    with pytest.raises(DomainError) as refusal:
        attach(draft, cast.applicant)
    assert refusal.value.code == "scan_failed"
    assert kept(place) == []


def test_only_the_applicant_adds_and_takes_off_and_only_while_it_is_a_draft(cast, draft):
    made = attach(draft, cast.applicant)
    with pytest.raises(NotAllowed):
        attach(draft, cast.head, "other.pdf", PDF + b"2")
    with pytest.raises(NotAllowed):
        attachments.detach(request=draft, attachment=made.pk, by=cast.head)
    with pytest.raises(NotFound):
        attachments.detach(request=draft, attachment=made.pk + 1, by=cast.applicant)
    requests.submit(request=draft, version=draft.version, by=cast.applicant)
    for act in (
        lambda: attach(draft, cast.applicant, "late.pdf", PDF + b"3"),
        lambda: attachments.detach(request=draft, attachment=made.pk, by=cast.applicant),
    ):
        with pytest.raises(DomainError) as refusal:
            act()
        assert refusal.value.code == "wrong_state"
    assert draft.attachments.count() == 1


@pytest.mark.django_db(transaction=True)
def test_the_bytes_go_when_the_file_is_taken_off(cast, draft, place):
    made = attach(draft, cast.applicant)
    assert len(kept(place)) == 1

    attachments.detach(request=draft, attachment=made.pk, by=cast.applicant)

    assert kept(place) == []


def test_who_sees_the_request_reads_its_files_and_nobody_else(cast, received, signed_in):
    made = RequestAttachment.objects.create(
        request=received,
        name="依据.pdf",
        media_type="application/pdf",
        size=len(PDF),
        sha256="0" * 64,
        is_scanned=True,
        by=cast.applicant,
    )
    made.file.save("", io.BytesIO(PDF))
    address = reverse("sharing:request_file", args=[received.number, made.pk])
    for person in (cast.applicant, cast.head, cast.provider_head, cast.officer):
        answer = signed_in(person).get(address)
        assert b"".join(answer.streaming_content) == PDF
        assert answer.headers["Content-Disposition"].startswith("attachment")
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert signed_in(cast.stranger).get(address).status_code == 404


def test_files_are_added_and_taken_off_by_page(cast, draft, signed_in):
    caller = signed_in(cast.applicant)
    address = reverse("sharing:request_files", args=[draft.number])
    sent = io.BytesIO(PDF)
    sent.name = "依据.pdf"

    assert caller.post(address, {"file": sent}).status_code == 302
    made = draft.attachments.get()
    assert "依据.pdf" in caller.get(address).content.decode()
    wrong = io.BytesIO(b"MZ")
    wrong.name = "x.exe"
    assert caller.post(address, {"file": wrong}).status_code == 422
    removal = reverse("sharing:request_file_remove", args=[draft.number, made.pk])
    assert caller.post(removal).status_code == 302
    assert not draft.attachments.exists()
