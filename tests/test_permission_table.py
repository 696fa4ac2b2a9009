"""Every path against the whole cast: who gets what. A new path without a row fails.

`permission_table.txt` has a row a path: method, path, and the answers in the order of CAST. People
are asked by session, systems by API key. A path that takes no GET is asked by POST, with a sound body
where it belongs to the API, else with an empty form; what a POST does is undone before the next one.
Run `python -m pytest tests/test_permission_table.py --show-table` to print the table as it is, and
read what changed before you take it over.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from sharing.models import RefusalReason
from tests.factories import in_days
from tests.world import World, make_world

CAST = (
    "anonymous",
    "steward",
    "provider_head",
    "chief",
    "applicant",
    "requester_head",
    "stranger",
    "officer",
    "sys_admin",
    "sec_admin",
    "audit_admin",
    "system",
    "strange_system",
)
TABLE = Path(__file__).with_name("permission_table.txt")
# What any action of the API may ask for, so that a right or a state refuses it, and not its input.
SOUND = {
    "version": 1,
    "opinion": "同意",
    "reasons": "理由",
    "reason": RefusalReason.values[0],
    "kind": "secrecy",
    "is_present": False,
    "is_passed": True,
    "findings": "已核查",
    "days": 5,
    "change": "law",
    "basis_title": "档案法",
    "happened_on": "2026-01-05",
    "needs_new_entry": True,
    "is_granted": True,
    "is_approved": True,
    "revision": 1,
    "valid_from": "2025-08-01",
    "content_hash": "0" * 64,
    "basis": "职责",
    "purpose": "核验",
    "scope": "本厅",
    "items": ["name"],
    "ends_on": in_days(30).isoformat(),
    "provider_duties": "保证质量",
    "requester_duties": "不得扩大范围",
    "demand": "删除",
    "until": in_days(9).isoformat(),
    "report": "已删除",
    "agrees": True,
    "column": "name",
    "other": 1,
    "answer": "link",
    "words": "已有",
    "name": "调查",
    "asked_from": "居民",
    "starts_on": "2027-03-01",
    "missing": ["use_scene"],
    "columns": ["name"],
    "use_until": in_days(30).isoformat(),
    "outcome": "upheld",
}
# Django's own admin is closed as a whole: see test_the_admin_is_for_the_system_administrator.
OTHERS = ("admin/",)


def paths(resolver: URLResolver, before: str = "") -> Iterator[str]:
    for one in resolver.url_patterns:
        path = before + str(one.pattern)
        if path.startswith(OTHERS):
            continue
        if isinstance(one, URLResolver):
            yield from paths(one, path)
        elif isinstance(one, URLPattern):
            yield path


PATHS = sorted(set(paths(get_resolver())))


def rows() -> dict[str, tuple[str, tuple[int, ...]]]:
    found = {}
    for line in TABLE.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            method, path, *answers = line.split()
            found["" if path == "/" else path.removeprefix("/")] = (
                method,
                tuple(map(int, answers)),
            )
    return found


def address_of(world: World, path: str) -> str:
    """The path with something of the world for each of its parameters."""
    values = world.arguments(path)
    return "/" + re.sub(r"<(?:\w+:)?(\w+)>", lambda found: str(values[found[1]]), path)


def asked(world: World, path: str) -> tuple[str, tuple[int, ...]]:
    """The method that the path takes, and its answers to the whole cast."""
    address = address_of(world, path)
    method = "GET"
    answers = [world.client(who).get(address).status_code for who in CAST]
    if 405 in answers:
        method = "POST"
        sound = {**SOUND, "resource": world.resource.pk}
        answers = [posted(world.client(who), path, address, sound) for who in CAST]
    return method, tuple(answers)


def posted(client: Client, path: str, address: str, sound: dict[str, object]) -> int:
    """The answer to a POST that nothing is wrong with, undone again, so that each finds the same."""
    with transaction.atomic():
        if path.startswith("api/"):
            answer = client.post(address, sound, content_type="application/json")
        else:
            answer = client.post(address)
        transaction.set_rollback(True)
    return answer.status_code


@pytest.mark.django_db(transaction=True)
def test_every_path_answers_each_of_the_cast_as_the_table_says(request) -> None:
    world = make_world()
    actual = {path: asked(world, path) for path in sorted(PATHS, key=_harm)}

    if request.config.getoption("--show-table"):
        for path in PATHS:
            method, answers = actual[path]
            print(f"{method:<5} /{path:<48} {' '.join(map(str, answers))}")  # noqa: T201

    expected = rows()
    assert sorted(actual) == sorted(expected)
    wrong = {
        path: (actual[path], expected[path]) for path in PATHS if actual[path] != expected[path]
    }
    assert wrong == {}


def test_no_answer_of_the_table_is_open_to_everybody_but_those_named() -> None:
    open_paths = {path for path, (_method, answers) in rows().items() if answers[0] in {200, 503}}
    assert open_paths == {
        "accounts/login/",
        "accounts/inactive/",
        # open entries alone, as below: tests/catalog/ckan/test_actions.py
        "api/3/action/<str:action>",
        "api/3/action/<str:action>/",
        "api/action/<str:action>",
        "api/action/<str:action>/",
        "api/util/status",
        "api/util/status/",
        "api/docs/",
        "api/schema/",
        "api/v1/resources/",  # open entries alone: tests/catalog/test_audience.py
        "catalog/",
        "catalog/suggestions/",  # of open entries alone: tests/catalog/finding/test_secrecy.py
        "catalog.jsonld",  # open entries alone: tests/catalog/formats
        "catalog.ttl",
        "catalog.xml",
        "healthz",
        "metrics",
        "readyz",
        "robots.txt",
        "sitemap.xml",
        "sitemap-<str:section>.xml",
    }


def _harm(path: str) -> tuple[int, str]:
    """Ask what could end something last."""
    ends = ("terminate", "close", "revoke", "client", "logout", "withdraw", "duties")
    return (any(word in path for word in ends), path)
