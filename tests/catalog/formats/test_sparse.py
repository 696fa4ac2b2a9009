"""`/api/v1/resources/`: only the fields asked for, and nothing sent twice that the caller has."""

import pytest
from django.test import Client

from catalog.models import Resource, ResourceState
from catalog.services.visibility import project
from tests.catalog.formats.test_dcat import FREE
from tests.factories import ResourceFactory, UserFactory

LIST = "/api/v1/resources/"


@pytest.fixture
def insider(db) -> Client:
    client = Client()
    client.force_login(UserFactory())
    return client


@pytest.fixture
def opened(db) -> Resource:
    return ResourceFactory(state=ResourceState.PUBLISHED, is_open=True, **FREE)


def test_only_the_fields_asked_for_are_answered(opened, insider):
    for query in ("fields=code,name", "fields=code&fields=name", "fields=name, code,"):
        listed = insider.get(f"{LIST}?{query}").json()["results"]
        assert listed == [{"code": opened.code, "name": opened.name}]
        assert insider.get(f"{LIST}{opened.pk}/?{query}").json() == listed[0]
    assert insider.get(f"{LIST}{opened.pk}/?fields=items").json().keys() == {"items"}
    assert len(insider.get(f"{LIST}?fields=").json()["results"][0]) > 30


@pytest.mark.parametrize("path", [LIST, "detail"])
def test_a_field_that_there_is_not_is_refused_by_name(opened, insider, path):
    path = LIST if path == LIST else f"{LIST}{opened.pk}/"

    answer = insider.get(f"{path}?fields=code,colour,visible_to")

    assert answer.status_code == 422
    [colour, visible] = answer.json()["fields"]["fields"]
    assert ("colour" in colour, "visible_to" in visible) == (True, True)


def test_pages_keep_the_fields_that_were_asked_for(opened, insider):
    ResourceFactory(state=ResourceState.PUBLISHED)
    page = insider.get(f"{LIST}?fields=id&limit=1").json()

    following = insider.get(page["next"]).json()

    assert following["results"][0].keys() == {"id"}


def held(client: Client, path: str) -> str:
    """The tag of the answer, after it has spared sending it again."""
    answer = client.get(path)
    again = client.get(path, headers={"If-None-Match": answer["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    for one in (answer, again):
        assert one["Cache-Control"] == "private, no-cache"
        assert {"Authorization", "Cookie"} <= {name.strip() for name in one["Vary"].split(",")}
    return answer["ETag"]


def test_the_tag_changes_with_whatever_the_caller_sees_change(opened, insider):
    paths = [LIST, f"{LIST}{opened.pk}/"]
    for path in paths:
        tags = [held(insider, path), held(insider, path)]
        assert tags[0] == tags[1]
        Resource.objects.filter(pk=opened.pk).update(name=f"改名{path}")  # though no date changed
        tags.append(held(insider, path))
        opened.department.name = f"更名{path}"
        opened.department.save()
        tags.append(held(insider, path))
        assert len(set(tags)) == 3
    item = opened.items.first()
    before = held(insider, paths[1])
    item.name = "改过的数据项"
    item.save()
    assert held(insider, paths[1]) != before


def test_the_tag_of_a_list_changes_when_an_entry_comes_or_goes_and_is_of_its_question(
    opened, insider
):
    before = held(insider, LIST)
    other = ResourceFactory(state=ResourceState.PUBLISHED)
    with_both = held(insider, LIST)
    assert held(insider, f"{LIST}?q={other.code}") not in (before, with_both)
    other.state = ResourceState.WITHDRAWN
    other.save()
    project(other)

    assert with_both != before
    assert held(insider, LIST) == before


def test_what_one_no_longer_sees_is_refused_whatever_tag_one_holds(opened, insider):
    path = f"{LIST}{opened.pk}/"
    tag = held(Client(), path)
    opened.is_open = False
    opened.save()
    project(opened)

    answer = Client().get(path, headers={"If-None-Match": tag})

    assert answer.status_code == 401
    assert Client().get(path, headers={"If-None-Match": "*"}).status_code == 401
