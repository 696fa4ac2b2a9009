"""Heads of another portal that are kept here: pages and API."""

import base64

import pytest
from django.test import Client
from django.urls import reverse

from audit import notes
from audit.models import Entry, OtherPortal
from audit.others import Forked
from portal.demo.neighbour import Neighbour
from portal.organisation.models import DutyKind, User
from tests.audit.neighbours import bring
from tests.factories import UserFactory
from tests.html_checks import problems

pytestmark = pytest.mark.django_db
ENGLISH = {"HTTP_ACCEPT_LANGUAGE": "en"}


@pytest.fixture
def browser() -> Client:
    client = Client(**ENGLISH)
    client.force_login(UserFactory(duties=[DutyKind.AUDIT_ADMIN]))
    return client


def shown(client: Client, url: str) -> str:
    answer = client.get(url)
    assert answer.status_code == 200
    html = answer.content.decode()
    assert problems(html) == []
    return html


def test_the_pages_show_what_is_kept_and_what_contradicts_it(
    browser: Client, portal: OtherPortal, city: Neighbour
) -> None:
    # given
    assert "nothing received yet" in shown(browser, reverse("audit:other_list"))
    shown(browser, portal.get_absolute_url())
    backup = city.copy()
    bring(portal, city, city.seal("a", "b"))
    assert "without contradiction" in shown(browser, reverse("audit:other_list"))
    with pytest.raises(Forked):
        bring(portal, backup, backup.seal("x"), path=[])

    # when
    listed = shown(browser, reverse("audit:other_list"))
    html = shown(browser, portal.get_absolute_url())

    # then
    assert "contradicted itself" in listed
    assert "This portal signed heads that contradict each other" in html
    assert backup.heads[0].signatures[0] in html
    assert city.heads[0].signatures[0] in html
    assert city.keys[0].public.key_id in html
    assert Entry.objects.filter(action="audit.other.read", target_id=portal.pk).count() == 2


def test_the_file_of_all_heads_is_an_anchor(
    browser: Client, portal: OtherPortal, city: Neighbour
) -> None:
    bring(portal, city, city.seal("a"), city.seal("b"))

    answer = browser.get(reverse("audit:other_heads", args=["city"]))
    text = b"".join(answer.streaming_content).decode()

    assert answer["Content-Disposition"] == 'attachment; filename="heads-city.txt"'
    assert notes.read_all(text) == city.heads
    assert Entry.objects.latest("pk").action == "audit.other.export"


@pytest.mark.parametrize("name", ["other_list", "other", "other_heads"])
def test_nobody_but_the_audit_administrator_sees_the_pages(portal: OtherPortal, name: str) -> None:
    client = Client()
    client.force_login(UserFactory(duties=[DutyKind.SECURITY_ADMIN]))

    url = reverse(f"audit:{name}", args=[] if name == "other_list" else ["city"])

    assert client.get(url).status_code == 403
    assert Entry.objects.latest("pk").result == "denied"


@pytest.fixture
def person() -> User:
    return UserFactory(duties=[DutyKind.STAFF])


def test_the_api_takes_heads_and_tells_what_is_kept(
    person: User, portal: OtherPortal, city: Neighbour
) -> None:
    # given
    client = Client(**ENGLISH)
    client.force_login(person)
    url = reverse("api:audit-other-heads", args=["city"])
    assert client.get(f"{url}latest/").status_code == 404
    head = city.seal("a")

    # when
    keys = [{"public": base64.b64encode(city.keys[0].public.raw).decode()}]
    answer = client.post(url, {"heads": [{"note": head.note}], "keys": keys}, "application/json")

    # then
    assert answer.status_code == 200
    assert (answer.json()["number"], answer.json()["note"]) == (1, head.note)
    assert client.get(f"{url}latest/").json() == answer.json()
    assert client.get(url).json()["results"] == [answer.json()]
    (listed,) = client.get(reverse("api:audit-other-list")).json()["results"]
    assert (listed["name"], listed["origin"]) == ("city", city.origin)

    # and
    rebuilt = Neighbour(*city.keys)
    fork = client.post(url, {"heads": [{"note": rebuilt.seal("x").note}]}, "application/json")
    assert (fork.status_code, fork.json()["code"]) == (409, "forked")


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({}, "heads"),
        ({"heads": []}, "heads"),
        ({"heads": [{"note": "x" * 5000}]}, "heads.0.note"),
        ({"heads": [{"note": "x"}] * 501}, "heads"),
        ({"heads": [{"note": "x"}], "keys": [{"public": "short"}]}, "keys.0.public"),
        ({"heads": [{"note": "x"}], "keys": [{"public": None}]}, "keys.0.public"),
        ({"heads": [{"note": "x"}], "path": ["zz"]}, "path.0"),
        ({"heads": [{"note": "x"}], "path": [7]}, "path.0"),
    ],
)
def test_wrong_input_is_told_field_by_field(
    person: User, portal: OtherPortal, sent: dict, field: str
) -> None:
    client = Client(**ENGLISH)
    client.force_login(person)

    answer = client.post(reverse("api:audit-other-heads", args=["city"]), sent, "application/json")

    assert answer.status_code == 422
    assert list(answer.json()["fields"]) == [field]
    assert not portal.heads.exists()


def test_a_portal_that_is_not_known_is_404(person: User) -> None:
    client = Client()
    client.force_login(person)
    url = reverse("api:audit-other-heads", args=["nobody"])

    assert client.get(url).status_code == 404
    assert client.post(url, {"heads": [{"note": "x"}]}, "application/json").status_code == 404
