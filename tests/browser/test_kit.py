"""The pages that need nobody signed in, in Chromium: accessible, working by keyboard, quiet."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.axe import violations

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("width", [1366, 390])
def test_the_sign_in_page_has_no_barrier_in_any_mode(page: Page, live_server, width):
    page.set_viewport_size({"width": width, "height": 768})
    for modes in ("", "large", "contrast", "dark", "contrast.dark", "large.dark"):
        page.context.add_cookies(
            [{"name": "portal_display", "value": modes, "url": live_server.url}]
        )

        page.goto(f"{live_server.url}/accounts/login/")

        assert violations(page) == [], modes
        assert page.evaluate("document.documentElement.scrollWidth") <= width, modes


def test_a_fault_of_a_page_is_found(page: Page, live_server):
    page.goto(f"{live_server.url}/accounts/login/")
    page.evaluate("document.documentElement.removeAttribute('lang')")

    assert [line.split(":")[0] for line in violations(page)] == ["html-has-lang"]


def test_the_skip_link_is_the_first_stop_and_leads_to_the_content(page: Page, live_server):
    page.goto(f"{live_server.url}/accounts/login/")

    page.keyboard.press("Tab")
    expect(page.locator(".skip-link")).to_be_focused()
    page.keyboard.press("Enter")

    expect(page.locator("#main")).to_be_focused()


def test_language_and_display_are_switched_on_the_spot(page: Page, live_server):
    page.goto(f"{live_server.url}/accounts/login/?next=/tasks/")
    expect(page.get_by_role("heading", name="登录", level=1)).to_be_visible()

    page.get_by_role("button", name="English").click()
    expect(page.get_by_role("heading", name="Sign in", level=1)).to_be_visible()
    page.get_by_text("Display", exact=True).click()
    page.get_by_role("button", name="Dark").click()

    expect(page.locator("html")).to_have_class("mode-dark")
    assert page.url == f"{live_server.url}/accounts/login/?next=/tasks/"


def test_the_display_menu_closes_by_escape(page: Page, live_server):
    page.goto(f"{live_server.url}/accounts/login/")
    menu = page.locator(".display-menu")

    menu.locator("summary").click()
    page.keyboard.press("Escape")

    assert menu.get_attribute("open") is None
    expect(menu.locator("summary")).to_be_focused()


def test_everything_works_without_scripts(browser, live_server):
    context = browser.new_context(java_script_enabled=False, locale="en")
    page = context.new_page()
    page.goto(f"{live_server.url}/accounts/login/")

    page.get_by_text("Display", exact=True).click()
    page.get_by_role("button", name="Large type").click()

    expect(page.locator("html")).to_have_class("mode-large")
    context.close()
