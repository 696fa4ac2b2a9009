import pytest

from audit.verification import verify
from catalog.models import BulkImport, CollectionPlan, Duplicate, Resource, SavedSearch
from portal.clocks.models import MovedClock, Notice, Recount
from portal.demo import deadlines, loader, rows
from sharing.models import Agreement, AgreementState, Deadline, RequestState, SharingRequest


@pytest.mark.django_db(transaction=True)
def test_the_whole_province_loads_once_with_every_state_and_real_rows(settings, tmp_path) -> None:
    settings.PORTAL_DATA_DIR = tmp_path
    settings.MEDIA_ROOT = tmp_path / "files"

    loader.load()

    assert loader.is_loaded()
    counts = dict(
        Resource.objects.filter(rows_changed_at__isnull=False).values_list("name", "row_count")
    )
    assert counts == {
        "统计用区划代码": 44_703,
        "福建省村级区划代码": 17_498,
        "国务院节假日安排": 771,
        "低保对象认定信息": rows.ALLOWANCES,
        "养老机构基本信息": rows.HOMES,
    }
    assert set(SharingRequest.objects.values_list("state", flat=True)) == set(RequestState)
    assert set(CollectionPlan.objects.values_list("state", flat=True)) == {
        "draft",
        "filed",
        "objected",
    }
    imports = BulkImport.objects.order_by("pk").values_list("state", "problem_count")
    assert [(state, count > 0) for state, count in imports] == [
        ("applied", False),
        ("checked", True),
    ]
    assert Duplicate.objects.filter(state="open").exists()
    assert SavedSearch.objects.count() == 3
    assert set(Agreement.objects.values_list("state", flat=True)) == set(AgreementState)
    assert Deadline.objects.filter(met_at=None, lapsed_at__isnull=False).exists()
    assert {"reminder", "lapsed", "moved"} <= set(Notice.objects.values_list("kind", flat=True))
    recount = Recount.objects.get()
    assert recount.calendar.region == deadlines.PROVINCE
    assert MovedClock.objects.filter(recount=recount).count() == recount.moved > 0
    assert verify().is_whole

    before = SharingRequest.objects.count()
    loader.load()
    assert SharingRequest.objects.count() == before
