"""Harvests: each dataset a draft, a second one changes nothing, what changed becomes a change."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from audit.models import Entry
from catalog.models import (
    BulkImport,
    Harvest,
    HarvestedDataset,
    HarvestState,
    Resource,
    ResourceState,
)
from catalog.services import bulk, harvests
from catalog.services.harvests import HarvestPlan
from catalog.sources import lock
from portal.clocks.models import Notice, NoticeKind
from portal.common.errors import Invalid, NotAllowed, WrongState
from portal.organisation.models import Duty, DutyKind
from tests.factories import ResourceFactory, UserFactory

from .fetching import file_source
from .harvest_portal import CKAN_SEARCH, package, serve_packages
from .harvesting import *  # noqa: F403 - the cast of the harvests
from .harvesting import PLAN, counts, harvested, plan_fields

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.filterwarnings("ignore:ConjunctiveGraph:DeprecationWarning"),
]


def entries() -> list[tuple[str, str]]:
    return list(Resource.objects.order_by("name").values_list("name", "state"))


def test_each_dataset_becomes_a_draft_and_none_is_published(ckan, steward, department, portal):
    # when
    made = harvested(ckan, steward)

    # then
    assert (made.state, made.found, counts(made)) == (HarvestState.DONE, 3, {"created": 3})
    assert entries() == [(f"数据集{n}", "draft") for n in (1, 2, 3)]
    one = Resource.objects.get(name="数据集1")
    assert (one.abstract, one.tags, one.update_frequency, one.data_format) == (
        "第 1 个 & 其余",
        ["民政", "统计"],
        "2",
        "2",
    )
    assert (one.department, one.classification, one.sharing_attribute, one.grade) == (
        department,
        "07012001",
        "conditional",
        "L2",
    )
    dataset = HarvestedDataset.objects.get(identifier="id-1")
    assert (dataset.resource, dataset.page) == (one, f"{portal.url}/dataset/set-1")
    (file,) = made.imports.all()
    assert (file.state, file.created_count) == ("applied", 3)
    assert Entry.objects.get(action="catalog.harvest.finish").data["created"] == 3


def test_a_second_harvest_of_the_same_changes_nothing(ckan, steward):
    harvested(ckan, steward)
    before = list(Resource.objects.order_by("pk").values())
    files = BulkImport.objects.count()

    made = harvested(ckan, steward)

    assert counts(made) == {"unchanged": 3}
    assert list(Resource.objects.order_by("pk").values()) == before
    assert BulkImport.objects.count() == files
    assert not Notice.objects.exists()


def test_what_changed_there_is_changed_in_the_draft_and_the_stewards_words_stay(
    ckan, steward, portal
):
    # given a draft on which a steward has gone on
    harvested(ckan, steward)
    draft = Resource.objects.get(name="数据集2")
    Resource.objects.filter(pk=draft.pk).update(
        abstract="管理员写的", sharing_conditions="写明条件", version=draft.version + 1
    )

    # when the title changes there
    serve_packages(portal, [package(1), package(2, title="新的名称"), package(3)])
    made = harvested(ckan, steward)

    # then
    assert counts(made) == {"changed": 1, "unchanged": 2}
    draft.refresh_from_db()
    assert (draft.name, draft.abstract, draft.sharing_conditions, draft.state) == (
        "新的名称",
        "管理员写的",
        "写明条件",
        "draft",
    )
    assert counts(harvested(ckan, steward)) == {"unchanged": 3}


def test_a_published_entry_gets_a_change_beside_it_and_stays_as_it_is(ckan, steward, portal):
    # given
    harvested(ckan, steward)
    live = Resource.objects.get(name="数据集2")
    Resource.objects.filter(pk=live.pk).update(
        state=ResourceState.PUBLISHED,
        published_at=timezone.now(),
        sharing_scope="各部门",
        sharing_purpose="履职",
    )

    # when
    serve_packages(portal, [package(1), package(2, title="新的名称", notes="新"), package(3)])
    made = harvested(ckan, steward)

    # then
    assert counts(made) == {"revised": 1, "unchanged": 2}
    live.refresh_from_db()
    assert (live.name, live.state) == ("数据集2", "published")
    change = Resource.objects.get(revision_of=live)
    assert (change.name, change.abstract, change.state) == ("新的名称", "新", "draft")

    # and what changes once more goes into the same change
    serve_packages(portal, [package(1), package(2, title="再新", notes="新"), package(3)])
    assert counts(harvested(ckan, steward)) == {"revised": 1, "unchanged": 2}
    change.refresh_from_db()
    assert change.name == "再新"

    # and what is under review waits
    Resource.objects.filter(pk=change.pk).update(
        state=ResourceState.HEAD_REVIEW, submitted_by=steward
    )
    serve_packages(portal, [package(1), package(2, title="更新", notes="新"), package(3)])
    assert counts(harvested(ckan, steward)) == {"waiting": 1, "unchanged": 2}
    change.refresh_from_db()
    assert change.name == "再新"


def test_a_vanished_dataset_is_told_once_and_its_entry_stays(ckan, steward, portal):
    # given
    harvested(ckan, steward)
    serve_packages(portal, [package(1), package(3)])

    # when
    made = harvested(ckan, steward)

    # then
    assert counts(made) == {"unchanged": 2, "vanished": 1}
    assert len(entries()) == 3
    notice = Notice.objects.get()
    assert (notice.kind, notice.recipient, notice.about_id) == (
        NoticeKind.VANISHED,
        steward,
        made.pk,
    )

    # and not told again, and back when it is back
    assert counts(harvested(ckan, steward)) == {"unchanged": 2}
    assert Notice.objects.count() == 1
    serve_packages(portal, [package(n) for n in (1, 2, 3)])
    assert counts(harvested(ckan, steward)) == {"unchanged": 3}
    assert not HarvestedDataset.objects.exclude(vanished_at=None).exists()


def test_one_bad_dataset_is_told_and_does_not_bar_the_others(ckan, steward, portal):
    # given
    ResourceFactory(department=steward.department, name="已有的名称")
    packages = [package(1), package(2, title="已有的名称"), package(3, title="长" * 201)]
    serve_packages(portal, packages)

    # when
    made = harvested(ckan, steward)

    # then
    assert counts(made) == {"created": 1, "problems": 2}
    assert [(one["title"][:5], one["field"]) for one in made.problems] == [
        ("已有的名称", "name"),
        ("长长长长长", "name"),
    ]
    assert sorted(name for name, _state in entries()) == ["已有的名称", "数据集1"]

    # and it comes when it is mended
    serve_packages(portal, [package(1), package(2), package(3, title="长")])
    assert counts(harvested(ckan, steward)) == {"created": 2, "unchanged": 1}


def test_an_undone_harvest_stays_undone_until_somebody_wants_it(ckan, steward):
    # given
    made = harvested(ckan, steward)
    bulk.undo(bulk_import=made.imports.get(), by=steward)
    assert entries() == []

    # when, then
    assert counts(harvested(ckan, steward)) == {"left_out": 3}
    assert entries() == []
    assert counts(harvested(ckan, steward, brings_removed=True)) == {"created": 3}
    assert HarvestedDataset.objects.filter(resource=None).count() == 0


def test_a_portal_that_breaks_off_leaves_everything_as_it_was(ckan, steward, portal):
    # given
    harvested(ckan, steward)
    before = list(HarvestedDataset.objects.values())
    portal.paths[CKAN_SEARCH] = lambda h: h.answer(b"<html>", Content_Type="text/html")

    # when
    made = harvested(ckan, steward)

    # then
    assert (made.state, made.failure_code) == (HarvestState.FAILED, "markup_instead")
    assert list(HarvestedDataset.objects.values()) == before
    assert Entry.objects.filter(action="catalog.harvest.fail", result="failed").count() == 1


def test_a_catalogue_that_is_empty_of_a_sudden_is_not_believed(ckan, steward, portal):
    harvested(ckan, steward)
    serve_packages(portal, [])

    made = harvested(ckan, steward)

    assert (made.failure_code, made.failure_data) == ("harvest_empty", {"before": 3})
    assert not HarvestedDataset.objects.exclude(vanished_at=None).exists()
    notice = Notice.objects.get()
    assert (notice.kind, notice.recipient, notice.about_id) == (
        NoticeKind.HARVEST_FAILED,
        steward,
        made.pk,
    )


def test_many_datasets_come_in_files_that_a_worker_applies_itself(ckan, steward, portal):
    serve_packages(portal, [package(n, notes="长" * 600) for n in range(400)])

    made = harvested(ckan, steward)

    assert counts(made) == {"created": 400}
    assert made.imports.count() > 1
    assert not BulkImport.objects.filter(is_large=True).exists()


def test_only_stewards_of_the_department_start_one_and_one_at_a_time(ckan, steward, department):
    colleague = UserFactory(department=department, duties=[DutyKind.STAFF])
    for person in (colleague, UserFactory(duties=[DutyKind.STEWARD])):
        with pytest.raises(NotAllowed):
            harvests.start_harvest(source=ckan, plan=PLAN, by=person)
    other = file_source(department, "rest", address="http://127.0.0.1/")
    with pytest.raises(WrongState):
        harvests.start_harvest(source=other, plan=PLAN, by=steward)
    with pytest.raises(Invalid) as refusal:
        harvests.start_harvest(
            source=ckan, plan=HarvestPlan(**{**plan_fields(), "grade": "L9"}), by=steward
        )
    assert list(refusal.value.fields) == ["grade"]
    assert not Harvest.objects.exists()

    harvests.start_harvest(source=ckan, plan=PLAN, by=steward)
    with pytest.raises(WrongState):
        harvests.start_harvest(source=ckan, plan=PLAN, by=steward)
    assert Harvest.objects.count() == 1


def test_for_who_is_no_steward_any_more_nothing_is_walked_nor_written(ckan, steward, portal):
    made = harvests.start_harvest(source=ckan, plan=PLAN, by=steward)
    portal.paths[CKAN_SEARCH] = lambda h: pytest.fail("the other portal was asked")
    Duty.objects.filter(user=steward).delete()

    harvests.execute(harvest_id=made.pk)

    made.refresh_from_db()
    assert (made.state, made.failure_code) == (HarvestState.FAILED, "harvest_refused")
    assert entries() == []


@pytest.mark.django_db(transaction=True)
def test_a_dead_workers_harvest_is_found_and_the_third_attempt_is_the_last(
    ckan, steward, worker, queue
):
    # given one that a worker is at
    made = harvests.start_harvest(source=ckan, plan=PLAN, by=steward)
    assert [task for task, _args, _eta in queue()] == [harvests.TASK]
    Harvest.objects.update(state=HarvestState.WALKING, attempt=1)
    later = timezone.now() + timedelta(minutes=3)
    key = lock.HARVESTS << 32 | ckan.pk
    worker.execute("SELECT pg_advisory_lock(%s)", [key])
    worker.commit()
    assert harvests.left_behind(now=later) == []
    harvests.execute(harvest_id=made.pk)
    assert entries() == []

    # when the worker dies
    worker.close()

    # then it is found, and carried out
    deadline = timezone.now() + timedelta(seconds=10)
    while lock.held_now(kind=lock.HARVESTS) and timezone.now() < deadline:
        pass
    assert harvests.left_behind(now=later) == [made.pk]
    harvests.execute(harvest_id=made.pk)
    made.refresh_from_db()
    assert (made.state, made.attempt) == (HarvestState.DONE, 2)
    harvests.execute(harvest_id=made.pk)
    assert len(entries()) == 3

    # and of a fourth attempt there is none
    last = harvests.start_harvest(source=ckan, plan=PLAN, by=steward)
    Harvest.objects.filter(pk=last.pk).update(attempt=3)
    harvests.execute(harvest_id=last.pk)
    last.refresh_from_db()
    assert (last.state, last.failure_code) == (HarvestState.FAILED, "broken_off")


def test_writing_is_one_act(ckan, steward, portal):
    """The last step fails: no draft is there, and the next attempt brings all of them."""
    never_done("ADD CONSTRAINT never_done CHECK (state <> 'done') NOT VALID")
    made = harvests.start_harvest(source=ckan, plan=PLAN, by=steward)
    with pytest.raises(IntegrityError), transaction.atomic():
        harvests.execute(harvest_id=made.pk)
    assert entries() == []
    assert not HarvestedDataset.objects.exists()

    never_done("DROP CONSTRAINT never_done")
    harvests.execute(harvest_id=made.pk)
    assert len(entries()) == 3


def never_done(change: str) -> None:
    """What makes the database refuse the end of a harvest, after all else of it is written."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(f"ALTER TABLE catalog_harvest {change}")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
