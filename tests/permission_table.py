"""The machinery of the table of permissions: the cast, the paths, and how each path is asked.

`permission_table.txt` has a row a path: method, path, and the answers in the order of CAST. People
are asked by session, systems by API key. A path that takes no GET is asked by POST, with a sound body
where it belongs to the API, else with an empty form; what a POST does is undone before the next one.
Run `python -m pytest tests/test_permission_table_*.py --show-table` to print the table as it is, and
read what changed before you take it over. `--paths REGEX` asks the paths that match alone, in seconds.
"""

import re
from collections.abc import Iterator
from pathlib import Path

from django.db import transaction
from django.http import HttpResponse
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
    "provider_duties": "保证质量",
    "requester_duties": "不得扩大范围",
    "demand": "删除",
    "entries": ["11"],
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
    "outcome": "upheld",
    "seen": "1.1",
    "substitute": 0,
    "verdict": "fine",
    "newest": 0,
}
# Of it what is a day, as days from today.
DAYS = {"ends_on": 30, "until": 9, "use_until": 30, "first": 20, "last": 21}
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
    if _status(world.client("steward").get(address)) != 405:
        return "GET", tuple(_status(world.client(who).get(address)) for who in CAST)
    sound = _sound(world, path)
    return "POST", tuple(_posted(world.client(who), path, address, sound) for who in CAST)


def _sound(world: World, path: str) -> dict[str, object]:
    sound: dict[str, object] = {**SOUND, "resource": world.resource.pk}
    sound |= {name: in_days(days).isoformat() for name, days in DAYS.items()}
    if "demands/" in path:
        sound["version"] = world.demand.version
    if "challenges/" in path:
        sound["outcome"] = "stands"
    if "/harvest" in path:
        sound |= {"resource_class": "3", "classification": "07012001", "grade": "L2"}
        sound |= {"sharing_attribute": "conditional", "rhythm": "daily"}
    if "agreements/" in path:
        del sound["revision"]  # that of a draft of a code list
    return sound


def _posted(client: Client, path: str, address: str, sound: dict[str, object]) -> int:
    """The answer to a POST that nothing is wrong with, undone again, so that each finds the same."""
    with transaction.atomic():
        if path.startswith("api/"):
            answer = client.post(address, sound, content_type="application/json")
        else:
            answer = client.post(address)
        transaction.set_rollback(True)
    return answer.status_code


def _status(answer: HttpResponse) -> int:
    """Its status; a file that it would send is closed."""
    answer.close()
    return answer.status_code


def differences(ours: re.Pattern[str], config) -> dict[str, object]:
    """Path -> what it answers and what its row says, of all paths of ours where the two differ.

    With `--paths` of those alone that match it too; `--show-table` prints the rows as they are.
    """
    chosen = re.compile(config.getoption("--paths"))
    world = make_world()
    asked_for = [path for path in PATHS if ours.match(path) and chosen.search(path)]
    actual = {path: asked(world, path) for path in sorted(asked_for, key=_harm)}

    if config.getoption("--show-table"):
        for path in asked_for:
            method, answers = actual[path]
            print(f"{method:<5} /{path:<48} {' '.join(map(str, answers))}")  # noqa: T201

    expected = {
        path: row for path, row in rows().items() if ours.match(path) and chosen.search(path)
    }
    return {
        path: (actual.get(path), expected.get(path))
        for path in sorted(actual.keys() | expected.keys())
        if actual.get(path) != expected.get(path)
    }


def _harm(path: str) -> tuple[int, str]:
    """Ask what could end something last."""
    ends = ("terminate", "close", "revoke", "client", "logout", "withdraw", "duties")
    return (any(word in path for word in ends), path)
