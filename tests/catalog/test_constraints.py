"""What the database itself refuses, whoever writes."""

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from catalog.models import Assessment, Resource
from tests.factories import DataItemFactory, ResourceFactory


def refused(name: str):
    return pytest.raises(IntegrityError, match=name)


def write(resource, **fields):
    with transaction.atomic():
        Resource.objects.filter(pk=resource.pk).update(**fields)


def test_one_name_in_a_department(db):
    first = ResourceFactory(name="甲")
    with refused("one_resource_per_name_and_department"), transaction.atomic():
        ResourceFactory(name="甲", department=first.department)


def test_codes_are_unique(db):
    first = ResourceFactory()
    with refused("code"), transaction.atomic():
        ResourceFactory(code=first.code)


@pytest.mark.parametrize("state", ["head_review", "competent_review", "published", "withdrawn"])
@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ({"sharing_scope": ""}, "conditional_states_scope_and_purpose"),
        ({"sharing_purpose": ""}, "conditional_states_scope_and_purpose"),
        ({"sharing_attribute": "unconditional"}, "unconditional_takes_no_condition"),
        ({"sharing_attribute": "not_shared"}, "not_shared_states_its_basis"),
    ],
)
def test_beyond_a_draft_each_attribute_states_what_it_must(db, state, fields, name):
    resource = ResourceFactory()

    write(resource, **fields)  # a draft may
    with refused(name):
        write(resource, state=state)


@pytest.mark.parametrize("field", ["column", "name"])
def test_items_differ_in_name_and_column(db, field):
    first = DataItemFactory()
    with refused(f"one_item_per_{field}"), transaction.atomic():
        DataItemFactory(resource=first.resource, **{field: getattr(first, field)})


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ({"is_key": True, "is_nullable": True}, "key_items_are_never_empty"),
        ({"is_sensitive": True, "is_personal": False}, "sensitive_items_are_personal"),
    ],
)
def test_items_do_not_contradict_themselves(db, fields, name):
    with refused(name), transaction.atomic():
        DataItemFactory(**fields)


def test_a_secret_is_never_passed(steward):
    with refused("secrets_are_never_catalogued"), transaction.atomic():
        Assessment.objects.create(
            resource=ResourceFactory(),
            kind="secrecy",
            is_present=True,
            is_passed=True,
            findings="x",
            by=steward,
            at=timezone.now(),
        )


def test_one_assessment_of_each_kind(steward):
    fields = {
        "resource": ResourceFactory(),
        "kind": "pia",
        "is_present": False,
        "is_passed": True,
        "findings": "x",
        "by": steward,
    }
    Assessment.objects.create(**fields)
    with refused("one_assessment_of_each_kind"), transaction.atomic():
        Assessment.objects.create(**fields)
