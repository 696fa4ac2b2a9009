"""An entry that not all departments see: whom its audience lets in, when, and whom it leaves out."""

import random
import threading

import pytest
from django.db import connection
from django.test import Client
from guardian.shortcuts import get_objects_for_group

from audit.models import Entry
from catalog.models import Announcement, Resource, ResourceState, Visibility
from catalog.parties import VISITOR
from catalog.services import audience, review, visibility
from catalog.tasks import settle_audiences
from portal.organisation.models import DutyKind
from tests.factories import DepartmentFactory, RegionFactory, ResourceFactory, UserFactory


def seen_by(party) -> set[int]:
    return set(Resource.objects.permitted(party, "view_resource").values_list("pk", flat=True))


def truly_seen_by(party) -> set[int]:
    return set(Resource.objects.truly_visible(party).values_list("pk", flat=True))


@pytest.fixture
def province(db):
    return RegionFactory()


@pytest.fixture
def town(city):
    return city


@pytest.fixture
def competent(province):
    return DepartmentFactory(region=province, is_competent=True)


def member(department, *duties):
    return UserFactory(department=department, duties=list(duties))


def publish(resource, competent):
    officer = member(competent, DutyKind.COMPETENT_OFFICER)
    return review.publish(resource=resource, version=resource.version, by=officer)


def waiting(province, **about):
    return ResourceFactory(
        department=DepartmentFactory(region=province), state="competent_review", **about
    )


def test_a_listed_entry_is_shown_to_listed_departments_and_to_regions_with_those_below(
    province, town, competent
):
    # given
    listed = DepartmentFactory(region=province)
    in_town = DepartmentFactory(region=town)
    elsewhere = DepartmentFactory(region=province)
    resource = waiting(
        province,
        visibility=Visibility.LISTED,
        audience_departments=[listed.pk],
        audience_regions=[town.pk],
    )

    # when
    published = publish(resource, competent)

    # then
    assert seen_by(member(listed)) == {resource.pk}
    assert seen_by(member(in_town)) == {resource.pk}
    assert seen_by(member(elsewhere)) == set()
    assert seen_by(member(competent)) == {resource.pk}
    assert seen_by(member(resource.department)) == {resource.pk}
    assert seen_by(VISITOR) == set()
    entry = Entry.objects.filter(action="catalog.resource.audience").get()
    assert entry.data["added"] == sorted([listed.name, in_town.name])
    assert Announcement.objects.get().announced_to == published.visible_to


def test_guardian_itself_gives_the_same_answer(province, town, competent):
    # given
    listed = DepartmentFactory(region=town)
    resource = waiting(province, visibility=Visibility.LISTED, audience_regions=[town.pk])

    # when
    publish(resource, competent)

    # then
    found = get_objects_for_group(listed.group, "catalog.view_resource", Resource)
    assert list(found) == [resource]


def test_an_entry_for_its_reviewers_alone_is_shown_to_nobody_else(province, competent):
    resource = waiting(province, visibility=Visibility.REVIEWERS)

    publish(resource, competent)

    assert seen_by(member(DepartmentFactory(region=province))) == set()
    assert seen_by(member(competent)) == seen_by(member(resource.department)) == {resource.pk}


def test_a_department_that_comes_later_is_let_in_by_the_sweep_and_only_then_written(
    province, town, competent
):
    # given
    resource = waiting(province, visibility=Visibility.LISTED, audience_regions=[town.pk])
    publish(resource, competent)
    settle_audiences()
    entries = Entry.objects.count()
    later = DepartmentFactory(region=town)
    assert seen_by(member(later)) == set()

    # when
    settle_audiences()
    settle_audiences()

    # then
    assert seen_by(member(later)) == {resource.pk}
    assert Entry.objects.count() == entries + 1


def test_withdrawal_ends_what_the_audience_saw(province, competent):
    # given
    listed = DepartmentFactory(region=province)
    resource = waiting(province, visibility=Visibility.LISTED, audience_departments=[listed.pk])
    published = publish(resource, competent)

    # when
    review.withdraw(
        resource=published,
        version=published.version,
        reasons="职责调整",
        by=member(competent, DutyKind.COMPETENT_OFFICER),
    )

    # then
    assert seen_by(member(listed)) == truly_seen_by(member(listed)) == set()


def test_the_end_of_an_agreement_leaves_the_audience_as_it_was_stated(province, competent):
    # given
    listed, other = DepartmentFactory(region=province), DepartmentFactory(region=province)
    resource = publish(
        waiting(province, visibility=Visibility.LISTED, audience_departments=[listed.pk]),
        competent,
    )
    for department in (listed, other):
        visibility.grant_pull(resource=resource, department=department, by=None)
    assert seen_by(member(other)) == {resource.pk}

    # when
    for department in (listed, other):
        visibility.take_back_pull(resource=resource, department=department, by=None)

    # then
    assert seen_by(member(listed)) == {resource.pk}
    assert seen_by(member(other)) == set()


def test_who_draws_the_rows_goes_on_seeing_an_entry_settled_anew(province, competent):
    # given
    resource = publish(waiting(province, visibility=Visibility.REVIEWERS), competent)
    user = DepartmentFactory(region=province)
    visibility.grant_pull(resource=resource, department=user, by=None)

    # when
    audience.settle_audience(resource=resource, by=None)

    # then
    assert seen_by(member(user)) == {resource.pk}


@pytest.mark.parametrize("seed", range(6))
def test_the_projection_equals_the_truth_for_random_audiences(province, town, competent, seed):
    # given
    chance = random.Random(seed)  # noqa: S311 - a repeatable choice, no secret
    departments = [DepartmentFactory(region=chance.choice([province, town])) for _ in range(6)]
    keys = [one.pk for one in departments]
    entries = []
    for _ in range(25):
        how = chance.choice(Visibility.values)
        is_listed = how == Visibility.LISTED
        entries.append(
            ResourceFactory(
                department=chance.choice(departments),
                state=chance.choice(ResourceState.values),
                visibility=how,
                is_open=how == Visibility.DEPARTMENTS and chance.random() < 0.5,
                audience_departments=chance.sample(keys, 2) if is_listed else [],
                audience_regions=[town.pk] if is_listed and chance.random() < 0.5 else [],
            )
        )
    for entry in entries:
        audience.settle_audience(resource=entry, by=None)
        if entry.state == ResourceState.PUBLISHED and chance.random() < 0.5:
            user = chance.choice(departments)
            if user != entry.department:
                visibility.grant_pull(resource=entry, department=user, by=None)

    # then
    for party in [*(member(one) for one in (*departments, competent)), VISITOR]:
        assert seen_by(party) == truly_seen_by(party), party


@pytest.mark.django_db(transaction=True)
def test_two_that_settle_at_once_leave_one_set_of_grants():
    # given
    province = RegionFactory()
    listed = DepartmentFactory(region=province)
    resource = ResourceFactory(
        state="published", visibility=Visibility.LISTED, audience_departments=[listed.pk]
    )
    start, failures = threading.Barrier(2), []

    def settle() -> None:
        try:
            start.wait()
            audience.settle_audience(resource=resource, by=None)
        except Exception as failure:  # noqa: BLE001 - told below, whatever it was
            failures.append(failure)
        finally:
            connection.close()

    # when
    threads = [threading.Thread(target=settle) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    # then
    assert failures == []
    assert Resource.objects.granted(listed.group_id, "view_resource").count() == 1
    assert Entry.objects.filter(action="catalog.resource.audience").count() == 1


def test_a_visitor_finds_and_reads_what_is_open_and_nothing_else(db):
    # given
    shown = ResourceFactory(state="published", is_open=True, name="公共厕所名录")
    hidden = ResourceFactory(state="published", name="公共租赁住房名录")
    draft = ResourceFactory(is_open=True, name="公共停车场名录")
    visitor = Client()

    # when
    page = visitor.get("/catalog/", {"q": "公共"})
    listed = visitor.get("/api/v1/resources/", {"q": "公共"}).json()

    # then
    words = page.content.decode()
    assert page.status_code == 200
    assert shown.name in words
    assert hidden.name not in words
    assert draft.name not in words
    assert hidden.department.short_name not in words
    assert [one["id"] for one in listed["results"]] == [shown.pk]
    assert visitor.get(f"/catalog/{shown.pk}/").status_code == 200
    assert visitor.get(f"/api/v1/resources/{shown.pk}/").status_code == 200
    for key in (hidden.pk, draft.pk, 999_999):
        asked_to_sign_in = visitor.get(f"/catalog/{key}/")
        assert asked_to_sign_in.status_code == 302
        assert asked_to_sign_in["Location"] == f"/accounts/login/?next=/catalog/{key}/"
        assert visitor.get(f"/api/v1/resources/{key}/").status_code == 401


def test_a_visitor_writes_nothing(db):
    # given
    resource = ResourceFactory(state="published", is_open=True)
    before = Entry.objects.count()

    # when
    answers = [
        Client().post("/api/v1/resources/", {}, content_type="application/json"),
        Client().post(
            f"/api/v1/resources/{resource.pk}/withdraw/",
            {"version": resource.version, "reasons": "x"},
            content_type="application/json",
        ),
    ]

    # then
    assert [one.status_code for one in answers] == [401, 401]
    resource.refresh_from_db()
    assert resource.state == ResourceState.PUBLISHED
    assert Entry.objects.count() == before
