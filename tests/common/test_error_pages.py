import pytest
from django.shortcuts import render
from django.test import Client

from portal.common.errors import Invalid
from tests.html_checks import problems

pytestmark = pytest.mark.urls("tests.common.urls")
ENGLISH = {"accept-language": "en"}


@pytest.fixture
def visitor():
    return Client(raise_request_exception=False, headers=ENGLISH)


@pytest.mark.parametrize(
    ("address", "status", "words"),
    [
        ("/fail/400/", 400, "This address cannot be read"),
        ("/fail/403/", 403, "Your duties do not include this."),
        ("/fail/403-reason/", 403, "Only the provider may do this."),
        ("/fail/404/", 404, "There is nothing at this address"),
        ("/nowhere/", 404, "There is nothing at this address"),
        ("/fail/500/", 500, "The portal has a fault"),
    ],
)
def test_each_error_has_a_sound_page_in_the_readers_language(visitor, address, status, words):
    response = visitor.get(address)

    html = response.content.decode()
    assert response.status_code == status
    assert words in html
    assert problems(html) == []


def test_the_errors_speak_chinese_too():
    response = Client(raise_request_exception=False).get("/fail/500/")

    assert "系统出现故障" in response.content.decode()
    assert '<html lang="zh-Hans">' in response.content.decode()


def test_a_fault_tells_nothing_of_its_cause_but_a_number_to_quote(visitor):
    html = visitor.get("/fail/500/", headers={"x-request-id": "abcd-1234-efgh"}).content.decode()

    assert "broken on purpose" not in html
    assert "abcd-1234-efgh" in html


def test_a_fault_is_shown_when_the_list_of_static_files_is_what_is_broken(
    visitor, settings, tmp_path
):
    settings.STATIC_ROOT = tmp_path
    settings.STORAGES = settings.STORAGES | {
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"}
    }
    settings.DEBUG = False

    response = visitor.get("/fail/500/")

    assert response.status_code == 500
    assert "The portal has a fault" in response.content.decode()


def test_a_form_from_before_sign_in_is_explained():
    visitor = Client(enforce_csrf_checks=True, headers=ENGLISH)

    response = visitor.post("/guarded/", {})

    assert response.status_code == 403
    assert "This form has expired" in response.content.decode()
    assert problems(response.content.decode()) == []


def test_a_refusal_says_why_and_what_is_wrong(rf):
    error = Invalid("The term is too long.", fields={"until": ["At most three years."]})

    page = render(rf.get("/"), "errors/refused.html", {"error": error, "title": "Not done"})

    html = page.content.decode()
    assert "The term is too long." in html
    assert "<li>At most three years.</li>" in html
    assert problems(html) == []
