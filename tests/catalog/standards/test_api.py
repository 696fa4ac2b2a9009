"""The library and the tree by the API."""

import pytest
from django.urls import reverse
from rest_framework.test import APIClient

from catalog.entry import ItemData
from catalog.models import Classification, CodeList, DataElement
from catalog.services import resources
from tests.catalog.conftest import an_entry
from tests.factories import InformationSystemFactory

from .conftest import SEXES


def url(name, *args):
    return reverse(f"api:{name}", args=args)


@pytest.fixture
def api():
    def signed_in(party):
        client = APIClient()
        client.default_format = "json"
        client.force_authenticate(party)
        return client

    return signed_in


def test_a_list_lives_its_life_by_the_api(cast, api):
    client = api(cast.officer)
    made = client.post(url("code-list-list"), {"identifier": "LOCAL/1", "name": "类别"})
    assert made.status_code == 201
    pk = made.data["id"]
    codes = [{"code": "1", "name": "甲"}, {"code": "2", "name": "乙", "parent_code": "1"}]
    sent = {"revision": 1, "codes": codes}
    draft = client.put(url("code-list-draft", pk), sent, format="json")
    assert draft.data["entry_count"] == 2
    publish = {"revision": 2, "valid_from": "2025-08-01"}
    published = client.post(url("code-list-publish", pk), publish)
    assert (published.data["version"], published.data["code_count"]) == (1, 2)

    client.post(url("code-list-draft", pk))
    sent = {"revision": 1, "codes": [{"code": "1", "name": "甲二"}]}
    client.put(url("code-list-draft", pk), sent, format="json")
    told = client.get(url("code-list-compare", pk), {"before": 1, "after": 2}).data
    assert [one["code"] for one in told["removed"]] == ["2"]
    assert told["changed"][0]["after"]["name"] == "甲二"
    assert client.post(url("code-list-discard", pk), {"revision": 2}).status_code == 200
    assert client.post(url("code-list-retire", pk)).data["retired_at"]
    assert [one["number"] for one in client.get(url("code-list-detail", pk)).data["versions"]] == [
        1
    ]


def test_systems_read_the_library(cast, sexes, api):
    client = api(InformationSystemFactory())

    lists = client.get(url("code-list-list")).data["results"]
    codes = client.get(url("code-list-codes", sexes.pk)).data["results"]

    assert [one["identifier"] for one in lists] == [sexes.identifier]
    assert [(one["code"], one["name"]) for one in codes] == list(SEXES)
    for name in ("code-list-retire", "code-list-draft"):
        assert client.post(url(name, sexes.pk)).status_code == 403


def test_faults_of_codes_are_named_by_row_and_column(cast, sexes, api):
    client = api(cast.officer)
    draft = client.post(url("code-list-draft", sexes.pk))
    codes = [{"code": "1", "name": "甲"}, {"code": "1", "name": "乙"}]

    refused = client.put(
        url("code-list-draft", sexes.pk),
        {"revision": draft.data["revision"], "codes": codes},
        format="json",
    )

    assert refused.status_code == 422
    assert list(refused.data["fields"]) == ["rows.2.code"]


def test_readers_see_no_draft(cast, sexes, api):
    api(cast.officer).post(url("code-list-draft", sexes.pk))
    client = api(cast.steward)

    assert len(client.get(url("code-list-detail", sexes.pk)).data["versions"]) == 1
    assert client.get(url("code-list-codes", sexes.pk), {"version": 2}).status_code == 404


def test_elements_live_their_life_by_the_api(cast, sexes, api):
    client = api(cast.officer)
    told = {
        "identifier": "DE-1",
        "name": "性别",
        "definition": "性别",
        "type": "C",
        "code_list": sexes.identifier,
    }
    made = client.post(url("data-element-list"), told)
    assert (made.status_code, made.data["version"]) == (201, 1)
    changed = client.put(
        url("data-element-detail", made.data["id"]), {**told, "length": 1, "version": 1}
    )
    assert (changed.data["version"], changed.data["length"]) == (2, 1)
    stale = client.put(url("data-element-detail", made.data["id"]), {**told, "version": 1})
    assert stale.status_code == 409
    assert client.post(url("data-element-retire", made.data["id"])).data["retired_at"]
    assert DataElement.objects.get().versions.count() == 2


def test_the_tree_is_kept_by_the_api(cast, api):
    client = api(cast.officer)
    told = {"resource_class": "1", "code": "03", "name": "自然资源"}
    item = client.post(url("classification-list"), told)
    below = client.post(
        url("classification-list"), {"resource_class": "1", "code": "03001", "name": "区划"}
    )
    assert (item.status_code, below.data["parent_code"]) == (201, "03")
    circle = client.put(
        url("classification-detail", item.data["id"]), {"name": "甲", "parent_code": "03001"}
    )
    assert (circle.status_code, list(circle.data["fields"])) == (422, ["parent_code"])
    assert client.post(url("classification-retire", item.data["id"])).status_code == 409
    assert client.post(url("classification-retire", below.data["id"])).data["retired_at"]
    assert len(api(cast.steward).get(url("classification-list")).data["results"]) == 2
    assert Classification.objects.get(code="03").parent is None


def test_items_go_in_and_come_out_with_their_bindings(cast, sexes, api):
    made = resources.create_draft(
        entry=an_entry(),
        items=[ItemData(name="性别", column="sex", type="C", code_list=sexes.identifier)],
        by=cast.steward,
    )
    client = api(cast.steward)

    [item] = client.get(url("resource-detail", made.pk)).data["items"]
    assert (item["code_list"], item["data_element"]) == ("GB/T 2261.1-2003", "")
    del item["position"]
    sent = {"version": 1, "items": [{**item, "code_list": ""}], "abstract": "新"}
    changed = client.patch(url("resource-detail", made.pk), sent, format="json")

    assert changed.status_code == 200, changed.data
    assert changed.data["items"][0]["code_list"] == ""
    refused = client.patch(
        url("resource-detail", made.pk),
        {"version": 2, "items": [{**item, "code_list": "none"}]},
        format="json",
    )
    assert list(refused.data["fields"]) == ["items.0.code_list"]
    assert CodeList.objects.count() == 1
