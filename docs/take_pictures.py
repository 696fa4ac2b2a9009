"""Takes the README's pictures from a running demonstration.

make demo                                  # in one terminal
.venv/bin/python docs/take_pictures.py     # in another; needs Chromium
"""

import os
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

ADDRESS = f"http://127.0.0.1:{os.environ.get('PORT', '8000')}"
ROOT = Path(__file__).resolve().parent.parent
DATA = Path(os.environ.get("PORTAL_DATA_DIR", ROOT / ".local"))
PLACE = ROOT / "docs" / "pictures"
# File, language, who looks, at what.
PICTURES = (
    ("home", "zh-CN", "sun", "/"),
    ("home.en", "en-GB", "sun", "/"),
    ("catalogue", "zh-CN", "zhao", "/catalog/"),
    ("resource", "zh-CN", "zhao", "/catalog/1/"),
    ("run", "zh-CN", "chen", "/catalog/runs/1/"),
    ("request", "zh-CN", "sun", "/sharing/requests/GX-2026-00005/"),
    ("agreement", "zh-CN", "sun", "/sharing/agreements/GXXY-2026-0001/"),
    ("supervision", "zh-CN", "lin", "/supervision/?period=twelve"),
    ("audit", "zh-CN", "admin_audit", "/audit/"),
)


def sign_in(page: Page, who: str) -> None:
    page.goto(f"{ADDRESS}/accounts/login/")
    page.fill("[name=login]", who)
    page.fill("[name=password]", (DATA / "demo-password").read_text().strip())
    page.click("main button[type=submit]")


def main() -> None:
    with sync_playwright() as playwright:
        chromium = os.environ.get("CHROMIUM", "/usr/bin/chromium")
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        for name, language, who, path in PICTURES:
            context = browser.new_context(locale=language, viewport={"width": 1366, "height": 900})
            page = context.new_page()
            sign_in(page, who)
            page.goto(ADDRESS + path)
            page.screenshot(path=PLACE / f"{name}.png")
            context.close()
        browser.close()


if __name__ == "__main__":
    main()
