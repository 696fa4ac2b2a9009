"""The page and the API by which stewards say what the rows of a resource can be ordered by."""

import pytest
from django.urls import reverse

from audit.models import Entry
from catalog.models import ResourceState
from portal.organisation.models import DutyKind
from tests.factories import ResourceFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def resource():
    return ResourceFactory(state=ResourceState.PUBLISHED)


@pytest.fixture
def steward(resource):
    return UserFactory(department=resource.department, duties=[DutyKind.STEWARD])


def marked(resource):
    return sorted(resource.items.filter(is_indexed=True).values_list("column", flat=True))


def test_a_steward_marks_items_on_the_page(client, steward, resource):
    client.force_login(steward)
    address = reverse("catalog:resource_indexes", args=[resource.pk])

    saved = client.post(address, {"columns": ["name"]})
    shown = client.get(address).text

    assert (saved.status_code, saved.url) == (302, address)
    assert marked(resource) == ["name"]
    assert 'value="name"' in shown
    assert shown.count(" checked") == 1
    assert Entry.objects.filter(action="catalog.index.mark").count() == 1


def test_the_page_tells_what_cannot_be_marked(client, steward, resource):
    client.force_login(steward)
    address = reverse("catalog:resource_indexes", args=[resource.pk])

    refused = client.post(address, {"columns": ["code", "name"]}, headers={"accept-language": "en"})

    assert refused.status_code == 422
    assert "leads the key, which has an index already." in refused.text
    assert marked(resource) == []


def test_the_api_tells_and_takes_the_marks(client, steward, resource):
    client.force_login(steward)
    address = reverse("api:resource-indexes", args=[resource.pk])

    told = client.post(address, {"columns": ["name"]}, content_type="application/json").json()

    by_column = {one["column"]: one for one in told}
    assert by_column["code"]["is_ready"]
    assert not by_column["code"]["is_fit"]
    assert (by_column["name"]["is_fit"], by_column["name"]["is_indexed"]) == (True, True)
    assert not by_column["name"]["is_ready"]  # there is no table yet
    assert client.get(address).json() == told
    entry = client.get(reverse("api:resource-detail", args=[resource.pk])).json()
    assert [one["column"] for one in entry["items"] if one["is_indexed"]] == ["name"]


def test_a_colleague_without_the_duty_looks_and_marks_nothing(client, resource):
    client.force_login(UserFactory(department=resource.department, duties=[DutyKind.STAFF]))
    address = reverse("catalog:resource_indexes", args=[resource.pk])

    assert client.get(address).status_code == 200
    assert client.post(address, {"columns": ["name"]}).status_code == 403
    assert marked(resource) == []
    assert not Entry.objects.filter(action="catalog.index.mark").exists()
