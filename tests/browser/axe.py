"""axe-core on a page of Playwright: what it finds against WCAG 2.0 to 2.2, levels A and AA."""

from pathlib import Path
from typing import Any

from playwright.sync_api import Page

SCRIPT = (Path(__file__).parent / "axe" / "axe.min.js").read_text(encoding="utf-8")
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]


def violations(page: Page) -> list[str]:
    """What is wrong with the page as it stands, a line each: rule, its words, where."""
    # Under the mouse that has just clicked, a colour may be on its way to another: look at where it ends.
    page.evaluate("document.getAnimations().forEach(one => one.finish())")
    page.evaluate(SCRIPT + "\n;undefined")
    found: dict[str, Any] = page.evaluate(
        "tags => axe.run(document, {runOnly: {type: 'tag', values: tags}})", TAGS
    )
    return [
        f"{rule['id']}: {rule['help']}: {' '.join(map(str, node['target']))}"
        for rule in found["violations"]
        for node in rule["nodes"]
    ]
