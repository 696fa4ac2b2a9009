"""The pages of update duties: who sees which, what each act answers, and that they are sound HTML."""

from datetime import date

import pytest
from django.urls import reverse

from catalog.models import DutyState, ResourceStep, UpdateDuty, UpdateExtension
from catalog.selectors import tasks_for
from catalog.selectors.update_duties import duty_list
from catalog.services import review
from portal.clocks.services.round import go_round as sweep
from portal.organisation.models import DutyKind
from tests.catalog.conftest import at, drafted, published, submitted
from tests.factories import ResourceFactory, UserFactory
from tests.html_checks import problems

from .conftest import asked, recorded, update_clock


def open_as(client, person, name, *args):
    client.force_login(person)
    return client.get(at(name, *args))


def names(person):
    return [line.duty.pk for line in duty_list(person, tab="all").lines]


def test_the_provider_and_its_competent_department_see_a_duty_and_nobody_else(cast, duty, client):
    for person in (cast.steward, cast.head, cast.officer):
        assert names(person) == [duty.pk]
        assert open_as(client, person, "update_duty", duty.pk).status_code == 200

    assert names(cast.stranger) == []
    assert open_as(client, cast.stranger, "update_duty", duty.pk).status_code == 404


def test_the_officer_is_not_told_the_name_of_a_draft(cast, duty, entry, client):
    seen = open_as(client, cast.officer, "update_duty", duty.pk).content.decode()
    assert entry.name not in seen
    assert entry.code not in seen

    entry = review.submit(resource=entry, version=entry.version, by=cast.steward)
    entry = review.approve(resource=entry, version=entry.version, by=cast.head)
    seen = open_as(client, cast.officer, "update_duty", duty.pk).content.decode()
    assert seen.count(entry.name) == 3  # in the table, on its button, in the record

    review.send_back(resource=entry, version=entry.version, reasons="补充", by=cast.officer)
    assert entry.name not in open_as(client, cast.officer, "update_duty", duty.pk).content.decode()


def test_tabs_tell_what_is_open_late_and_up_to_date(cast, freeze, client):
    freeze(date(2026, 11, 30))
    for n, day in enumerate((date(2026, 11, 2), date(2026, 11, 27))):
        recorded(cast, needs_new_entry=True, basis_title=f"条例{n}", happened_on=day)
    done = published(cast)
    closed = recorded(cast, done, basis_title="条例2")
    review.withdraw(resource=done, version=done.version, reasons="职责划转", by=cast.head)

    found = duty_list(cast.steward)

    assert {tab.name: tab.count for tab in found.tabs} == {
        "open": 2,
        "overdue": 1,
        "met": 1,
        "all": 3,
    }
    assert [line.duty.basis_title for line in found.lines] == ["条例0", "条例1"]
    assert names(cast.steward)[-1] == closed.pk
    for tab in ("open", "overdue", "met", "all", "nonsense"):
        client.force_login(cast.steward)
        answer = client.get(at("update_duty_list"), {"tab": tab, "page": "9"})
        assert answer.status_code == 200
        assert problems(answer.content.decode()) == []


def test_a_list_has_a_fixed_number_of_queries(cast, freeze, django_assert_num_queries):
    freeze(date(2026, 11, 13))
    for n in range(25):
        recorded(cast, drafted(cast, name=f"资源{n}"), basis_title=f"条例{n}")
    assert cast.steward.duties

    with django_assert_num_queries(4):  # counts, page, clocks, entries
        found = duty_list(cast.steward)

    assert (len(found.lines), found.page.paginator.num_pages) == (20, 2)


@pytest.mark.parametrize("who", ["steward", "head", "officer"])
def test_every_page_of_a_duty_is_sound(cast, duty, client, who):
    asked(cast, duty)
    person = getattr(cast, who)
    for name, args in (
        ("update_duty_list", []),
        ("update_duty", [duty.pk]),
        ("update_duty_create", []),
    ):
        answer = open_as(client, person, name, *args)
        assert answer.status_code == 200
        assert problems(answer.content.decode()) == []


def test_a_steward_records_a_change_on_the_page(cast, entry, client, freeze):
    freeze(date(2026, 11, 13))
    client.force_login(cast.steward)
    given = {
        "kind": "state_council",
        "basis_title": "国务院关于进一步优化政务服务的决定",
        "basis_reference": "国发〔2026〕18号",
        "happened_on": "2026-11-12",
        "description": "",
        "resources": [entry.pk],
    }

    answer = client.post(at("update_duty_create"), {**given, "happened_on": "2026-12-24"})
    assert answer.status_code == 422
    assert problems(answer.content.decode()) == []
    assert not UpdateDuty.objects.exists()

    answer = client.post(at("update_duty_create"), given)
    made = UpdateDuty.objects.get()
    assert answer.headers["Location"] == made.get_absolute_url()
    assert (made.department, made.recorded_by) == (cast.civil, cast.steward)


def test_an_officer_chooses_the_department_first(cast, client, freeze):
    freeze(date(2026, 11, 13))
    entry = published(cast)
    hidden = drafted(cast, name="尚未公布的草稿")
    first = open_as(client, cast.officer, "update_duty_create").content.decode()
    assert "示范省民政厅" in first
    url = f"{at('update_duty_create')}?department={cast.civil.pk}"
    form = client.get(url).content.decode()
    assert entry.code in form
    assert hidden.name not in form

    client.post(
        url,
        {
            "kind": "law",
            "basis_title": "社会救助法",
            "happened_on": "2026-11-12",
            "resources": [entry.pk],
        },
    )

    assert UpdateDuty.objects.get().department == cast.civil
    (task,) = [one for one in tasks_for(cast.steward) if one.kind == "catalog.update"]
    assert (task.due, task.legal) == (date(2026, 11, 26), True)


def test_a_department_of_many_entries_names_them_by_code(cast, client, freeze):
    freeze(date(2026, 11, 13))
    for n in range(101):
        ResourceFactory(department=cast.civil, name=f"条目{n}", items=[])
    chosen = ResourceFactory(department=cast.civil, name="选中的条目", items=[])
    client.force_login(cast.steward)
    given = {
        "kind": "law",
        "basis_title": "社会救助法",
        "happened_on": "2026-11-12",
        "codes": "300000000/999999",
    }

    assert client.post(at("update_duty_create"), given).status_code == 422
    client.post(at("update_duty_create"), {**given, "codes": f"{chosen.code}\n{chosen.code}"})

    assert [one.resource for one in UpdateDuty.objects.get().entries.all()] == [chosen]


def test_the_extension_is_asked_and_decided_on_the_pages(cast, duty, client):
    client.force_login(cast.steward)
    ask = at("update_duty_extension", duty.pk)
    assert problems(client.get(ask).content.decode()) == []
    given = {"version": duty.version, "days": "5", "reasons": "涉及三个业务系统改造"}
    assert client.post(ask, {**given, "days": "6"}).status_code == 422
    assert client.post(ask, given).status_code == 302
    assert client.get(ask).status_code == 403

    (task,) = [one for one in tasks_for(cast.officer) if one.kind == "catalog.extend_update"]
    assert task.url == at("update_duty_extension_decide", duty.pk)
    client.force_login(cast.officer)
    assert problems(client.get(task.url).content.decode()) == []
    version = UpdateDuty.objects.get().version
    assert client.post(task.url, {"version": version, "decision": "refuse"}).status_code == 422
    assert UpdateExtension.objects.get().decided_at is None
    client.post(task.url, {"version": version, "decision": "grant", "days": "3"})

    assert update_clock(duty).due == date(2026, 12, 1)
    assert [one.kind for one in tasks_for(cast.officer)] == []


def test_closing_is_proposed_and_decided_on_the_pages(cast, duty, client):
    client.force_login(cast.steward)
    propose = at("update_duty_close", duty.pk)
    assert problems(client.get(propose).content.decode()) == []
    assert client.post(propose, {"version": duty.version, "reasons": "无关"}).status_code == 302

    (task,) = [one for one in tasks_for(cast.head) if one.kind == "catalog.close_update"]
    assert tasks_for(cast.steward) == []
    client.force_login(cast.head)
    assert problems(client.get(task.url).content.decode()) == []
    version = UpdateDuty.objects.get().version
    client.post(task.url, {"version": version, "decision": "approve"})

    assert UpdateDuty.objects.get().state == DutyState.DONE
    assert tasks_for(cast.head) == []


def test_an_old_page_is_told_so_and_changes_nothing(cast, duty, client):
    client.force_login(cast.steward)

    answer = client.post(at("update_duty_close", duty.pk), {"version": 99, "reasons": "无关"})

    assert answer.status_code == 422
    assert UpdateDuty.objects.get().state == DutyState.OPEN


def test_entries_are_named_and_past_submissions_counted_on_the_pages(cast, freeze, client):
    entry = submitted(cast)
    entry = review.approve(resource=entry, version=entry.version, by=cast.head)
    assert ResourceStep.objects.filter(resource=entry, move="approve").exists()
    freeze(date(2026, 11, 13))
    duty = recorded(cast, entry, needs_new_entry=True)
    new = drafted(cast, name="低保对象认定信息")
    client.force_login(cast.steward)

    page = client.get(at("update_duty", duty.pk)).content.decode()
    count = at("update_duty_count", duty.pk, duty.entries.get().pk)
    assert count in page
    assert client.post(count, {"version": duty.version}).status_code == 302
    assert duty.entries.get().received_at is not None

    version = UpdateDuty.objects.get().version
    answer = at("update_duty_answer", duty.pk)
    assert client.post(answer, {"version": version, "code": "3/0"}).status_code == 422
    assert client.post(answer, {"version": version, "code": new.code}).status_code == 302
    assert set(duty.entries.values_list("resource", "is_new")) == {
        (entry.pk, False),
        (new.pk, True),
    }
    page = client.get(at("update_duty", duty.pk)).content.decode()
    assert count not in page
    assert problems(page) == []


def test_the_reviewers_see_the_legal_date_with_the_entry(cast, duty, entry, client):
    entry = review.submit(resource=entry, version=entry.version, by=cast.steward)
    (task,) = tasks_for(cast.head)
    assert (task.kind, task.due, task.legal) == ("catalog.approve", date(2026, 11, 26), True)

    review.approve(resource=entry, version=entry.version, by=cast.head)
    (task,) = tasks_for(cast.officer)
    assert (task.kind, task.due, task.legal) == ("catalog.review", date(2026, 11, 17), True)
    for name, args in (("review_list", []), ("resource_decide", [entry.pk])):
        page = open_as(client, cast.officer, name, *args).content.decode()
        assert "11月17日" in page
        assert problems(page) == []


def test_an_overdue_update_says_so_everywhere(cast, duty, client, freeze):
    freeze(date(2026, 11, 30))
    sweep()

    client.force_login(cast.steward)
    page = client.get(at("update_duty_list"), {"tab": "overdue"}).content.decode()
    assert "due-late" in page
    assert "due-late" in client.get(reverse("home:tasks")).content.decode()


def test_pages_refuse_who_may_not(cast, duty, client):
    bystander = UserFactory(department=cast.civil, duties=[DutyKind.STAFF])

    assert open_as(client, bystander, "update_duty", duty.pk).status_code == 200
    for name, args in (
        ("update_duty_create", []),
        ("update_duty_extension", [duty.pk]),
        ("update_duty_extension_decide", [duty.pk]),
        ("update_duty_close", [duty.pk]),
        ("update_duty_close_decide", [duty.pk]),
        ("update_duty_answer", [duty.pk]),
    ):
        assert open_as(client, bystander, name, *args).status_code == 403, name
    assert UpdateDuty.objects.get().version == duty.version


@pytest.mark.parametrize(
    ("who", "is_there"), [("steward", True), ("head", True), ("officer", True)]
)
def test_who_records_changes_finds_them_in_the_navigation(cast, client, who, is_there):
    client.force_login(getattr(cast, who))
    assert (at("update_duty_list") in client.get("/").content.decode()) == is_there
