"""Files that are shared as they are, through the client: whole, gone on with, or not there."""

import io

import pytest
from govshare_client import NoSuchFileError, NotAllowedError, Portal

from catalog.models import SharingMode
from catalog.services import shared_files
from sharing.models import Pull
from sharing.services import agreements
from tests.sharing.conftest import agreed_on

from .network import network

CONTENT = b"%PDF-1.7\n" + bytes(range(256)) * 2_000
pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("shared_place"),
]


@pytest.fixture
def agreement(cast, resource):
    resource.sharing_modes = [SharingMode.FILE]
    resource.save(update_fields=["sharing_modes"])
    for content in (b"%PDF-1.7\nold", CONTENT):
        shared_files.add_version(
            resource=resource,
            name="规划图.pdf",
            file=io.BytesIO(content),
            size=len(content),
            note="",
            by=cast.provider_steward,
        )
    items = tuple(resource.items.filter(is_key=False).values_list("column", flat=True))
    return agreed_on(cast, resource, sharing_mode=SharingMode.FILE, items=items)


def test_a_file_comes_whole_in_its_newest_version_or_the_one_asked_for(drawn, tmp_path):
    newest = drawn.download("规划图.pdf", tmp_path / "new.pdf")
    old = drawn.download("规划图.pdf", tmp_path / "old.pdf", version=1)

    assert [one.version for one in drawn.files()] == [2, 1]
    assert (newest.version, old.version) == (2, 1)
    assert (tmp_path / "new.pdf").read_bytes() == CONTENT
    assert (tmp_path / "old.pdf").read_bytes() == b"%PDF-1.7\nold"


def test_what_broke_off_goes_on_where_it_was(live_server, credentials, agreement, tmp_path):
    with network(live_server.url, on="/files/%", cuts=[100_000, 200_000]) as line:
        drawn = Portal(line.url, **credentials).agreement(agreement.number)

        drawn.download("规划图.pdf", tmp_path / "plan.pdf")

        assert len(line.asked) == 3
    assert (tmp_path / "plan.pdf").read_bytes() == CONTENT
    assert [path.name for path in tmp_path.iterdir()] == ["plan.pdf"]


def test_no_such_file_and_an_agreement_that_ended_leave_nothing(cast, drawn, agreement, tmp_path):
    with pytest.raises(NoSuchFileError):
        drawn.download("规划图.pdf", tmp_path / "plan.pdf", version=3)
    agreements.terminate(agreement=agreement, reason="超范围使用", by=cast.officer)
    with pytest.raises(NotAllowedError):
        drawn.download("规划图.pdf", tmp_path / "plan.pdf")

    assert list(tmp_path.iterdir()) == []
    assert list(Pull.objects.order_by("id").values_list("result", flat=True)) == ["ok", "denied"]
