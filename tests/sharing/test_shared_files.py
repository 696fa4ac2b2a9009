"""Files that a resource shares as they are, under an agreement on file download: whole, in parts, until
it ends; and never where a mask or a row scope had to hold in them."""

import io
import time

import pytest
from django.core.files.storage.handler import StorageHandler
from django.urls import reverse

from audit.models import Entry
from catalog.models import SharedFileVersion, SharingMode
from catalog.services import shared_files
from portal.common.errors import NotAllowed, NotFound
from sharing.delivery import files, kept_files
from sharing.delivery.exports import BrokenOffError
from sharing.delivery.quotas import QuotaError
from sharing.models import Agreement, Pull
from sharing.services import agreements, suspensions, sweeping
from tests.buckets import bucket

from .calls import path, with_key
from .conftest import ODD, agreed_on

FIRST, SECOND = b"%PDF-1.7\nfirst\n", b"%PDF-1.7\nsecond one\n"
pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("shared_place"),
]


@pytest.fixture
def offered(resource):
    """The resource, offered for file download too."""
    resource.sharing_modes = [SharingMode.INTERFACE, SharingMode.FILE]
    resource.save(update_fields=["sharing_modes"])
    return resource


def every_item(resource):
    return tuple(resource.items.filter(is_key=False).values_list("column", flat=True))


def add(resource, by, name="规划 图.pdf", content=FIRST):
    return shared_files.add_version(
        resource=resource, name=name, file=io.BytesIO(content), size=len(content), note="", by=by
    )


@pytest.fixture
def agreement(cast, offered):
    add(offered, cast.provider_steward)
    return agreed_on(cast, offered, sharing_mode=SharingMode.FILE, items=every_item(offered))


def take(agreement, party, name="规划 图.pdf", **asked):
    stream = files.file_of(number=agreement.number, party=party, name=name, **asked)
    try:
        return b"".join(stream)
    finally:
        stream.close()


def pulls():
    return list(Pull.objects.order_by("id").values_list("kind", "result", "status", "bytes"))


def test_files_alone_are_enough_to_begin_the_delivery(cast, offered):
    waiting = agreed_on(cast, offered, sharing_mode=SharingMode.FILE, items=every_item(offered))
    assert not waiting.is_active

    add(offered, cast.provider_steward)
    sweeping.sweep()

    assert Agreement.objects.get().is_active


@pytest.fixture
def in_a_bucket(monkeypatch):
    """Files shared from here on lie in S3: the field holds the storage that the settings named."""
    with bucket("shared") as (client, place):
        field = SharedFileVersion._meta.get_field("content")
        made = StorageHandler({"shared": place})["shared"]
        monkeypatch.setattr(field, "storage", made)
        yield client


def test_files_lie_in_a_bucket_where_that_is_set(in_a_bucket, cast, agreement):
    add(agreement.resource, cast.provider_steward, content=SECOND)

    names = {one["Key"] for one in in_a_bucket.list_objects_v2(Bucket="shared")["Contents"]}
    assert names == {version.content.name for version in SharedFileVersion.objects.all()}
    assert take(agreement, cast.system) == SECOND
    assert take(agreement, cast.system, range="bytes=5-7") == SECOND[5:8]
    assert take(agreement, cast.system, version=1) == FIRST


def test_the_newest_version_is_given_and_earlier_ones_by_number(cast, agreement):
    add(agreement.resource, cast.provider_steward, content=SECOND)

    assert take(agreement, cast.system) == SECOND
    assert take(agreement, cast.system, version=1) == FIRST
    assert take(agreement, cast.system, range="bytes=5-7") == SECOND[5:8]
    with pytest.raises(NotFound):
        take(agreement, cast.system, version=3)
    with pytest.raises(NotFound):
        take(agreement, cast.system, name="../规划 图.pdf")

    assert [one.number for one in files.listed(number=agreement.number, party=cast.system)] == [
        2,
        1,
    ]
    assert pulls() == [
        ("file", "ok", 200, len(SECOND)),
        ("file", "ok", 200, len(FIRST)),
        ("file", "ok", 206, 3),
        ("file", "denied", 404, 0),
        ("file", "denied", 404, 0),
        ("file", "ok", 200, 0),
    ]
    assert Entry.objects.filter(action="sharing.pull.finish").count() == 4


@pytest.mark.parametrize(
    "changed",
    [
        {"sharing_mode": SharingMode.INTERFACE},
        {"row_filter": [ODD]},
        {"masks": {"name": "hidden"}},
    ],
)
def test_no_file_leaves_where_it_had_to_be_cut_or_masked(cast, agreement, changed):
    Agreement.objects.filter(pk=agreement.pk).update(**changed)

    with pytest.raises(NotAllowed) as refused:
        take(agreement, cast.system)
    with pytest.raises(NotAllowed):
        files.listed(number=agreement.number, party=cast.system)

    assert refused.value.code == "no_files"
    assert pulls() == [("file", "denied", 403, 0)] * 2


def test_no_file_leaves_under_an_agreement_on_some_of_the_items(cast, offered):
    add(offered, cast.provider_steward)
    some = agreed_on(cast, offered, sharing_mode=SharingMode.FILE, items=("name",))
    assert offered.items.count() > some.agreed_items.count()

    with pytest.raises(NotAllowed):
        take(some, cast.system)


def test_verification_only_gives_no_file(cast, agreement):
    Agreement.objects.filter(pk=agreement.pk).update(verification_only=True)

    with pytest.raises(NotAllowed):
        take(agreement, cast.system)

    assert pulls() == [("file", "denied", 403, 0)]


def test_strangers_and_the_provider_take_nothing(cast, agreement):
    for party, refusal in (
        (cast.strange_system, NotFound),
        (cast.stranger, NotFound),
        (cast.provider_steward, NotAllowed),
    ):
        with pytest.raises(refusal):
            take(agreement, party)

    assert pulls() == [
        ("file", "denied", 404, 0),
        ("file", "denied", 404, 0),
        ("file", "denied", 403, 0),
    ]


@pytest.mark.parametrize("stop", [agreements.terminate, suspensions.suspend])
def test_the_end_of_the_agreement_closes_the_files(cast, agreement, stop):
    stop(agreement=agreement, reason="超范围使用", by=cast.officer)

    with pytest.raises(NotAllowed) as refused:
        take(agreement, cast.system)

    assert "超范围使用" in str(refused.value.message)


@pytest.mark.parametrize("by", ["agreement", "file"])
def test_a_download_under_way_is_cut(cast, agreement, by):
    stream = files.file_of(number=agreement.number, party=cast.system, name="规划 图.pdf")

    def slow():
        yield b"a"
        if by == "agreement":
            agreements.terminate(agreement=agreement, reason="超范围使用", by=cast.officer)
        else:
            shared = agreement.resource.shared_files.get()
            shared_files.withdraw(shared=shared, reason="图有错", by=cast.provider_steward)
        time.sleep(kept_files.ASKED_EVERY)
        yield b"b"

    stream._body = slow()
    got: list[bytes] = []

    with pytest.raises(BrokenOffError):
        got.extend(stream)

    assert got == [b"a"]
    assert pulls() == [("file", "broken", 200, 1)]


def test_downloads_count_against_the_calls_of_a_day(cast, agreement):
    Agreement.objects.filter(pk=agreement.pk).update(calls_a_day=1)

    assert take(agreement, cast.system) == FIRST
    with pytest.raises(QuotaError):
        take(agreement, cast.system)


def test_bytes_that_the_storage_lost_are_a_clear_refusal(cast, agreement):
    kept = SharedFileVersion.objects.get()
    kept.content.storage.delete(kept.content.name)

    with pytest.raises(files.GoneError):
        take(agreement, cast.system)

    assert pulls() == [("file", "denied", 503, 0)]


def test_by_api_a_file_is_listed_and_taken_with_its_sum(cast, agreement):
    caller = with_key(cast.system)

    listed = caller.get(path(agreement, "files/")).json()
    whole = caller.get(listed[0]["address"])
    content = whole.getvalue()
    part = caller.get(
        listed[0]["address"], headers={"Range": "bytes=0-3", "If-Range": whole.headers["ETag"]}
    )
    outside = caller.get(listed[0]["address"], headers={"Range": "bytes=999-"})
    wrong = caller.get(path(agreement, "files/规划 图.pdf") + "?version=first")

    assert (listed[0]["name"], listed[0]["version"]) == ("规划 图.pdf", 1)
    assert content == FIRST
    assert whole.headers["ETag"] == f'"{listed[0]["sha256"]}"'
    assert whole.headers["Content-Type"] == "application/pdf"
    assert (
        "filename*=utf-8''%E8%A7%84%E5%88%92%20%E5%9B%BE.pdf"
        in whole.headers["Content-Disposition"]
    )
    assert (part.status_code, part.getvalue()) == (206, FIRST[:4])
    assert outside.status_code == 416
    assert wrong.status_code == 422
    assert caller.post(path(agreement, "files/")).status_code == 405


def test_people_take_files_on_the_agreement_s_page(cast, agreement, signed_in):
    client = signed_in(cast.applicant)

    shown = client.get(reverse("sharing:agreement_data", args=[agreement.number])).text
    taken = client.get(
        reverse("sharing:agreement_shared_file", args=[agreement.number, "规划 图.pdf"])
    )
    wrong = client.get(
        reverse("sharing:agreement_shared_file", args=[agreement.number, "规划 图.pdf"]),
        {"version": "x"},
    )

    assert "规划 图.pdf" in shown
    assert taken.getvalue() == FIRST
    assert wrong.status_code == 404
    provider = signed_in(cast.provider_steward)
    seen = provider.get(reverse("sharing:agreement_data", args=[agreement.number])).text
    assert "规划 图.pdf" in seen
    assert (
        reverse("sharing:agreement_shared_file", args=[agreement.number, "规划 图.pdf"]) not in seen
    )
