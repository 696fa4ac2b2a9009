import pytest

from portal.common import display
from tests.html_checks import Page

pytestmark = pytest.mark.urls("tests.common.urls")


def html_class(client) -> str | None:
    return Page(client.get("/page/").content.decode()).all("html")[0].get("class")


def pressed(client) -> list[str]:
    page = Page(client.get("/page/").content.decode())
    return [b.get("value") for b in page.all("button") if b.get("aria-pressed") == "true"]


def test_a_new_browser_has_no_mode(client):
    assert html_class(client) is None
    assert pressed(client) == []


def test_modes_are_switched_on_and_off_one_by_one(client):
    response = client.post("/display/", {"toggle": "dark", "next": "/page/?q=1"})

    assert (response.status_code, response.headers["Location"]) == (302, "/page/?q=1")
    assert html_class(client) == "mode-dark"

    client.post("/display/", {"toggle": "large"})
    assert html_class(client) == "mode-large mode-dark"
    assert pressed(client) == ["large", "dark"]

    client.post("/display/", {"toggle": "dark"})
    client.post("/display/", {"toggle": "large"})
    assert html_class(client) is None


def test_the_cookie_is_not_for_scripts(client):
    morsel = client.post("/display/", {"toggle": "contrast"}).cookies[display.COOKIE]

    assert (morsel.value, morsel["httponly"], morsel["samesite"]) == ("contrast", True, "Lax")


def test_an_unknown_mode_changes_nothing(client):
    client.post("/display/", {"toggle": "dark"})

    response = client.post("/display/", {"toggle": '"><script>', "next": "https://elsewhere.test/"})

    assert response.headers["Location"] == "/"
    assert display.COOKIE not in response.cookies
    assert html_class(client) == "mode-dark"


def test_a_forged_cookie_puts_nothing_into_the_page(client):
    client.cookies[display.COOKIE] = "dark.x><script>"

    assert html_class(client) == "mode-dark"


def test_a_link_cannot_switch_a_mode(client):
    assert client.get("/display/", {"toggle": "dark"}).status_code == 405
