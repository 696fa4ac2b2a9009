"""The API takes the same filters as the page, and its description tells of them."""

import pytest
from django.urls import reverse

from tests.catalog.finding.conftest import put
from tests.factories import DepartmentFactory, RegionFactory


@pytest.fixture
def shelf(cast):
    city = RegionFactory(code="990100", name="云州市", level="city", parent=cast.province)
    open_ = {"sharing_attribute": "unconditional", "sharing_scope": "", "sharing_purpose": ""}
    put(name="甲", department=cast.civil, resource_class="1", tags=["人口"])
    put(name="乙", department=DepartmentFactory(region=city), is_open=True, **open_)
    return cast, city


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({}, {"甲", "乙"}),
        ({"resource_class": "1"}, {"甲"}),
        ({"open": "yes"}, {"乙"}),
        ({"open": ["yes", "no"]}, {"甲", "乙"}),
        ({"freshness": "no_rows"}, {"甲", "乙"}),
        ({"freshness": "overdue"}, set()),
        ({"q": "renkou"}, {"甲"}),
    ],
)
def test_the_list_is_narrowed(shelf, signed_in, asked, found):
    cast, _city = shelf
    answer = signed_in(cast.stranger).get(reverse("api:resource-list"), asked)

    assert {one["name"] for one in answer.json()["results"]} == found


def test_the_list_is_narrowed_by_region(shelf, signed_in):
    cast, city = shelf
    answer = signed_in(cast.stranger).get(reverse("api:resource-list"), {"region": city.pk})

    assert [one["name"] for one in answer.json()["results"]] == ["乙"]


@pytest.mark.parametrize("asked", [{"open": "maybe"}, {"freshness": "x"}, {"region": "x"}])
def test_what_there_is_not_is_refused(shelf, signed_in, asked):
    cast, _city = shelf
    assert signed_in(cast.stranger).get(reverse("api:resource-list"), asked).status_code in (
        400,
        422,
    )


def test_the_description_tells_of_every_filter(client):
    told = client.get("/api/schema/", headers={"accept": "application/json"}).json()
    names = {one["name"] for one in told["paths"]["/api/v1/resources/"]["get"]["parameters"]}

    assert {"region", "resource_class", "open", "freshness", "grade", "q"} <= names
