"""Whatever changes something over HTTP is in the trail: asked of every address that takes a change.

Each is really called, by somebody whom the table of permissions lets in, with sound input; its form is
filled in where it is a page. Where that comes to a change, the trail must have grown. Where this world
refuses (it holds one thing of each kind, in one state), its view must come to `audit.services.record`
by the source.
"""

import inspect
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from audit.models import Entry
from tests.call_graph import modules, reaching
from tests.filled_forms import forms_of
from tests.permission_table import CAST, OTHERS, _sound, address_of, rows
from tests.world import World, make_world

CHANGES = frozenset({"POST", "PUT", "PATCH", "DELETE"})
PEOPLE = frozenset(CAST) - {"anonymous", "system", "strange_system"}
# Addresses that answer a change with success and leave no entry, each with the reason.
MARKS = "a mark of one's own, which changes nothing for anybody else"
READS = "a question that is too long for an address, or a try: nothing is changed"
TOLD = "refused here, which the page tells after a redirect: nothing was changed"
SILENT: dict[str, str] = {
    "api/3/action/<str:action>": READS,
    "api/3/action/<str:action>/": READS,
    "api/action/<str:action>": READS,
    "api/action/<str:action>/": READS,
    "api/v1/notices/<int:pk>/read/": MARKS,
    "api/v1/notices/read/": MARKS,
    "catalog/<int:pk>/sync/accept/": TOLD,
    "catalog/searches/<int:pk>/": MARKS,
    "catalog/sources/<int:pk>/upload/": TOLD,
    "display/": MARKS,
    "language/": "the language that the person has already: nothing was changed",
    "notices/<int:pk>/open/": MARKS,
    "notices/read/": MARKS,
    "sharing/requests/basket/add/<int:pk>/": MARKS,
    "sharing/requests/basket/take/<int:pk>/": MARKS,
}
# Addresses that this world refuses, and whose view is not ours or comes to no service that records.
ALLAUTH = "django-allauth, with an adapter of ours that records: tests/organisation/test_sign_in.py"
ELSEWHERE: dict[str, str] = {
    "accounts/login/": ALLAUTH,
    "accounts/password/change/": ALLAUTH,
    "accounts/reauthenticate/": "django-allauth: the password once more, which changes nothing",
    "api/v1/basket/": MARKS,
    "api/v1/basket/<int:pk>/": MARKS,
    "api/v1/calendars/preview/": READS,
    "organisation/calendar/preview/": READS,
}


def views(resolver: URLResolver, before: str = "") -> Iterator[tuple[str, Callable[..., Any]]]:
    for one in resolver.url_patterns:
        path = before + str(one.pattern)
        if path.startswith(OTHERS):
            continue
        if isinstance(one, URLResolver):
            yield from views(one, path)
        elif isinstance(one, URLPattern):
            yield path, one.callback


def methods_of(view: Callable[..., Any]) -> set[str]:
    """The methods that a view takes, as far as its source says; all of them when it says nothing."""
    if actions := getattr(view, "actions", None):
        return {name.upper() for name in actions}
    if kind := class_of(view):
        return {name for name in (*CHANGES, "GET") if hasattr(kind, name.lower())}
    step: Callable[..., Any] | None = view
    while step is not None:
        named = inspect.getclosurevars(step).nonlocals if inspect.isfunction(step) else {}
        if "request_method_list" in named:
            return set(named["request_method_list"])
        step = getattr(step, "__wrapped__", None)
    return {*CHANGES, "GET"}


def class_of(view: Callable[..., Any]) -> type | None:
    return getattr(view, "cls", None) or getattr(view, "view_class", None)


CHANGING = {path: view for path, view in views(get_resolver()) if methods_of(view) & CHANGES}


def names_of(view: Callable[..., Any]) -> set[str]:
    """The functions that answer a change, as the graph of calls names them."""
    kind = class_of(view)
    if kind is None:
        step = inspect.unwrap(view)
        return {f"{step.__module__}.{step.__qualname__}"}
    actions = getattr(view, "actions", None) or {}
    taken = {handler for method, handler in actions.items() if method.upper() in CHANGES}
    taken |= {method.lower() for method in CHANGES}
    return {f"{one.__module__}.{one.__name__}.{name}" for one in kind.__mro__ for name in taken}


def who_may(path: str) -> list[str]:
    """Those of the cast whom the table lets in, people first."""
    method, answers = rows()[path]
    is_page = not path.startswith("api/")
    let_in = {200, 201, 202, 204} | ({302} if is_page and method == "POST" else set())
    able = [
        (who, answer)
        for who, answer in zip(CAST, answers, strict=True)
        if who != "anonymous" and (who in PEOPLE or not is_page)
    ]
    found = [who for who, answer in able if answer in let_in]
    # Who is told of wrong input or a wrong state was let in as well.
    return found[:2] or [who for who, answer in able if answer in {409, 422}][:2]


def is_done(status: int, *, is_page: bool) -> bool:
    return status == 302 if is_page else status in {200, 201, 202, 204}


def changed(world: World, path: str) -> bool | None:
    """Whether a call that succeeded left an entry; None when nothing came of any."""
    for who in who_may(path):
        client = world.client(who)
        client.raise_request_exception = False
        for send in calls(world, client, path):
            with transaction.atomic():
                before = Entry.objects.count()
                answer = send()
                grew = Entry.objects.count() > before
                transaction.set_rollback(True)
            if answer.streaming:
                answer.close()
            if is_done(answer.status_code, is_page=not path.startswith("api/")):
                return grew
    return None


def calls(world: World, client: Client, path: str) -> Iterator[Callable[[], Any]]:
    """The ways to ask for the change: with sound input, or with what a page's forms send."""
    address, sound = address_of(world, path), _sound(world, path)
    if path.startswith("api/"):
        methods = sorted(methods_of(CHANGING[path]) & CHANGES)
        for method in methods:
            yield lambda method=method: client.generic(
                method, address, json.dumps(sound), "application/json"
            )
        return
    if rows()[path][0] == "POST":
        yield lambda: client.post(address, sound)
        return
    shown = client.get(address)
    html = shown.content.decode() if not shown.streaming else ""
    for form in forms_of(html, sound):
        if form.action in {"", address} or form.action.startswith("?"):
            yield lambda form=form: confirmed(client, address, form.data, sound)


def confirmed(
    client: Client, address: str, data: dict[str, list[str]], sound: dict[str, object]
) -> Any:
    """The answer to a form; one that asks once more is confirmed."""
    answer = client.post(address, data)
    if answer.status_code == 200 and not answer.streaming:
        for again in forms_of(answer.content.decode(), sound):
            if "confirmed" in again.data:
                return client.post(again.action or address, again.data)
    return answer


@pytest.mark.django_db(transaction=True)
def test_each_that_changes_something_leaves_an_entry() -> None:
    # given
    world = make_world()

    # when
    outcome = {path: changed(world, path) for path in sorted(CHANGING)}

    # then
    silent = {path for path, grew in outcome.items() if grew is False}
    refused = {path for path, grew in outcome.items() if grew is None}
    proved = {path for path, grew in outcome.items() if grew}
    recording = reaching(
        modules(),
        frozenset(f"audit.services.{name}" for name in ("record", "record_many", "record_alone")),
    )
    unproved = {path for path in refused if not names_of(CHANGING[path]) & recording}
    assert (silent, unproved) == (set(SILENT), set(ELSEWHERE))
    # So that the walk cannot come to prove ever less without anybody seeing it.
    assert len(proved) >= 85
