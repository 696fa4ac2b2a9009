"""Files that stewards upload: kept, read by the source's jobs, replaced by the next."""

import io
import sys

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from rest_framework.test import APIClient

from audit.models import Entry
from catalog.models import SourceUpload, SyncRun
from catalog.models.source_file import upload_storage
from catalog.services import source_uploads, sources, sync_runs
from portal.common.errors import Invalid, NotAllowed, WrongState
from tests.catalog.sources.fetching import failure_in, file_source, rows_of
from tests.catalog.sources.file_servers import CSV
from tests.catalog.sources.running import held

OTHER = "code,name,parent_code\n7,庚,\n".encode()


@pytest.fixture(autouse=True)
def folder(settings, tmp_path, monkeypatch):
    uploads = {**settings.STORAGES["uploads"], "OPTIONS": {"location": tmp_path, "base_url": None}}
    settings.STORAGES = {**settings.STORAGES, "uploads": uploads}
    monkeypatch.setattr(SourceUpload._meta.get_field("file"), "storage", upload_storage())
    return tmp_path


@pytest.fixture
def source(resource):
    return file_source(resource.department, "upload")


def upload(source, by, content: bytes = CSV, name: str = "a.csv") -> SourceUpload:
    return source_uploads.upload_file(
        source=source, name=name, file=io.BytesIO(content), size=len(content), by=by
    )


def kept_in(folder) -> list[bytes]:
    return [path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()]


def test_a_new_file_is_read_by_every_job_and_the_one_before_goes(
    source, resource, steward, job_of, folder, django_capture_on_commit_callbacks
):
    # given a job, and nothing to read yet
    assert failure_in(source) == ("no_file", {})
    job = job_of(source, "rows")

    # when two files come, one after the other
    for content in (CSV, OTHER):
        with django_capture_on_commit_callbacks(execute=True):
            upload(source, steward, content)
        run = SyncRun.objects.filter(job=job).latest("pk")
        sync_runs.execute(run_id=run.pk)

    # then the store holds the second, and its bytes are all that is kept
    assert held(resource) == [("7", "庚", None)]
    assert kept_in(folder) == [OTHER]
    assert source.uploads.order_by("pk").values_list("file", flat=True).first() == ""
    acts = Entry.objects.filter(action="catalog.source.upload").order_by("pk")
    assert [one.data["size"] for one in acts] == [len(CSV), len(OTHER)]


def test_a_new_file_voids_what_the_test_of_the_one_before_found(source, steward):
    # given a test that failed for want of a file
    sources.test_source(source=source, by=steward)
    source.refresh_from_db()
    assert source.test_failure == "no_file"

    # when
    upload(source, steward)

    # then
    source.refresh_from_db()
    assert (source.tested_at, source.test_failure, source.test_failure_data) == (None, "", {})


def test_a_file_that_is_not_as_declared_leaves_the_one_before(source, steward, folder):
    upload(source, steward)

    with pytest.raises(Invalid) as refused:
        upload(source, steward, b"<html>sign in</html>")

    assert list(refused.value.fields) == ["file"]
    assert kept_in(folder) == [CSV]
    assert rows_of(source) == "1\t甲\t\n2\t乙\t1\n"


def test_a_file_in_which_the_scanner_finds_malware_is_not_kept(source, steward, folder, settings):
    settings.ATTACHMENT_SCAN_COMMAND = [
        sys.executable, "-c", "import sys; sys.exit(b'EVIL' in sys.stdin.buffer.read())",
    ]  # fmt: skip

    with pytest.raises(Invalid):
        upload(source, steward, b"code,name\nEVIL,x\n")
    assert kept_in(folder) == []

    assert upload(source, steward).is_scanned


def test_too_large_a_file_and_a_strange_name_are_refused(source, steward, settings):
    with pytest.raises(Invalid):
        upload(source, steward, name="a\u202ecsv")
    settings.SOURCE_FILE_MOST_BYTES = 10
    with pytest.raises(Invalid):
        upload(source, steward)

    assert SourceUpload.objects.count() == 0


def test_only_the_stewards_of_the_department_upload_and_only_where_that_is_the_way(
    source, steward, colleague, stranger, resource
):
    for person in (colleague, stranger):
        with pytest.raises(NotAllowed):
            upload(source, person)
    with pytest.raises(WrongState):
        upload(file_source(resource.department, "http", address="http://127.0.0.1/"), steward)

    assert SourceUpload.objects.count() == 0


def test_page_and_api_take_a_file(client, source, steward):
    client.force_login(steward)
    page = reverse("catalog:source_upload", args=[source.pk])
    client.post(page, {"file": SimpleUploadedFile("区划.csv", CSV)})
    shown = client.get(reverse("catalog:source", args=[source.pk])).content.decode()
    assert "区划.csv" in shown

    api = APIClient()
    api.force_login(steward)
    url = f"/api/v1/sources/{source.pk}/upload/"
    wrong = api.post(url, {"file": SimpleUploadedFile("b.csv", b"a,a\n")})
    right = api.post(url, {"file": SimpleUploadedFile("b.csv", OTHER)})

    assert (wrong.status_code, right.status_code) == (422, 201)
    assert right.data["size"] == len(OTHER)
