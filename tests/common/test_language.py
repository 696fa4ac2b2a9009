import pytest
from django.conf import settings as django_settings

pytestmark = pytest.mark.urls("tests.common.urls")


@pytest.mark.parametrize(
    ("accept", "words"),
    [
        (None, "首页"),
        ("", "首页"),
        ("*", "首页"),
        ("zh", "首页"),
        ("zh-CN,zh;q=0.9,en;q=0.8", "首页"),
        ("zh-SG", "首页"),
        ("zh-Hans-CN", "首页"),
        ("en", "Home"),
        ("en-GB,en;q=0.9,zh;q=0.1", "Home"),
        ("fr, en-US;q=0.5", "Home"),
        ("fr", "首页"),
        ("en;q=0, zh", "首页"),
        ("%%%", "首页"),
    ],
)
def test_the_browser_decides_and_chinese_is_the_default(client, accept, words):
    headers = {} if accept is None else {"accept-language": accept}

    response = client.get("/language-in-use/", headers=headers)

    assert response.content.decode() == words


@pytest.mark.parametrize(("chosen", "words"), [("en", "Home"), ("zh-hans", "首页"), ("xx", "首页")])
def test_the_choice_of_the_person_comes_before_the_browser(client, chosen, words):
    client.cookies[django_settings.LANGUAGE_COOKIE_NAME] = chosen

    response = client.get("/language-in-use/", headers={"accept-language": "zh"})

    assert response.content.decode() == words


def test_caches_are_told_what_decides_the_language(client):
    response = client.get("/language-in-use/", headers={"accept-language": "en"})

    assert response.headers["Content-Language"] == "en"
    assert {"Accept-Language", "Cookie"} <= set(response.headers["Vary"].split(", "))


def test_the_switch_keeps_the_choice_and_goes_back(client):
    response = client.post("/language/", {"language": "en", "next": "/page/?q=1"})

    assert (response.status_code, response.headers["Location"]) == (302, "/page/?q=1")
    assert response.cookies[django_settings.LANGUAGE_COOKIE_NAME].value == "en"
    assert client.get("/language-in-use/").content.decode() == "Home"


def test_the_switch_takes_no_unknown_language_and_no_foreign_way_back(client):
    response = client.post("/language/", {"language": "xx", "next": "https://elsewhere.test/"})

    assert response.headers["Location"] == "/"
    assert django_settings.LANGUAGE_COOKIE_NAME not in response.cookies


def test_a_link_cannot_switch_the_language(client):
    assert client.get("/language/", {"language": "en"}).status_code == 405
