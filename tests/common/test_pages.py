import pytest
from django import forms
from django.contrib import messages
from django.contrib.messages.storage.cookie import CookieStorage
from django.shortcuts import render
from django.utils.translation import override

from portal.common.navigation import NavGroup, NavItem
from tests.html_checks import Page, problems

pytestmark = pytest.mark.urls("tests.common.urls")


def test_a_page_without_anybody_signed_in_is_sound(client):
    response = client.get("/page/")

    assert problems(response.content.decode()) == []
    assert "site-nav" not in response.content.decode()


@pytest.mark.parametrize(
    ("language", "tag", "name"),
    [("zh", "zh-Hans", "政务数据共享门户"), ("en", "en", "Government data sharing portal")],
)
def test_a_page_speaks_the_language_of_the_browser(client, settings, language, tag, name):
    settings.PORTAL_NAME = ""

    page = Page(client.get("/page/", headers={"accept-language": language}).content.decode())

    assert page.all("html")[0].get("lang") == tag
    assert page.all("title")[0].text() == f"A page – {name}"


def test_the_name_of_the_portal_can_be_set(client, settings):
    settings.PORTAL_NAME = "示范省政务数据共享门户"

    assert "示范省政务数据共享门户" in client.get("/page/").content.decode()


def test_the_navigation_shows_groups_counts_and_where_one_is(rf):
    navigation = [
        NavGroup(
            "My work",
            [
                NavItem("Home", "/", "home", is_current=True),
                NavItem("My tasks", "/tasks/", "inbox", count=1200, is_due=True),
            ],
        )
    ]
    html = render(
        rf.get("/"), "base.html", {"navigation": navigation, "title": "T"}
    ).content.decode()
    page = Page(html)
    links = [a for a in page.all("a") if a.inside("nav") and not a.inside("ol")]

    assert problems(html) == []
    assert [link.get("href") for link in links] == ["/", "/tasks/"]
    assert [link.get("aria-current") for link in links] == ["page", None]
    assert 'nav-count is-due">1,200' in html
    assert 'role="search"' in html


def test_messages_are_notices_with_the_tone_of_their_level(rf):
    request = rf.get("/")
    request._messages = CookieStorage(request)
    messages.success(request, "Saved <b>")
    messages.error(request, "Not saved")

    html = render(request, "base.html", {"title": "T"}).content.decode()

    assert '<div class="notice notice-go">Saved &lt;b&gt;</div>' in html
    assert '<div class="notice notice-stop">Not saved</div>' in html


def test_a_form_with_errors_marks_the_title(rf):
    form = forms.Form({})
    form.add_error(None, "wrong")
    with override("en"):
        html = render(rf.get("/"), "base.html", {"title": "Request", "form": form}).content.decode()

    assert Page(html).all("title")[0].text().startswith("Error: Request – ")


@pytest.mark.parametrize(
    ("template", "context"),
    [
        ("account/locked.html", {"failure_limit": 5}),
        ("account/logout.html", {}),
        ("account/password_change.html", {}),
        ("account/reauthenticate.html", {}),
        ("account/account_inactive.html", {}),
        (
            "components/confirm_page.html",
            {"title": "Revoke?", "confirm_label": "Revoke", "back_url": "/", "consequences": ["x"]},
        ),
    ],
)
def test_pages_without_a_view_of_ours_are_sound(rf, template, context):
    assert problems(render(rf.get("/"), template, context).content.decode()) == []


def test_the_sign_in_page_shows_limits_but_no_figures_of_its_own(rf):
    class Login(forms.Form):
        login = forms.CharField()
        password = forms.CharField(widget=forms.PasswordInput)

    with override("en"):
        html = render(rf.get("/"), "account/login.html", {"form": Login()}).content.decode()

    assert problems(html) == []
    assert "10 working days; with consent up to 10 more" in html
    assert "figure-value" not in html
