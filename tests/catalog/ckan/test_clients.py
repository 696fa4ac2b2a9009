"""CKAN's own client walks the whole catalogue: the open part without, all it sees with a key."""

import pytest
import requests
from ckanapi import NotAuthorized, NotFound, RemoteCKAN, SearchQueryError, ValidationError
from django.test import Client

from catalog.formats.identifiers import id_of_entry, name_of_code

pytestmark = pytest.mark.django_db(transaction=True)


def walked(ckan: RemoteCKAN) -> dict[str, dict]:
    """As the harvester of CKAN does: by pages in the order of ids."""
    found: dict[str, dict] = {}
    start = 0
    while True:
        page = ckan.action.package_search(rows=2, start=start, sort="id asc")
        if not page["results"]:
            return found
        found |= {one["name"]: one for one in page["results"]}
        start += 2


@pytest.mark.parametrize("get_only", [False, True], ids=["POST", "GET"])
def test_a_client_walks_the_open_part_and_with_a_key_all_that_it_sees(
    live_server, shelf, key, get_only
):
    for apikey, entries in (
        (None, shelf.opened),
        (key, [*shelf.opened, *shelf.internal]),
        (f"Api-Key {key}", [*shelf.opened, *shelf.internal]),
    ):
        with RemoteCKAN(live_server.url, apikey=apikey, get_only=get_only) as ckan:
            names = ckan.action.package_list()
            packages = walked(ckan)

            assert names == sorted(name_of_code(one.code) for one in entries)
            assert sorted(packages) == names
            for name in names:
                shown = ckan.action.package_show(id=name)
                assert shown == packages[name] == ckan.action.package_show(id=shown["id"])
                for way in shown["resources"]:
                    assert ckan.action.resource_show(id=way["id"]) == way
                owner = ckan.action.organization_show(id=shown["owner_org"])
                assert owner["name"] == shown["organization"]["name"]
            counts = ckan.action.organization_list(all_fields=True)
            assert sum(one["package_count"] for one in counts) == len(entries)


def test_refusals_are_the_errors_that_the_client_knows(live_server, shelf):
    hidden = shelf.internal[0]
    with RemoteCKAN(live_server.url) as ckan:
        with pytest.raises(NotFound):
            ckan.action.package_show(id=name_of_code(hidden.code))
        with pytest.raises(NotFound):
            ckan.action.package_show(id=id_of_entry(hidden))
        with pytest.raises(ValidationError):
            ckan.action.package_show()
        with pytest.raises(SearchQueryError):
            ckan.action.package_search(sort="title")
        shown = ckan.action.package_show(id=name_of_code(shelf.opened[0].code))
        with pytest.raises(NotAuthorized):
            ckan.action.datastore_search(resource_id=shown["resources"][0]["id"])
    with RemoteCKAN(live_server.url, apikey="gdsp_wrong") as ckan, pytest.raises(NotAuthorized):
        ckan.action.package_list()


def test_no_address_is_redirected_with_or_without_a_slash(live_server, shelf):
    for path in ("api/3/action/package_list", "api/action/package_list"):
        for end in ("", "/"):
            for method in ("GET", "POST"):
                answer = requests.request(
                    method, f"{live_server.url}/{path}{end}", allow_redirects=False, timeout=20
                )
                assert answer.status_code == 200, (method, path, end)
                assert len(answer.json()["result"]) == 3
    for end in ("", "/"):
        told = requests.get(f"{live_server.url}/api/util/status{end}", timeout=20).json()
        assert {"ckan_version", "site_url", "site_title"} <= set(told)


def test_a_signed_in_person_posts_without_a_token_of_a_page(shelf, insider):
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = insider.cookies

    answer = strict.post("/api/3/action/package_list", {}, content_type="application/json")

    assert len(answer.json()["result"]) == 7
