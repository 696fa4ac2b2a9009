"""Who sees what is one answer in list, page and API, and many cost no more queries than one."""

import pytest
from django.test import Client
from django.urls import reverse
from rest_framework.test import APIClient

from catalog.models import ResourceState
from sharing.models import Agreement, SharingRequest
from sharing.services import requests
from tests.factories import ResourceFactory

from .conftest import agreed_on, data, fill

WHO = ["applicant", "head", "provider_steward", "provider_head", "officer", "stranger"]

# What each of the cast sees of: a draft, a submitted, a received, an agreed request; the agreement.
SEES = {
    "applicant": {"draft", "submitted", "received", "agreed"},
    "head": {"draft", "submitted", "received", "agreed"},
    "provider_steward": {"received", "agreed"},
    "provider_head": {"received", "agreed"},
    "officer": {"received", "agreed"},
    "stranger": set(),
    "system": {"draft", "submitted", "received", "agreed"},
    "strange_system": set(),
}


def one_in(cast, state: str) -> SharingRequest:
    resource = ResourceFactory(department=cast.civil, state=ResourceState.PUBLISHED)
    if state == "agreed":
        return agreed_on(cast, fill(resource)).request
    made = requests.start_request(resource=resource, data=data(), by=cast.applicant)
    if state == "draft":
        return made
    made = requests.submit(request=made, version=made.version, by=cast.applicant)
    if state == "submitted":
        return made
    return requests.approve(request=made, version=made.version, by=cast.head)


@pytest.fixture
def by_state(cast) -> dict[str, SharingRequest]:
    return {state: one_in(cast, state) for state in ("draft", "submitted", "received", "agreed")}


@pytest.mark.parametrize("who", SEES)
def test_the_api_lists_what_it_shows_in_detail(cast, by_state, who):
    # given
    caller = APIClient()
    caller.force_authenticate(getattr(cast, who))
    expected = {by_state[state].number for state in SEES[who]}
    agreement = Agreement.objects.get()

    # when
    listed = {one["number"] for one in caller.get("/api/v1/requests/").json()["results"]}
    opened = {
        one.number
        for one in by_state.values()
        if caller.get(f"/api/v1/requests/{one.number}/").status_code == 200
    }
    agreements = [one["number"] for one in caller.get("/api/v1/agreements/").json()["results"]]

    # then
    assert listed == opened == expected
    assert agreements == ([agreement.number] if "agreed" in SEES[who] else [])


@pytest.mark.parametrize("who", WHO)
def test_the_pages_list_what_they_open(cast, by_state, who):
    # given
    caller = Client(headers={"accept-language": "en"})
    caller.force_login(getattr(cast, who))
    expected = {by_state[state].number for state in SEES[who]}
    agreement = Agreement.objects.get()

    # when
    html = caller.get(reverse("sharing:request_list"), {"side": "", "tab": "all"}).content.decode()
    listed = {one.number for one in by_state.values() if one.number in html}
    opened = {
        one.number
        for one in by_state.values()
        if caller.get(reverse("sharing:request", args=[one.number])).status_code == 200
    }

    # then
    assert listed == opened == expected
    shown = agreement.number in caller.get(reverse("sharing:agreement_list")).content.decode()
    page = caller.get(reverse("sharing:agreement", args=[agreement.number])).status_code
    assert (shown, page) == ((True, 200) if "agreed" in SEES[who] else (False, 404))


@pytest.mark.parametrize(
    ("side", "tab", "states"),
    [
        ("ours", "live", {"draft", "submitted", "received"}),
        ("ours", "agreed", {"agreed"}),
        ("ours", "refused", set()),
        ("ours", "all", {"draft", "submitted", "received", "agreed"}),
        ("received", "all", set()),
    ],
)
def test_a_tab_counts_what_it_lists(cast, by_state, side, tab, states):
    caller = Client(headers={"accept-language": "en"})
    caller.force_login(cast.applicant)

    answer = caller.get(reverse("sharing:request_list"), {"side": side, "tab": tab})

    numbers = {one.number for one in answer.context["page"]}
    assert numbers == {by_state[state].number for state in states}
    counts = {one.key: one.count for one in answer.context["tabs"]}
    assert counts[tab] == len(numbers)


def test_the_list_opens_for_an_officer_with_all_and_for_others_with_what_they_ask_for(
    cast, by_state, client
):
    listed = {}
    for who in ("officer", "applicant", "provider_head"):
        client.force_login(getattr(cast, who))
        page = client.get(reverse("sharing:request_list"), {"tab": "all"}).context["page"]
        listed[who] = {one.number for one in page}

    received = {by_state[state].number for state in ("received", "agreed")}
    assert received <= listed["officer"]
    assert listed["applicant"] == {one.number for one in by_state.values()}
    assert listed["provider_head"] == set()


@pytest.mark.parametrize(("asked", "found"), [("active", 1), ("terminated", 0), ("nonsense", 1)])
def test_agreements_are_listed_by_state(cast, by_state, asked, found):
    caller = APIClient()
    caller.force_authenticate(cast.applicant)

    answer = caller.get("/api/v1/agreements/", {"state": asked}).json()

    assert len(answer["results"]) == found


def test_api_lists_go_on_after_each_page(cast, by_state):
    caller = APIClient()
    caller.force_authenticate(cast.applicant)
    path, numbers = "/api/v1/requests/?limit=3", []

    while path:
        answer = caller.get(path).json()
        numbers += [one["number"] for one in answer["results"]]
        path = answer["next"]

    assert sorted(numbers) == sorted(one.number for one in by_state.values())
    assert len(numbers) == 4


# The frame of a page is among them: who is signed in. How much waits for them is remembered.
PAGES = {
    ("request_list", "?tab=all"): 8,
    ("request_list", "?side=received&tab=all"): 8,
    ("agreement_list", ""): 5,
}


@pytest.mark.parametrize(("name", "asked"), PAGES)
@pytest.mark.parametrize("more", [0, 4])
def test_a_page_of_a_list_asks_a_fixed_number_of_queries(
    cast, by_state, django_assert_num_queries, name, asked, more
):
    # given
    for _ in range(more):
        one_in(cast, "agreed")
    caller = Client(headers={"accept-language": "en"})
    caller.force_login(cast.provider_head if "received" in asked else cast.applicant)
    path = reverse(f"sharing:{name}") + asked
    caller.get(path)

    # then
    with django_assert_num_queries(PAGES[name, asked]):
        answer = caller.get(path)
    assert answer.status_code == 200
    assert len(answer.context["page"]) >= more + 1


@pytest.mark.parametrize(
    ("path", "queries"), [("/api/v1/requests/", 2), ("/api/v1/agreements/", 3)]
)
@pytest.mark.parametrize("more", [0, 4])
def test_a_page_of_the_api_asks_a_fixed_number_of_queries(
    cast, by_state, django_assert_num_queries, path, queries, more
):
    # given
    for _ in range(more):
        one_in(cast, "agreed")
    caller = APIClient()
    caller.force_authenticate(cast.applicant)
    caller.get(path)

    # then
    with django_assert_num_queries(queries):
        answer = caller.get(path)
    assert len(answer.json()["results"]) >= more + 1
