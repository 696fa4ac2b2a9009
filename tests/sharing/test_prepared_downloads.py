"""Prepared files are taken whole or in ranges, by the agreement's parties alone, until it ends."""

import hashlib
import time

import pytest

from portal.common.errors import NotAllowed, NotFound
from sharing.delivery import downloads, kept_files, prepared
from sharing.delivery.exports import BrokenOffError
from sharing.delivery.quotas import QuotaError
from sharing.models import Agreement, PreparedExport, Pull
from sharing.services import agreements, suspensions
from tests.agreements import confirmed, proposed
from tests.factories import InformationSystemFactory

from .calls import path, with_key
from .conftest import agreed_on
from .preparing import ready, take

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("prepared_folder"),
]


def test_a_range_is_part_of_the_file(cast, agreement):
    export = ready(agreement, cast.system)
    whole = take(export, cast.system)

    for asked, part in (
        ("bytes=0-3", whole[:4]),
        ("bytes=10-", whole[10:]),
        ("bytes=-7", whole[-7:]),
        ("bytes=-9999", whole),
        ("bytes=5-999999", whole[5:]),
        ("bytes=9-3", whole),
        ("bytes=0-1,4-5", whole),
        ("lines=1-2", whole),
    ):
        assert take(export, cast.system, range=asked) == part, asked


def test_what_broke_off_goes_on_where_it_was(cast, agreement):
    export = ready(agreement, cast.system)
    whole = take(export, cast.system)
    begun = take(export, cast.system, range="bytes=0-19")

    rest = take(
        export, cast.system, range=f"bytes={len(begun)}-", if_range=_kept(export, cast).etag
    )
    of_another = take(export, cast.system, range="bytes=20-", if_range='"another"')

    assert begun + rest == whole
    assert of_another == whole
    with pytest.raises(kept_files.RangeError):
        take(export, cast.system, range=f"bytes={len(whole)}-")


def test_a_download_is_noted_and_counts_its_share_of_the_rows(cast, agreement):
    export = ready(agreement, cast.system)
    half = export.bytes // 2
    Agreement.objects.filter(pk=agreement.pk).update(rows_a_day=7)

    take(export, cast.system)
    take(export, cast.system, range=f"bytes={half}-{half}")
    with pytest.raises(QuotaError):
        take(export, cast.system)

    assert list(Pull.objects.order_by("id").values_list("result", "status", "rows", "sha256")) == [
        ("ok", 200, 5, export.sha256),
        ("ok", 206, 1, ""),
        ("denied", 429, 0, ""),
    ]


@pytest.mark.parametrize("stop", [agreements.terminate, suspensions.suspend])
def test_the_end_of_the_agreement_closes_the_file_at_once(cast, agreement, stop):
    export = ready(agreement, cast.system)

    stop(agreement=agreement, reason="超范围使用", by=cast.officer)

    assert not PreparedExport.objects.ready_for(cast.system).exists()
    with pytest.raises(NotAllowed) as refused:
        take(export, cast.system)
    assert "超范围使用" in str(refused.value.message)


def test_the_end_of_the_agreement_cuts_a_download(cast, agreement):
    export = ready(agreement, cast.system)
    stream = downloads.file_of(number=agreement.number, party=cast.system, export=export.number)

    def slow():
        yield b"a"
        agreements.terminate(agreement=agreement, reason="超范围使用", by=cast.officer)
        time.sleep(kept_files.ASKED_EVERY)
        yield b"b"

    stream._body = slow()
    got: list[bytes] = []

    with pytest.raises(BrokenOffError):
        got.extend(stream)

    assert got == [b"a"]
    assert Pull.objects.get().result == "broken"
    assert "超范围使用" in Pull.objects.get().reason


def test_other_terms_close_the_files_of_the_terms_before(cast, agreement):
    export = ready(agreement, cast.system)
    proposed(agreement, cast.provider_steward, masks={"name": "hidden"})
    confirmed(agreement, cast.provider_head, cast.head)

    with pytest.raises(NotFound):
        take(export, cast.system)

    fresh = ready(agreement, cast.system)
    assert fresh.pk != export.pk
    assert b"name 1" not in take(fresh, cast.system)


def test_only_the_named_system_and_the_staff_take_the_file(cast, filled):
    agreement = agreed_on(cast, filled, system=cast.system)
    export = ready(agreement, cast.system)

    assert take(export, cast.applicant)
    for stranger, refusal in (
        (cast.strange_system, NotFound),
        (cast.provider_head, NotAllowed),
        (InformationSystemFactory(department=cast.education), NotAllowed),
    ):
        with pytest.raises(refusal):
            take(export, stranger)


def test_by_api_an_export_is_asked_for_watched_and_taken(cast, caller, agreement):
    # given
    body = {"format": "csv", "filter": {"column": "code", "op": "le", "value": "000000000003"}}
    asked = caller.post(path(agreement, "exports/"), body, content_type="application/json")
    again = caller.post(path(agreement, "exports/"), body, content_type="application/json")
    waiting = caller.get(asked.headers["Location"]).json()

    # when
    export = PreparedExport.objects.get()
    prepared.prepare(export_id=export.pk)
    manifest = caller.get(asked.headers["Location"]).json()
    whole = caller.get(manifest["file"])
    content = whole.getvalue()
    part = caller.get(
        manifest["file"], headers={"Range": "bytes=0-9", "If-Range": whole.headers["ETag"]}
    )
    outside = caller.get(manifest["file"], headers={"Range": "bytes=99999-"})

    # then
    assert (asked.status_code, again.status_code) == (202, 200)
    assert (waiting["state"], waiting["file"]) == ("waiting", None)
    assert (manifest["state"], manifest["percent"], manifest["rows"]) == ("ready", 100, 3)
    assert manifest["sha256"] == hashlib.sha256(content).hexdigest()
    assert whole.headers["Accept-Ranges"] == "bytes"
    assert whole.headers["Export-Rows"] == "3"
    assert whole.headers["Content-Length"] == str(len(content))
    assert whole.headers["Repr-Digest"] == _kept(PreparedExport.objects.get(), cast).digest
    assert (part.status_code, part.getvalue()) == (206, content[:10])
    assert part.headers["Content-Range"] == f"bytes 0-9/{len(content)}"
    assert (outside.status_code, outside.headers["Content-Range"]) == (
        416,
        f"bytes */{len(content)}",
    )
    assert [one["number"] for one in caller.get(path(agreement, "exports/")).json()] == [
        str(export.number)
    ]


def test_by_api_the_provider_sees_what_was_asked_and_takes_nothing(cast, agreement):
    export = ready(agreement, cast.system)
    provider = with_key(InformationSystemFactory(department=cast.civil))
    stranger = with_key(cast.strange_system)
    one = f"exports/{export.number}/"

    assert provider.get(path(agreement, one)).json()["file"] is None
    assert provider.get(path(agreement, one + "file")).status_code == 403
    assert stranger.get(path(agreement, "exports/")).status_code == 404
    assert stranger.get(path(agreement, one)).status_code == 404
    assert stranger.get(path(agreement, one + "file")).status_code == 404


def _kept(export, cast):
    return downloads.kept_file(export, cast.system)
