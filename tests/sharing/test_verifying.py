"""Data verification: keys and values are checked, and no value is given."""

import json

import pytest
from django.db import connection
from django.test import Client
from django.utils import translation
from psycopg.errors import InsufficientPrivilege, UndefinedFunction

from audit.models import Entry
from catalog.models import Resource
from portal.common.errors import Invalid, NotAllowed, NotFound
from sharing.delivery import exports, pages, verifying
from sharing.delivery.quotas import QuotaError
from sharing.delivery.reader import reading
from sharing.models import Agreement, Pull
from sharing.services import agreements, following
from tests.agreements import confirmed, proposed

from .calls import path
from .conftest import agreed_on, fill

pytestmark = pytest.mark.django_db(transaction=True)


def verify(agreement, party, *entries):
    return verifying.verify(number=agreement.number, party=party, entries=list(entries)).answers


def told(answers):
    return [(one.found, one.matched, one.differ) for one in answers]


def test_keys_are_there_or_not_in_the_order_sent(cast, agreement):
    answers = verify(agreement, cast.system, "000000000003", "nobody", {"code": "000000000001"})

    assert told(answers) == [(True, [], []), (False, [], []), (True, [], [])]
    pull = Pull.objects.get()
    assert (pull.kind, pull.result, pull.rows) == ("verify", "ok", 3)
    entry = Entry.objects.get(action="sharing.pull.finish")
    assert entry.data["items"] == ["code"]


def test_values_that_were_sent_match_or_differ(cast, agreement):
    answers = verify(
        agreement,
        cast.system,
        {"code": "000000000001", "name": "name 1"},
        {"code": "000000000002", "name": "name 1"},
        {"code": "000000000003"},
        {"code": "nobody", "name": "name 1"},
        {"code": "000000000004", "name": None},
    )

    assert told(answers) == [
        (True, ["name"], []),
        (True, [], ["name"]),
        (True, [], []),
        (False, [], []),
        (True, [], ["name"]),
    ]


def test_a_key_of_two_items_is_checked_whole(cast, by_year):
    agreement = agreed_on(cast, by_year, items=("note",))

    answers = verify(
        agreement,
        cast.system,
        {"area": "110000", "year": 7},
        {"area": "110000", "year": 700},
        {"area": "120000", "year": "29"},
    )

    assert [one.found for one in answers] == [True, False, True]


def test_the_trail_keeps_no_key_that_was_sent(cast, agreement):
    verify(agreement, cast.system, {"code": "000000000001", "name": "name 1"})

    kept = json.dumps([Pull.objects.get().query, Entry.objects.latest("id").data])
    assert "name 1" not in kept
    assert "000000000001" not in kept
    assert "entries=1&sha256=" in kept


WRONG = [
    ([], "A list of 1 to 10,000 entries."),
    ("000000000001", "A list of 1 to 10,000 entries."),
    (["x"] * 10_001, "A list of 1 to 10,000 entries."),
    ([{"name": "x"}], "Entry 1: the key is missing: code."),
    ([{"code": None}], "Entry 1: the key is missing: code."),
    (["a", {"code": "b", "parent_code": "1"}], "Entry 2: Not in this agreement: parent_code."),
    ([["a"]], "Entry 1: give values by column."),
    ([True], "Entry 1: give values by column."),
    ([{"code": {"or": 1}}], "Entry 1: not a value that this column can have: code."),
    (["a\0b"], "Entry 1: not a value that this column can have: code."),
]


def test_what_cannot_be_checked_is_refused_with_its_place(cast, agreement):
    for entries, words in WRONG:
        with translation.override("en"), pytest.raises(Invalid) as refused:
            verifying.verify(number=agreement.number, party=cast.system, entries=entries)
        assert refused.value.fields["entries"][0].startswith(words)

    noted = Pull.objects.values_list("result", "status", "rows").distinct()
    assert list(noted.order_by()) == [("denied", 422, 0)]
    assert Pull.objects.count() == len(WRONG)


def test_words_of_an_entry_are_never_sql(cast, agreement):
    answers = verify(
        agreement, cast.system, "' OR true --", {"code": "000000000001", "name": "'}; DROP"}
    )

    assert told(answers) == [(False, [], []), (True, [], ["name"])]


def test_ten_thousand_keys_are_one_call(cast, resource):
    fill(resource, rows=12_000)
    agreement = agreed_on(cast, resource)
    keys = [str(place).zfill(12) for place in range(5_000, 15_000)]

    answers = verify(agreement, cast.system, *keys)

    assert sum(one.found for one in answers) == 7_001
    assert answers[0].found
    assert not answers[-1].found


def test_keys_alone_are_answered_as_keys_by_column_are(cast, agreement):
    """Texts are looked at together, other entries one by one."""
    keys = [
        "000000000002",
        "",
        "x" * 2_000,
        "' \\ \"",
        "\u2028",
        "\U0001f600",
        "000000000002",
        "\n",
    ]

    alone = verify(agreement, cast.system, *keys)
    by_column = verify(agreement, cast.system, *[{"code": key} for key in keys])

    assert told(alone) == told(by_column)
    assert [one.found for one in alone] == [True, *[False] * 5, True, False]


@pytest.mark.parametrize("unfit", ["a\0", "\ud800", "x" * 2_001])
def test_one_unfit_key_among_many_is_told_by_its_place(cast, agreement, unfit):
    keys = ["000000000001"] * 50 + [unfit]

    with translation.override("en"), pytest.raises(Invalid) as refused:
        verify(agreement, cast.system, *keys)

    assert refused.value.fields["entries"] == [
        "Entry 51: not a value that this column can have: code."
    ]
    assert Pull.objects.get().rows == 0


def test_entries_that_send_different_values_are_each_answered_for_their_own(cast, scoped):
    """What one entry does not send neither matches nor differs, though others send it."""
    first, bare = {"code": "000000000001", "name": "name 1"}, {"code": "000000000001"}

    answers = verify(scoped, cast.system, first, bare, {"code": "000000000001", "name": None})

    assert [(one.matched + one.differ) for one in answers] == [["name"], [], ["name"]]


def test_every_entry_counts_against_the_rows_of_the_day(cast, agreement):
    Agreement.objects.filter(pk=agreement.pk).update(rows_a_day=3)

    verify(agreement, cast.system, "a", "b")
    with pytest.raises(QuotaError):
        verify(agreement, cast.system, "a", "b")

    assert list(Pull.objects.order_by("id").values_list("result", "rows")) == [
        ("ok", 2),
        ("denied", 0),
    ]


def verification_only(cast, agreement) -> Agreement:
    proposed(agreement, cast.provider_steward, verification_only=True)
    return confirmed(agreement, cast.provider_head, cast.head)


def test_an_agreement_for_verification_alone_lists_nothing(cast, agreement):
    held = verification_only(cast, agreement)

    assert held.verification_only
    assert held.version_in_force.terms["verification_only"] is True
    assert verify(held, cast.system, "000000000001")[0].found
    with pytest.raises(NotAllowed):
        pages.rows(number=held.number, party=cast.system, asked={})
    with pytest.raises(NotAllowed):
        exports.export(number=held.number, party=cast.system)
    assert list(Pull.objects.order_by("id").values_list("kind", "result", "status")) == [
        ("verify", "ok", 200),
        ("rows", "denied", 403),
        ("csv", "denied", 403),
    ]


def as_reader(statement):
    """What the reader's own session answers, whatever Python would have said."""
    with reading(Agreement.objects.get()) as opened:
        return opened.execute(statement).fetchall()


def test_the_database_itself_lists_nothing_where_verification_alone_is_agreed(cast, agreement):
    # given an agreement that let rows out until now
    view = f"agreement.{agreement.view_name}"
    assert len(as_reader(f"SELECT * FROM {view}")) == 5

    # when
    held = verification_only(cast, agreement)

    # then
    for one in (view, f"{view}_changes", f"{view}_log", f"store.r_{held.resource_id}"):
        with pytest.raises(InsufficientPrivilege):
            as_reader(f"SELECT * FROM {one}")
    sent = """{"code": ["000000000001", "nobody"], "name": ["name 1", "name 1"]}"""
    assert as_reader(f"SELECT {view}_verify('{sent}')") == [("1100",)]
    assert told(verify(held, cast.system, {"code": "000000000002", "name": "x"}, "nobody")) == [
        (True, [], ["name"]),
        (False, [], []),
    ]


def test_the_function_of_verification_goes_with_the_agreement(cast, agreement):
    held = verification_only(cast, agreement)
    view = f"agreement.{held.view_name}"

    agreements.terminate(agreement=held, reason="用途已实现", by=cast.head)

    with pytest.raises(UndefinedFunction):
        as_reader(f"SELECT {view}_verify('{{}}')")


def test_an_agreement_that_still_lets_its_view_be_read_is_put_right_by_the_sweep(cast, agreement):
    # given what an earlier version of the portal has left
    Agreement.objects.update(verification_only=True)
    view = f"agreement.{agreement.view_name}"
    assert as_reader(f"SELECT count(*) FROM {view}") == [(5,)]

    # when
    assert following.open_missing() == 1

    # then
    with pytest.raises(InsufficientPrivilege):
        as_reader(f"SELECT count(*) FROM {view}")
    assert verify(Agreement.objects.get(), cast.system, "000000000001")[0].found
    assert following.open_missing() == 0


def test_what_is_delivered_masked_is_not_compared(cast, agreement):
    proposed(agreement, cast.provider_steward, masks={"name": "hidden"})
    held = confirmed(agreement, cast.provider_head, cast.head)

    with pytest.raises(Invalid) as refused:
        verify(held, cast.system, {"code": "000000000001", "name": "*"})

    assert "name" in refused.value.fields["entries"][0]


def test_a_stranger_learns_nothing(cast, agreement):
    with pytest.raises(NotFound):
        verify(agreement, cast.strange_system, "000000000001")


def test_the_keys_are_looked_up_by_the_index(cast, resource):
    fill(resource, rows=20_000)
    agreement = agreed_on(cast, resource)
    with connection.cursor() as cursor:
        cursor.execute(f"ANALYZE store.r_{resource.pk}")
    columns = verifying.outlet.columns_of(agreement)
    statement = verifying._statement(
        agreement,
        columns[:1],
        columns[1:],
        verifying.Sent(1, {"code": ["000000000001"], "name": ["x"]}),
        by_function=False,
    )

    with connection.cursor() as cursor:
        cursor.execute("EXPLAIN " + statement.as_string(None))
        plan = "\n".join(line for (line,) in cursor.fetchall())

    assert f"r_{resource.pk}_key" in plan
    assert "Seq Scan" not in plan


def test_the_api_answers_in_one_shape(cast, caller, agreement):
    answer = caller.post(
        path(agreement, "verify/"),
        {"entries": ["000000000001", {"code": "000000000002", "name": "name 9"}]},
        content_type="application/json",
    )

    assert answer.status_code == 200
    assert answer.json() == {
        "results": [
            {"found": True, "matched": [], "differ": []},
            {"found": True, "matched": [], "differ": ["name"]},
        ],
        "count": 2,
        "found": 2,
    }


def test_a_body_that_is_none_is_refused(caller, agreement):
    for body, status in (
        (b"", 422),
        (b"[", 422),
        (b"[" * 100_000, 422),
        (b'{"keys": ["a"]}', 422),
        (b'"' + b"a" * (9 * 1024 * 1024) + b'"', 413),
    ):
        answer = caller.post(path(agreement, "verify/"), body, content_type="application/json")
        assert answer.status_code == status
        assert set(answer.json()) == {"code", "message", "fields"}


def test_without_a_key_it_is_401(agreement):
    answer = Client().post(path(agreement, "verify/"), {}, content_type="application/json")

    assert answer.status_code == 401
    assert Resource.objects.exists()
    assert not Pull.objects.exists()
