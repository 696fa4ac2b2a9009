"""The page of a source's datasets; DCAT catalogues, and portals like this one, harvested as well."""

import pytest
from django.urls import reverse

from catalog.models import Harvest, Resource, ResourceState
from catalog.services import harvests
from portal.organisation.models import DutyKind
from tests.factories import DepartmentFactory, ResourceFactory, UserFactory

from .fetching import file_source
from .harvest_portal import package, serve, serve_packages, turtle
from .harvesting import *  # noqa: F403 - the cast of the harvests
from .harvesting import counts, harvested

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.filterwarnings("ignore:ConjunctiveGraph:DeprecationWarning"),
]


def test_the_page_starts_a_harvest_and_shows_what_came_of_it(
    ckan, steward, portal, signed_in, django_assert_max_num_queries
):
    # given
    client = signed_in(steward)
    url = reverse("catalog:source_harvest", args=[ckan.pk])
    assert "尚无数据集" in client.get(url).content.decode()
    fields = {
        "resource_class": "3",
        "classification": "07012001",
        "sharing_attribute": "conditional",
        "grade": "L2",
    }

    # when
    assert client.post(url, {**fields, "classification": ""}).status_code == 422
    assert not Harvest.objects.exists()
    assert client.post(url, fields).status_code == 302
    waiting = client.get(url).content.decode()
    assert "hx-get" in waiting
    serve_packages(portal, [package(1), package(2, title="长" * 201)])
    harvests.execute(harvest_id=Harvest.objects.get().pk)
    client.get(url)
    with django_assert_max_num_queries(24):
        shown = client.get(url).content.decode()

    # then
    assert "数据集1" in shown
    assert f"{portal.url}/dataset/set-1" in shown
    assert "长长长" in shown
    english = client.get(url, headers={"accept-language": "en"}).content.decode()
    for html, field, words in (
        (shown, "名称", "最多 200 个字符，现有 201 个。"),
        (english, "Name", "at most 200 characters (it has 201)"),
    ):
        assert f"<td>{field}</td>" in html
        assert words in html
    assert client.get(url, HTTP_HX_REQUEST="true").headers["HX-Refresh"] == "true"
    assert "尚无数据集" in client.get(url, {"which": "vanished"}).content.decode()


def test_the_page_is_for_who_may_look_at_the_source(ckan, steward, department, signed_in):
    url = reverse("catalog:source_harvest", args=[ckan.pk])
    assert signed_in(UserFactory()).get(url).status_code == 404
    colleague = UserFactory(department=department, duties=[DutyKind.STAFF])
    assert signed_in(colleague).get(url).status_code == 200
    assert signed_in(colleague).post(url, {}).status_code == 403
    other = file_source(department, "rest", address="http://127.0.0.1/")
    assert (
        signed_in(steward).get(reverse("catalog:source_harvest", args=[other.pk])).status_code
        == 404
    )
    assert not Harvest.objects.exists()


def test_a_dcat_catalogue_is_harvested_as_well(department, steward, portal):
    serve(portal, "/catalog.ttl", turtle(portal, 1, 2, following="page2"))
    serve(portal, "/page2", turtle(portal, 3, total=3))
    source = file_source(department, "dcat", address=f"{portal.url}/catalog.ttl")

    assert counts(harvested(source, steward)) == {"created": 3}
    assert counts(harvested(source, steward)) == {"unchanged": 3}
    one = Resource.objects.get(name="数据集3")
    assert (one.name_en, one.update_frequency, one.data_format, one.temporal_from.isoformat()) == (
        "Set 3",
        "4",
        "2",
        "2024-01-01",
    )


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("kind", "path"),
    [("ckan", ""), ("dcat", "/catalog.ttl"), ("dcat", "/catalog.jsonld"), ("dcat", "/catalog.xml")],
)
def test_a_portal_of_this_kind_is_harvested_by_another(live_server, kind, path):
    # given what visitors see of a portal
    civil = DepartmentFactory()
    for n in range(3):
        ResourceFactory(
            department=civil,
            state=ResourceState.PUBLISHED,
            is_open=True,
            name=f"婚姻登记{n}",
            sharing_attribute="unconditional",
            sharing_scope="",
            sharing_purpose="",
        )
    ResourceFactory(department=civil, state=ResourceState.PUBLISHED, name="内部的")
    steward = UserFactory(duties=[DutyKind.STEWARD])
    source = file_source(steward.department, kind, address=f"{live_server.url}{path}")

    # when
    made = harvested(source, steward)

    # then
    assert (made.failure_code, counts(made)) == ("", {"created": 3})
    mine = Resource.objects.filter(department=steward.department).order_by("name")
    assert [(one.name, one.state) for one in mine] == [(f"婚姻登记{n}", "draft") for n in range(3)]
    assert counts(harvested(source, steward)) == {"unchanged": 3}
