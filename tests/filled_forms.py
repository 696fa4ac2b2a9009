"""A form of a page, filled in as in a hurry: what is chosen stays, what is empty gets something."""

from dataclasses import dataclass, field
from html.parser import HTMLParser

from tests.factories import in_days

WORDS = "核验所需，同意办理。"


@dataclass
class Form:
    action: str
    data: dict[str, list[str]] = field(default_factory=dict)


@dataclass
class _Select:
    name: str
    options: list[str] = field(default_factory=list)
    chosen: list[str] = field(default_factory=list)


class _Reader(HTMLParser):
    """The forms that are sent by POST. Of several buttons the first counts."""

    def __init__(self, sound: dict[str, object]) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self._form: Form | None = None
        self._select: _Select | None = None
        self._area: str | None = None
        self._sound = sound

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            is_post = given.get("method", "").lower() == "post"
            self._form = Form(given.get("action", "")) if is_post else None
            if self._form:
                self.forms.append(self._form)
        if self._form is None or "disabled" in given:
            return
        name = given.get("name", "")
        if tag == "select" and name:
            self._select = _Select(name)
        elif tag == "option" and self._select:
            value = given.get("value", "")
            self._select.options.append(value)
            if "selected" in given:
                self._select.chosen.append(value)
        elif tag == "textarea" and name:
            self._area = name
            self._form.data[name] = [""]
        elif tag == "input" and name:
            self._input(given)
        elif tag == "button" and name:
            self._form.data.setdefault(name, [given.get("value", "")])

    def handle_data(self, data: str) -> None:
        if self._area and self._form:
            self._form.data[self._area] = [self._form.data[self._area][0] + data.strip()]

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None
        elif tag == "textarea" and self._area and self._form:
            if not self._form.data[self._area][0]:
                self._form.data[self._area] = [self._word(self._area, WORDS)]
            self._area = None
        elif tag == "select" and self._select and self._form:
            chosen = [value for value in self._select.chosen if value]
            some = [value for value in self._select.options if value]
            self._form.data[self._select.name] = chosen or some[:1] or [""]
            self._select = None

    def _input(self, given: dict[str, str]) -> None:
        assert self._form is not None
        name, value, kind = given["name"], given.get("value", ""), given.get("type", "text")
        data = self._form.data
        if kind in {"checkbox", "radio"}:
            value = given.get("value", "on")
            if "checked" in given and kind == "checkbox":
                data.setdefault(name, []).append(value)
            elif "checked" in given or name not in data:
                data[name] = [value]
        elif kind == "hidden" or value:
            data[name] = [value]
        elif kind == "date":
            data[name] = [in_days(20).isoformat()]
        elif kind == "number":
            data[name] = [given.get("min") or "1"]
        elif kind == "email":
            data[name] = ["a@b.example"]
        elif kind == "url":
            data[name] = ["http://127.0.0.1:9/again/"]
        elif kind != "file":
            data[name] = [self._word(name, "核验")]

    def _word(self, name: str, otherwise: str) -> str:
        return str(self._sound.get(name.rpartition("-")[2], otherwise))


def forms_of(html: str, sound: dict[str, object]) -> list[Form]:
    reader = _Reader(sound)
    reader.feed(html)
    return reader.forms
