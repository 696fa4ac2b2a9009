"""Whatever refuses somebody who is known is in the trail, once: the mirror of the table of permissions.

Each address is really asked by one person and one system whom the table says it refuses (403), and by
one of each from whom it hides what it names (404): with each method that it takes a change by, and by
GET where it is a page.
"""

import json
from collections.abc import Iterator

import pytest

from audit.models import Entry
from tests.permission_table import CAST, _sound, address_of, rows
from tests.test_every_changing_url_leaves_an_entry import CHANGES, CHANGING, methods_of
from tests.world import World, make_world

SYSTEMS = ("system", "strange_system")
PEOPLE = tuple(who for who in CAST if who not in {"anonymous", *SYSTEMS})
REFUSALS = (403, 404)
# Addresses that a refusal of is kept by the room itself, with more to say than who and where.
OWN_ACTIONS = ("sharing.pull.deny", "audit.")


def asked(path: str) -> Iterator[tuple[str, str]]:
    """Who is to ask it, and by which method: of each kind the first one that the table refuses."""
    method, answers = rows()[path]
    answer_to = dict(zip(CAST, answers, strict=True))
    methods = {method}
    if path in CHANGING and path.startswith("api/"):
        methods |= methods_of(CHANGING[path]) & CHANGES
    # What names nothing hides nothing: there is only nothing there.
    for status in REFUSALS if "<" in path else (403,):
        for kind in (PEOPLE, SYSTEMS) if path.startswith("api/") else (PEOPLE,):
            who = next((one for one in kind if answer_to[one] == status), None)
            if who is not None:
                yield from ((who, one) for one in sorted(methods))


def denials_of(world: World, path: str, who: str, method: str) -> tuple[int, list[str]]:
    """The answer, and the actions of the entries that it left."""
    address = address_of(world, path)
    last = Entry.objects.latest("id").pk
    client = world.client(who)
    body = {} if method == "GET" else _sound(world, path)
    if path.startswith("api/"):
        answer = client.generic(
            method, address, json.dumps(body) if body else "", "application/json"
        )
    else:
        answer = client.generic(method, address)
    answer.close()
    left = Entry.objects.filter(pk__gt=last).order_by("pk")
    assert {one.result for one in left} <= {"denied"} or answer.status_code not in REFUSALS, path
    return answer.status_code, [one.action for one in left]


@pytest.mark.django_db(transaction=True)
def test_each_refusal_leaves_one_entry_and_nothing_else() -> None:
    # given
    world = make_world()

    # when
    outcome = {
        (path, who, method): denials_of(world, path, who, method)
        for path in sorted(rows())
        for who, method in asked(path)
    }

    # then
    refused = {case: actions for case, (status, actions) in outcome.items() if status in REFUSALS}
    wrong = {case: actions for case, actions in refused.items() if len(actions) != 1}
    assert wrong == {}
    said = {actions[0] for actions in refused.values()}
    assert {one for one in said if not one.startswith(OWN_ACTIONS)} == set()
    # So that the walk cannot come to ask ever less without anybody seeing it.
    assert len({path for path, _who, _method in refused if path in CHANGING}) >= 85
    assert len({path for path, _who, _method in refused}) >= 85
