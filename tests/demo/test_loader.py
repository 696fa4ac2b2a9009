import pytest
from django.utils import timezone
from django.utils.timezone import localdate

from audit.models import Entry, OtherHead, OtherKey, SavedFilter
from audit.verification import verify
from catalog.models import (
    BulkImport,
    CodeListVersion,
    CollectionPlan,
    DataItem,
    Duplicate,
    Harvest,
    HarvestedDataset,
    PublishedInterface,
    QuarantinedRow,
    Resource,
    RunReport,
    SavedSearch,
    SyncRun,
)
from catalog.selectors.related import often_requested_with
from catalog.selectors.sync_health import health_of_jobs
from catalog.services import indexing
from portal.clocks.models import MovedClock, Notice, Recount
from portal.demo import deadlines, loader, rows, standards_story, trail_story
from portal.organisation.models import DutyKind, User
from portal.watching.models import Alert
from portal.webhooks.models import Delivery, DeliveryState, Endpoint
from sharing import canaries
from sharing.models import (
    Agreement,
    AgreementState,
    Deadline,
    Pull,
    PullKind,
    RequestState,
    SharingRequest,
)
from sharing.terms import content_hash, terms_of
from tests.trail import refused


@pytest.mark.django_db(transaction=True)
def test_the_whole_province_loads_once_with_every_state_and_real_rows(
    settings, tmp_path, no_slots_left
) -> None:
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
        "医疗保险参保状态": 3_033,
        "机动车登记信息": 4_032,
        "食品经营许可信息": 1_506,
        "道路运输从业人员信息": 1_205,
        "残疾人证信息": 905,
        "不动产登记信息": 2_424,
        "个体工商户登记信息": 2_437,
    }
    marked = DataItem.objects.filter(is_indexed=True).order_by("column")
    assert list(marked.values_list("column", flat=True)) == ["beds", "founded_on", "parent_code"]
    assert indexing.left_behind() == []
    _assert_syncs_stand_in_every_health()
    _assert_an_interface_was_called()
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
        # What the two harvests brought in.
        ("applied", False),
        ("applied", False),
    ]
    assert Duplicate.objects.filter(state="open").exists()
    assert SavedSearch.objects.count() == 3
    assert SavedSearch.objects.filter(new_hits__gt=0).exists()
    own_list = CodeListVersion.objects.filter(code_list__identifier=standards_story.IDENTIFIER)
    assert list(own_list.order_by("number").values_list("state", flat=True)) == [
        "published",
        "published",
        "draft",
    ]
    holidays = Resource.objects.get(name="国务院节假日安排")
    together = often_requested_with(User.objects.get(username="chen"), holidays)
    assert [(one.resource.name, one.departments) for one in together] == [("统计用区划代码", 2)]
    assert set(Agreement.objects.values_list("state", flat=True)) == set(AgreementState)
    _assert_dates_of_agreements_are_in_order()
    planted = Agreement.objects.exclude(canary={}).get()
    assert (planted.state, planted.version_in_force.number) == ("active", 2)
    assert canaries.told(planted).is_delivered
    assert set(Alert.objects.values_list("rule", "state")) == {
        ("denials", "false"),
        ("denials", "open"),
        ("denials", "true"),
        ("probing", "looked_at"),
    }
    drawn = Pull.objects.filter(result="ok")
    assert not drawn.exclude(agreement__state="active").exists()
    assert drawn.dates("started_at", "day").count() > 10
    by_rows = {"rows", "csv", "jsonl"}
    assert set(drawn.values_list("kind", flat=True)) == by_rows | {"file", "push", "interface"}
    assert min(drawn.filter(kind__in=by_rows).values_list("rows", flat=True)) > 0
    assert Entry.objects.filter(action="sharing.pull.finish").count() == drawn.count()
    assert SavedFilter.objects.count() == 3
    assert set(refused()) == {"deny", "miss"}
    assert OtherHead.objects.count() == trail_story.HEADS
    assert OtherKey.objects.count() == 2
    assert Deadline.objects.filter(met_at=None, lapsed_at__isnull=False).exists()
    assert {"reminder", "lapsed", "moved"} <= set(Notice.objects.values_list("kind", flat=True))
    recount = Recount.objects.get()
    assert recount.calendar.region == deadlines.PROVINCE
    assert MovedClock.objects.filter(recount=recount).count() == recount.moved > 0
    assert not User.objects.exclude(email__endswith=".example").exists()
    _assert_another_portal_was_harvested()
    assert_systems_were_told()
    assert verify().is_whole

    before = SharingRequest.objects.count()
    loader.load()
    assert SharingRequest.objects.count() == before


def _assert_dates_of_agreements_are_in_order() -> None:
    """Made, confirmed, opened, drawn from, ended: one after the other, and within the agreed term."""
    for agreement in Agreement.objects.order_by("pk"):
        versions = list(agreement.versions.order_by("number"))
        of_term = agreement.version_in_force or agreement.version_proposed
        assert of_term is not None
        agreed = terms_of(of_term)
        assert (agreed.starts_on, agreed.ends_on) == (agreement.starts_on, agreement.ends_on)
        moments = [agreement.request.answered_at, *(one.made_at for one in versions)]
        assert moments == sorted(moments), agreement
        for version in versions:
            assert version.content_hash == content_hash(version.terms)
            for confirmation in version.confirmations.all():
                assert confirmation.content_hash == version.content_hash
                assert confirmation.at >= version.made_at
        steps = list(agreement.steps.order_by("pk").values_list("at", flat=True))
        assert steps == sorted(steps), agreement
        assert agreement.starts_on <= localdate(agreement.created_at) <= agreement.ends_on
        if agreement.activated_at is None:
            continue
        confirmed = max(one.at for one in versions[0].confirmations.all())
        assert confirmed <= agreement.activated_at, agreement
        assert agreement.starts_on <= localdate(agreement.activated_at) < agreement.ends_on
        assert not agreement.pulls.filter(started_at__lt=agreement.activated_at).exists(), agreement
        if agreement.ended_at is not None:
            assert agreement.activated_at <= agreement.ended_at


def _assert_another_portal_was_harvested() -> None:
    later, first = Harvest.objects.order_by("-pk")
    assert (first.found, first.created, first.problem_count) == (6, 6, 0)
    assert (later.changed, later.unchanged, later.vanished, later.problem_count) == (1, 4, 1, 1)
    assert HarvestedDataset.objects.exclude(resource__state="draft").count() == 0


def _assert_an_interface_was_called() -> None:
    """Answers, a failure of the provider's, and what is not allowed, each noted."""
    made = PublishedInterface.objects.get()
    assert (made.is_open, made.calls.count()) == (True, 2)
    assert Entry.objects.filter(action="catalog.interface.try", result="ok").count() == 2
    pulls = Pull.objects.filter(kind=PullKind.INTERFACE).order_by("id")
    assert [(one.result, one.rows) for one in pulls] == [
        ("ok", 1),
        ("ok", 1),
        ("ok", 10),
        ("broken", 0),
        ("ok", 13),
        ("denied", 0),
        ("denied", 0),
    ]


def _assert_syncs_stand_in_every_health() -> None:
    officer = User.objects.filter(
        department__is_competent=True,
        department__region__code=deadlines.PROVINCE,
        duty_set__kind=DutyKind.COMPETENT_OFFICER,
    ).first()
    assert officer is not None
    jobs = {job.resource.name: job for job in health_of_jobs(officer, now=timezone.now())}
    assert {name: job.health for name, job in jobs.items() if job.last_number > 1} == {
        "医疗保险参保状态": "green",
        "机动车登记信息": "failing",
        "食品经营许可信息": "green",
        "道路运输从业人员信息": "shrunk",
        "残疾人证信息": "late",
        "不动产登记信息": "green",
        "个体工商户登记信息": "green",
    }
    assert QuarantinedRow.objects.filter(run__job=jobs["医疗保险参保状态"]).count() > 5
    assert RunReport.objects.filter(run__job=jobs["医疗保险参保状态"]).count() == 12
    assert jobs["不动产登记信息"].runs.first().state == "cancelled"
    assert set(SyncRun.objects.values_list("failure_code", flat=True)) == {
        *("", "too_many_bad", "column_missing", "shrunk", "capture_truncated"),
    }


def assert_systems_were_told() -> None:
    """One takes everything, some of it late; one thing was given up; one webhook is switched off."""
    states = Delivery.objects.values_list("endpoint__url", "state", "attempts", "status")
    by_system: dict[str, set[tuple[str, int, int | None]]] = {}
    for url, *outcome in states:
        by_system.setdefault(url.rstrip("/").rpartition("/")[2], set()).add(tuple(outcome))
    taken = DeliveryState.DELIVERED
    # What happens after the receiver is gone, the first shared file, waits for the worker.
    later = (DeliveryState.WAITING, 0, None)
    assert by_system["education"] == {(taken, 1, 204), (taken, 2, 204), later}
    assert by_system["medicare"] == {(taken, 1, 204), (DeliveryState.FAILED, 8, 500)}
    assert {state for state, _attempts, _status in by_system["labour"]} == {DeliveryState.WAITING}
    (off,) = Endpoint.objects.filter(disabled_at__isnull=False)
    assert (off.failures, off.is_on) == (20, True)
    assert {"delivered", "failed", "waiting"} == set(
        Delivery.objects.values_list("state", flat=True)
    )
