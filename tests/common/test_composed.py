"""A queryset composed once: it is asked anew each time, by the call's own values."""

from datetime import timedelta

import pytest
from django.db import ProgrammingError
from django.db.models import CharField
from django.utils import timezone

from portal.common.composed import Composed, Placeholder
from portal.organisation.models import Department, InformationSystem
from tests.factories import DepartmentFactory, InformationSystemFactory

pytestmark = pytest.mark.django_db


def of_department():
    return (
        InformationSystem.objects.select_related("department__region")
        .filter(department=Placeholder("department"), name=Placeholder("name", CharField()))
        .order_by("pk")
    )


def test_each_call_finds_what_its_own_values_say_now(django_assert_num_queries):
    here, there = InformationSystemFactory(name="one"), InformationSystemFactory(name="one")
    composed = Composed(of_department)

    with django_assert_num_queries(2):
        found = composed.rows(department=here.department_id, name="one")
        others = composed.rows(department=there.department_id, name="one")
    InformationSystem.objects.filter(pk=here.pk).update(is_active=False)

    assert (found, others) == ([here], [there])
    assert found[0].department.region == here.department.region
    assert not composed.rows(department=here.department_id, name="one")[0].is_active
    assert composed.rows(department=here.department_id, name="two") == []


def test_related_rows_come_along_and_what_is_not_there_is_none(django_assert_num_queries):
    DepartmentFactory(name="above", parent=None)
    composed = Composed(
        lambda: Department.objects.select_related("region", "parent").filter(
            name=Placeholder("name", CharField())
        )
    )

    with django_assert_num_queries(1):
        (found,) = composed.rows(name="above")
        assert (found.parent, found.region.pk) == (None, found.region_id)


def test_a_shape_is_composed_once_and_each_shape_by_itself():
    asked = []

    def question(is_active):
        asked.append(is_active)
        return InformationSystem.objects.filter(
            is_active=is_active, department=Placeholder("department")
        )

    composed = Composed(question)
    on = InformationSystemFactory()
    off = InformationSystemFactory(department=on.department, is_active=False)

    for _again in range(2):
        assert composed.rows(True, department=on.department_id) == [on]
        assert composed.rows(False, department=on.department_id) == [off]

    assert asked == [True, False]


def test_a_question_that_can_find_nothing_finds_nothing(django_assert_num_queries):
    InformationSystemFactory()
    composed = Composed(lambda: InformationSystem.objects.none())

    with django_assert_num_queries(0):
        assert composed.rows() == []


def test_a_moment_in_the_question_is_refused():
    composed = Composed(
        lambda: InformationSystem.objects.filter(created_at__lt=timezone.now() - timedelta(days=1))
    )

    with pytest.raises(ValueError, match="a moment"):
        composed.rows()


def test_a_value_that_is_not_given_asks_nothing(django_assert_num_queries):
    composed = Composed(of_department)

    with django_assert_num_queries(0), pytest.raises(KeyError):
        composed.rows(name="one")


def test_a_place_is_no_value_that_a_driver_would_send():
    with pytest.raises(ProgrammingError, match="cannot adapt type 'Place'"):
        list(InformationSystem.objects.filter(department=Placeholder("department")))
