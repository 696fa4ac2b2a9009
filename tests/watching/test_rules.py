"""Each rule over a replayed stream: what it is there for, and what lies just beside that."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from audit.identity import ANONYMOUS
from audit.models import Entry
from portal.watching.models import Alert
from portal.watching.rules import RULES
from portal.watching.services.watching import watch
from tests.watching.replay import (
    AGREEMENT,
    PERSON,
    SYSTEM,
    TODAY,
    at,
    before,
    denied,
    draw,
    entry,
    export,
    replay,
)

pytestmark = pytest.mark.usefixtures("stream")
Stream = list[Entry]


def habit(rows: int, days: int = 10, hour: int = 10) -> Stream:
    return [draw(at(before(ago), hour), rows) for ago in range(1, days + 1)]


def found(rule: str) -> list[tuple[str, str]]:
    """Subject and day of the alerts of the rule, after one round."""
    assert watch() is not None
    return [
        (one.subject, one.day.isoformat())
        for one in Alert.objects.filter(rule=rule).order_by("day", "subject")
    ]


OF_THE_AGREEMENT = [(f"agreement:{AGREEMENT}", TODAY.isoformat())]


def volume(rows: int, days: int = 10) -> Stream:
    return [
        *habit(1_000, days),
        draw(at(TODAY, 9), rows // 2),
        draw(at(TODAY, 15), rows - rows // 2),
    ]


def night(hour: int, *, nights: int = 0, rows: int = 100) -> Stream:
    others = [draw(at(before(ago), 2), 50) for ago in range(1, nights + 1)]
    return [*habit(1_000), *others, draw(at(TODAY, hour), rows)]


def denials(times: int, every: int = 60, **told: object) -> Stream:
    begin = at(TODAY, 9)
    return [denied(begin + timedelta(seconds=every * n), **told) for n in range(times)]


def refused(times: int, *, agreement: int | None = None) -> Stream:
    """Pages and acts: each the first of its minute, and what came again within it."""
    when = at(TODAY, 9)
    told = {"agreement": agreement, "result": "denied"}
    again = entry(when + timedelta(minutes=2), "audit.access.repeat", times=times - 1, **told)
    return [entry(when, "audit.access.deny", **told), again]


def missed(numbers: int, *, below: str = "agreements") -> Stream:
    return [
        entry(
            at(TODAY, 9, n),
            "audit.access.miss",
            PERSON,
            agreement=None,
            result="denied",
            path=f"/sharing/{below}/GXXY-2026-{n:04d}/",
        )
        for n in range(numbers)
    ]


def failed_sign_ins(addresses: list[str]) -> Stream:
    return [
        entry(
            at(TODAY, 9, n),
            "organisation.login.fail",
            ANONYMOUS,
            agreement=None,
            result="denied",
            ip=address,
        )
        for n, address in enumerate(addresses)
    ]


def network(ip: str, *, known_for: int = 20) -> Stream:
    return [draw(at(before(known_for)), 10), draw(at(before(1)), 10), draw(at(TODAY), 10, ip=ip)]


def probing(numbers: int, **told: object) -> Stream:
    return [
        denied(at(TODAY, 9, n), agreement=None, number=f"GXXY-2026-{n:04d}", **told)
        for n in range(numbers)
    ]


def sequence(steps: int, *, width: int = 1) -> Stream:
    return [
        draw(at(TODAY, 9, n // 60, n % 60), 1, query=f"id={110_101 + n * width}")
        for n in range(steps + 1)
    ]


def dormant(silent: int, action: str = "sharing.pull.finish") -> Stream:
    return [
        draw(at(before(silent)), 10),
        entry(at(TODAY), action, agreement=AGREEMENT if "pull" in action else None, rows=10),
    ]


def after_notice(rows: int, *, exported: int = 0, notice: int = 3) -> Stream:
    told = entry(at(before(notice)), "sharing.agreement.consult", PERSON)
    usual = [export(at(before(ago)), exported) for ago in range(4, 12)] if exported else []
    return [*usual, told, export(at(TODAY), rows)]


ONE_ACTOR = [(f"system:12 agreement:{AGREEMENT}", TODAY.isoformat())]


@pytest.mark.parametrize(
    ("rule", "stream_of", "alerts"),
    [
        ("volume", lambda: volume(3_001), OF_THE_AGREEMENT),
        ("volume", lambda: volume(3_000), []),  # three times the largest day, not more
        ("volume", lambda: volume(50_000, days=4), []),  # no habit yet
        ("night", lambda: night(2), OF_THE_AGREEMENT),
        ("night", lambda: night(22), OF_THE_AGREEMENT),
        ("night", lambda: night(21), []),
        ("night", lambda: night(6), []),
        ("night", lambda: night(2, rows=99), []),
        ("night", lambda: night(2, nights=3), []),  # a habit by now
        ("denials", lambda: denials(30), ONE_ACTOR),
        ("denials", lambda: denials(29), []),
        ("denials", lambda: denials(60, every=150), []),  # 25 within the hour
        ("denials", lambda: refused(30), [("system:12", TODAY.isoformat())]),
        ("denials", lambda: refused(30, agreement=AGREEMENT), ONE_ACTOR),
        ("denials", lambda: refused(29), []),
        ("denials", lambda: refused(29) + denials(29), []),  # those of the agreement by themselves
        (
            "denials",
            lambda: failed_sign_ins(["10.9.9.9"] * 30),
            [("address:10.9.9.9", TODAY.isoformat())],
        ),
        ("denials", lambda: failed_sign_ins(["10.9.9.9", "10.9.9.8"] * 15), []),
        (
            "network",
            lambda: network("172.16.5.1"),
            [("system:12 172.16.5.0/24", TODAY.isoformat())],
        ),
        (
            "network",
            lambda: network("2001:db8::7"),
            [("system:12 2001:db8::/64", TODAY.isoformat())],
        ),
        ("network", lambda: network("10.1.2.200"), []),  # the same network
        ("network", lambda: network("172.16.5.1", known_for=13), []),  # not known for long
        ("probing", lambda: probing(5), [("system:12", TODAY.isoformat())]),
        ("probing", lambda: probing(4), []),
        ("probing", lambda: missed(5), [("person:7", TODAY.isoformat())]),
        ("probing", lambda: missed(4), []),
        (
            "probing",
            lambda: missed(9, below="requests"),
            [],
        ),  # the rule is about agreements
        ("probing", lambda: missed(4) + probing(5, who=PERSON), [("person:7", TODAY.isoformat())]),
        ("probing", lambda: missed(4) + probing(4, who=PERSON), []),  # the same four numbers
        ("probing", lambda: probing(1) + denials(20, number="GXXY-2026-0000"), []),
        ("sequence", lambda: sequence(100), ONE_ACTOR),
        ("sequence", lambda: sequence(99), []),
        ("sequence", lambda: sequence(300, width=21), []),
        ("sequence", lambda: sequence(300, width=-1), []),
        ("dormant", lambda: dormant(90), [("system:12", TODAY.isoformat())]),
        (
            "dormant",
            lambda: dormant(90, "organisation.token.issue"),
            [("system:12", TODAY.isoformat())],
        ),
        ("dormant", lambda: dormant(89), []),
        ("dormant", lambda: [draw(at(TODAY), 10)], []),  # never seen before: new, not dormant
        ("after_notice", lambda: after_notice(500), OF_THE_AGREEMENT),
        ("after_notice", lambda: after_notice(751, exported=500), OF_THE_AGREEMENT),
        ("after_notice", lambda: after_notice(750, exported=500), []),  # as usual
        ("after_notice", lambda: after_notice(500, notice=91), []),  # long ago
    ],
)
def test_a_rule_finds_what_it_is_there_for_and_nothing_beside_it(
    rule: str, stream_of: Callable[[], Stream], alerts: list[tuple[str, str]]
) -> None:
    # given
    replay(stream_of())

    # when, then
    assert found(rule) == alerts


def test_every_rule_is_tried_by_a_stream_above() -> None:
    mark = test_a_rule_finds_what_it_is_there_for_and_nothing_beside_it.pytestmark[0]
    tried = {(rule, bool(alerts)) for rule, _stream, alerts in mark.args[1]}
    assert tried == {(rule, finds) for rule in RULES for finds in (True, False)}


def test_an_alert_tells_what_was_counted_by_which_limits_and_on_which_entries_it_rests() -> None:
    # given
    entries = replay(volume(5_000))

    # when
    watch()

    # then
    alert = Alert.objects.get(rule="volume")
    assert alert.figures == {
        "found": {"rows": 5_000, "calls": 2, "most_before": 1_000, "days_before": 10},
        "limits": RULES["volume"].defaults,
    }
    assert {one.entry_id for one in alert.evidence.all()} == {one.pk for one in entries[-2:]}
    assert (alert.rule_version, alert.actor, alert.state) == (0, "", "open")


def test_denials_at_one_agreement_name_the_actor_and_leave_the_others_alone() -> None:
    # given
    other = [denied(at(TODAY, 9, n), PERSON) for n in range(10)]
    elsewhere = [denied(at(TODAY, 10, n), agreement=AGREEMENT + 1) for n in range(20)]
    replay([*denials(30), *other, *elsewhere])

    # when
    watch()

    # then
    alert = Alert.objects.get(rule="denials")
    assert (alert.actor, alert.actor_name) == (f"system:{SYSTEM.id}", SYSTEM.name)
    assert alert.figures["found"] == {"denied": 30, "at_once": 30}
    assert alert.evidence.count() == 30
