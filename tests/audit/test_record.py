from decimal import Decimal
from types import SimpleNamespace

import pytest
import structlog
from django.contrib.auth.models import AnonymousUser, Group
from django.db import IntegrityError, transaction

from audit import followers
from audit.identity import ANONYMOUS, Identity, identity_of
from audit.models import Entry
from audit.services import noting_denials, record, record_alone, record_many, record_with
from portal.common.insertion import insertion
from tests.audit.conftest import RELIEF, ZHOU


def test_an_entry_copies_actor_target_and_data_as_they_are_now(group: Group) -> None:
    # given
    group.audit_department_ids = [9, 3]  # type: ignore[attr-defined]
    actor = SimpleNamespace(audit_identity=ZHOU)

    # when
    entry = record(actor=actor, action="audit.search", target=group, reason="列不在范围", rows=1000)

    # then
    entry = Entry.objects.get(pk=entry.pk)
    assert (entry.actor_kind, entry.actor_id, entry.actor_name) == ("person", "7", "周处长")
    assert (entry.department_id, entry.department_name) == (3, "示范省民政厅")
    assert (entry.target_type, entry.target_id) == ("auth.group", str(group.pk))
    assert entry.target_label == "学生学籍基本信息"
    assert entry.department_ids == [3, 9]
    assert entry.result == "ok"
    assert entry.data == {"reason": "列不在范围", "rows": 1000}
    assert (entry.request_id, entry.ip) == ("", None)
    assert str(entry.actor_label) == "周处长"


def test_an_entry_outlives_the_thing_it_speaks_of(group: Group) -> None:
    # given
    entry = record(actor=ZHOU, action="audit.search", target=group)

    # when
    group.delete()

    # then
    assert Entry.objects.get(pk=entry.pk).target_label == "学生学籍基本信息"


@pytest.mark.django_db(transaction=True)
def test_outside_a_transaction_nothing_is_recorded() -> None:
    with pytest.raises(RuntimeError, match="transaction"):
        record(actor=None, action="audit.search", target=None)

    assert not Entry.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_rollback_leaves_no_entry() -> None:
    # when
    with transaction.atomic():
        record(actor=ZHOU, action="audit.search", target=None)
        transaction.set_rollback(True)

    # then
    assert not Entry.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_rollback_to_a_savepoint_leaves_only_what_came_before_it() -> None:
    # when
    with transaction.atomic():
        kept = record(actor=ZHOU, action="audit.search", target=None)
        savepoint = transaction.savepoint()
        record(actor=ZHOU, action="audit.search", target=None)
        transaction.savepoint_rollback(savepoint)

    # then
    assert Entry.objects.get() == kept


@pytest.mark.django_db(transaction=True)
def test_alone_it_brings_its_own_transaction_and_refuses_another() -> None:
    # when
    entry = record_alone(
        actor=ZHOU, action="audit.search", target=None, result="denied", reason="无此职责"
    )

    # then
    assert Entry.objects.get() == entry
    with pytest.raises(RuntimeError), transaction.atomic():
        record_alone(actor=ZHOU, action="audit.search", target=None)
    assert Entry.objects.count() == 1


def test_an_unregistered_action_is_refused(db: None) -> None:
    with pytest.raises(ValueError, match=r"audit\.invented"):
        record(actor=None, action="audit.invented", target=None)

    assert not Entry.objects.exists()


def test_an_unknown_result_is_refused(db: None) -> None:
    with pytest.raises(ValueError, match="perhaps"):
        record(actor=None, action="audit.search", target=None, result="perhaps")

    assert not Entry.objects.exists()


def test_a_target_without_a_key_is_refused(db: None) -> None:
    with pytest.raises(ValueError, match="no key"):
        record(actor=None, action="audit.search", target=Group(name="unsaved"))

    assert not Entry.objects.exists()


@pytest.mark.parametrize(
    "data",
    [
        {"password": "x"},
        {"api_key": "x"},
        {"apiKey": "x"},
        {"client_secret": "x"},
        {"after": {"settings": [{"access-token": "x"}]}},
    ],
)
def test_secrets_are_refused_at_any_depth(db: None, data: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="secret"):
        record(actor=None, action="audit.search", target=None, **data)

    assert not Entry.objects.exists()


@pytest.mark.parametrize("key", ["key_prefix", "secrecy", "token_count", "secretary", "api_key_id"])
def test_keys_that_only_sound_like_secrets_are_kept(db: None, key: str) -> None:
    assert record(actor=None, action="audit.search", target=None, **{key: 1}).data == {key: 1}


def test_the_request_and_its_address_come_from_the_log_context(db: None) -> None:
    # when
    with structlog.contextvars.bound_contextvars(request_id="r-2026", ip="10.8.8.17"):
        entry = record(actor=RELIEF, action="audit.search", target=None)

    # then
    entry = Entry.objects.get(pk=entry.pk)
    assert (entry.request_id, entry.ip) == ("r-2026", "10.8.8.17")


@pytest.mark.parametrize(
    ("given", "kept"),
    [("nonsense", None), ("", None), ("fe80::1%eth0", "fe80::1"), ("2001:db8::1", "2001:db8::1")],
)
def test_an_unreadable_address_does_not_stop_the_act(
    db: None, given: str, kept: str | None
) -> None:
    with structlog.contextvars.bound_contextvars(ip=given):
        entry = record(actor=None, action="audit.search", target=None)

    assert Entry.objects.get(pk=entry.pk).ip == kept


def test_none_is_the_portal_and_a_stranger_is_anonymous(db: None) -> None:
    portal = record(actor=None, action="audit.search", target=None)
    stranger = record(actor=AnonymousUser(), action="audit.search", target=None)

    assert (portal.actor_kind, portal.actor_id, portal.department_id) == ("portal", "", None)
    assert stranger.actor_kind == "anonymous"
    assert identity_of(AnonymousUser()) is ANONYMOUS


def test_an_actor_without_an_identity_is_a_fault() -> None:
    with pytest.raises(AttributeError):
        identity_of(SimpleNamespace(name="nobody"))
    with pytest.raises(TypeError):
        identity_of(SimpleNamespace(audit_identity="nobody"))


def test_words_that_the_database_cannot_keep_are_written_out(db: None) -> None:
    # given
    actor = Identity(kind="person", id="1", name="a\x00b", department_id=None, department="\ud800")

    # when
    entry = record(
        actor=actor, action="audit.search", target=None, words="\x00", exact=Decimal("1.10")
    )

    # then
    entry = Entry.objects.get(pk=entry.pk)
    assert (entry.actor_name, entry.department_name) == ("a\\u0000b", "\\ud800")
    assert entry.data == {"words": "\\u0000", "exact": "1.10"}


@pytest.mark.django_db
def test_many_acts_at_once_are_entries_like_any_other() -> None:
    # given
    groups = [Group.objects.create(name=f"group {n}") for n in range(3)]

    # when
    with transaction.atomic():
        written = record_many(
            actor=ZHOU, action="audit.search", acts=[(one, {"rows": one.pk}) for one in groups]
        )

    # then
    assert written == 3
    made = list(Entry.objects.order_by("pk"))
    assert [one.target_id for one in made] == [str(one.pk) for one in groups]
    assert [one.data for one in made] == [{"rows": one.pk} for one in groups]
    assert {(one.actor_name, one.result) for one in made} == {("周处长", "ok")}


@pytest.mark.django_db
def test_many_acts_are_refused_like_one() -> None:
    with pytest.raises(ValueError, match="audit_actions"):
        record_many(actor=None, action="no.such", acts=[])
    assert not Entry.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_follower_that_fails_fails_neither_the_act_nor_the_next_follower() -> None:
    # given
    heard: list[str] = []

    def fails(_action: str, _departments: frozenset[int]) -> None:
        raise ConnectionError("away")

    def hears(action: str, _departments: frozenset[int]) -> None:
        heard.append(action)

    before = [*followers._followers]
    for one in (fails, hears):
        followers.follow(one)

    # when
    try:
        with transaction.atomic():
            record(actor=None, action="audit.search", target=None)
    finally:
        followers._followers[:] = before

    # then
    assert heard == ["audit.search"]


def test_an_entry_goes_with_the_row_that_it_speaks_of(group, django_assert_num_queries) -> None:
    # when
    with django_assert_num_queries(1):
        record_with(
            insertion(Group(name="另一组")),
            actor=ZHOU,
            action="audit.search",
            target=group,
            reason="列不在范围",
        )

    # then
    entry = Entry.objects.get()
    assert Group.objects.filter(name="另一组").count() == 1
    assert (entry.actor_name, entry.target_id, entry.result) == ("周处长", str(group.pk), "ok")
    assert (entry.data, entry.department_ids) == ({"reason": "列不在范围"}, [3])
    assert entry.at is not None


@pytest.mark.django_db(transaction=True)
def test_of_row_and_entry_neither_is_without_the_other() -> None:
    # given
    Group.objects.create(name="一组")
    heard: list[str] = []
    followers.follow(lambda action, _departments: heard.append(action))

    # when the row cannot be written, or the entry cannot
    with pytest.raises(IntegrityError):
        record_with(insertion(Group(name="一组")), actor=ZHOU, action="audit.search", target=None)
    with pytest.raises(ValueError, match="names a secret"):
        record_with(
            insertion(Group(name="二组")),
            actor=ZHOU,
            action="audit.search",
            target=None,
            password="x",
        )

    # then
    try:
        assert (Entry.objects.count(), Group.objects.count(), heard) == (0, 1, [])
        # when outside of any transaction both can
        record_with(insertion(Group(name="三组")), actor=ZHOU, action="audit.search", target=None)
        # then they are committed, and who follows is told
        assert (Entry.objects.count(), Group.objects.count()) == (1, 2)
        assert heard == ["audit.search"]
    finally:
        followers._followers.pop()


@pytest.mark.django_db(transaction=True)
def test_row_and_entry_go_with_the_transaction_that_they_are_in() -> None:
    with transaction.atomic():
        record_with(insertion(Group(name="一组")), actor=ZHOU, action="audit.search", target=None)
        transaction.set_rollback(True)

    assert (Entry.objects.count(), Group.objects.count()) == (0, 0)


def test_a_denial_that_goes_with_a_row_is_noted_as_one(db: None) -> None:
    with noting_denials() as noted:
        for result in ("ok", "denied"):
            record_with(
                insertion(Group(name=result)),
                actor=ZHOU,
                action="audit.search",
                target=None,
                result=result,
            )

    assert noted == [Entry.objects.get(result="denied").pk]
