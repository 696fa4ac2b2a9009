"""What must hold for every page, read from its HTML: `assert problems(html) == []`."""

from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = frozenset(
    {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "wbr"}
)
SVG_SHAPES = frozenset({"path", "circle", "rect", "line", "polyline", "ellipse", "use"})
LABELLED = frozenset({"select", "textarea"})
UNLABELLED_INPUTS = frozenset({"hidden", "submit", "button", "image", "reset"})
REFERENCES = ("for", "aria-labelledby", "aria-describedby", "aria-controls")


@dataclass
class Element:
    tag: str
    attributes: dict[str, str]
    parent: "Element | None" = None
    content: "list[Element | str]" = field(default_factory=list)

    def get(self, name: str) -> str | None:
        return self.attributes.get(name)

    @property
    def children(self) -> "list[Element]":
        return [piece for piece in self.content if isinstance(piece, Element)]

    def text(self) -> str:
        return "".join(
            piece.text() if isinstance(piece, Element) else piece for piece in self.content
        )

    def has_name(self) -> bool:
        """Whether a reader hears anything: text, a label, the alternative of a picture inside."""
        if self.text().strip() or self.get("aria-label") or self.get("aria-labelledby"):
            return True
        return any(child.get("alt") or child.has_name() for child in self.children)

    def inside(self, *tags: str) -> bool:
        above = self.parent
        while above is not None:
            if above.tag in tags:
                return True
            above = above.parent
        return False

    def where(self) -> str:
        keys = ("id", "name", "href", "class")
        shown = "".join(f" {key}={self.attributes[key]!r}" for key in keys if self.get(key))
        return f"<{self.tag}{shown}>"


class Page(HTMLParser):
    """The elements of a page in order; `faults` names tags not closed as they were opened."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.root = Element("", {})
        self.elements: list[Element] = []
        self.faults: list[str] = []
        self.doctype = ""
        self._open = [self.root]
        self.feed(html)
        self.close()
        self.faults += [f"{element.where()} is never closed" for element in self._open[1:]]

    def handle_decl(self, decl: str) -> None:
        self.doctype = decl

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._add(tag, attrs)
        if tag not in VOID:
            self._open.append(self.elements[-1])

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._add(tag, attrs)
        if tag not in VOID and tag not in SVG_SHAPES and not self.elements[-1].inside("svg"):
            self.faults.append(f"{self.elements[-1].where()} closes itself, which HTML ignores")

    def _add(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        element = Element(tag, {name: value or "" for name, value in attrs}, self._open[-1])
        self.faults += [
            f"{element.where()} has {name} twice" for name in set(names) if names.count(name) > 1
        ]
        self._open[-1].content.append(element)
        self.elements.append(element)

    def handle_endtag(self, tag: str) -> None:
        if self._open[-1].tag == tag:
            self._open.pop()
        else:
            self.faults.append(f"</{tag}> closes {self._open[-1].where()}")
            if any(element.tag == tag for element in self._open):
                while self._open.pop().tag != tag:
                    pass

    def handle_data(self, data: str) -> None:
        self._open[-1].content.append(data)

    def all(self, *tags: str) -> list[Element]:
        return [element for element in self.elements if element.tag in tags]


def problems(html: str) -> list[str]:
    """What is wrong with a whole page, in words; an empty list when nothing is."""
    page = Page(html)
    return [
        *page.faults,
        *_frame(page),
        *_ids(page),
        *_names(page),
        *_headings(page),
        *_tables(page),
        *_policy(page),
    ]


def fragment_problems(html: str) -> list[str]:
    """As `problems`, for a part of a page: without what only a whole page has."""
    page = Page(html)
    return [*page.faults, *_ids(page, whole=False), *_names(page), *_tables(page), *_policy(page)]


def _frame(page: Page) -> list[str]:
    found = []
    if page.doctype.lower() != "doctype html":
        found.append("no <!doctype html>")
    root = page.all("html")
    if len(root) != 1 or root[0].get("lang") not in {"zh-Hans", "en"}:
        found.append("<html> has no lang of ours")
    titles = [title for title in page.all("title") if not title.inside("svg")]
    if len(titles) != 1 or not titles[0].text().replace("–", "").strip():
        found.append("not exactly one <title> with words")
    elif titles[0].text().strip().startswith("–"):
        found.append("the <title> names only the portal, not the page")
    if not any(meta.get("name") == "viewport" for meta in page.all("meta")):
        found.append("no viewport")
    for tag in ("main", "h1"):
        if (count := len(page.all(tag))) != 1:
            found.append(f"{count} <{tag}> instead of one")
    return found


def _ids(page: Page, *, whole: bool = True) -> list[str]:
    ids = [element.attributes["id"] for element in page.elements if "id" in element.attributes]
    found = [
        f"id {name!r} stands {ids.count(name)} times"
        for name in sorted(set(ids))
        if ids.count(name) > 1
    ]
    found += [f"id {name!r} is empty or has a space" for name in ids if not name or " " in name]
    if not whole:
        return found
    for element in page.elements:
        for attribute in REFERENCES:
            for name in (element.get(attribute) or "").split():
                if name not in ids:
                    found.append(
                        f"{element.where()} {attribute} names {name!r}, which is not there"
                    )
        href = element.get("href") or ""
        if element.tag == "a" and href.startswith("#") and href[1:] not in ids:
            found.append(f"{element.where()} leads to {href}, which is not there")
    return found


def _names(page: Page) -> list[str]:
    found = []
    labelled_ids = {label.get("for") for label in page.all("label")}
    for element in page.elements:
        if element.tag == "a" and element.get("href") is None:
            found.append(f"{element.where()} is a link without address")
        if element.tag in {"a", "button", "summary", "label", "legend"} and not element.has_name():
            found.append(f"{element.where()} has no words")
        if element.tag == "img" and element.get("alt") is None:
            found.append(f"{element.where()} has no alt")
        if element.tag in {"nav", "aside"} and not _is_named(element):
            found.append(f"{element.where()} has no label")
        if element.get("role") in {"region", "img"} and not _is_named(element):
            found.append(f"{element.where()} has a role but no label")
        if element.tag == "fieldset" and not any(c.tag == "legend" for c in element.children):
            found.append(f"{element.where()} has no legend")
        needs_label = element.tag in LABELLED or (
            element.tag == "input" and element.get("type") not in UNLABELLED_INPUTS
        )
        named = _is_named(element) or element.inside("label") or element.get("id") in labelled_ids
        if needs_label and not named:
            found.append(f"{element.where()} has no label")
    return found


def _is_named(element: Element) -> bool:
    return bool((element.get("aria-label") or "").strip() or element.get("aria-labelledby"))


def _headings(page: Page) -> list[str]:
    found = []
    before = 0
    for heading in page.all("h1", "h2", "h3", "h4", "h5", "h6"):
        if not heading.text().strip():
            found.append(f"{heading.where()} has no words")
        if not heading.inside("main"):
            continue
        level = int(heading.tag[1])
        if before and level > before + 1:
            found.append(f"{heading.where()} follows an h{before}")
        before = level
    return found


def _tables(page: Page) -> list[str]:
    found = []
    for table in page.all("table"):
        if not any(child.tag == "caption" for child in table.children) and not _is_named(table):
            found.append(f"{table.where()} has no caption")
    for cell in page.all("th"):
        if cell.get("scope") not in {"col", "row", "colgroup", "rowgroup"}:
            found.append(f"{cell.where()} {cell.text().strip()!r} has no scope")
    return found


def _policy(page: Page) -> list[str]:
    """What our content security policy would not run, and what would come from elsewhere."""
    found = []
    for element in page.elements:
        if element.tag == "style" or "style" in element.attributes:
            found.append(f"{element.where()} has inline style")
        runs = element.tag == "script" and element.get("type") != "application/json"
        if runs and not element.get("src"):
            found.append(f"{element.where()} has inline script")
        found += [
            f"{element.where()} has {name}" for name in element.attributes if name.startswith("on")
        ]
        for name in ("src", "href"):
            address = element.get(name) or ""
            loads = element.tag in {"script", "link", "img", "iframe", "use", "source"}
            if loads and address.startswith(("http:", "https:", "//")):
                found.append(f"{element.where()} loads from elsewhere")
    return found
