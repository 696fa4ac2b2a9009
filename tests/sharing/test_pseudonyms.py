"""Pseudonyms: what one requester draws can be put together, and nobody can compute them without the key."""

import csv
import hashlib
import hmac
import io
from dataclasses import replace

import psycopg
import pytest
from django.db import connection
from django.db.utils import IntegrityError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg import sql

from catalog.models import CodeList, DataItem, ItemType, ResourceState
from portal.common.errors import Invalid
from portal.organisation.models import DutyKind
from sharing import masks, outlet, pseudonyms
from sharing.delivery import exports
from sharing.delivery.reader import reading
from sharing.models import PseudonymKey
from sharing.widgets import MasksField
from tests.agreements import confirmed, proposed
from tests.factories import (
    DepartmentFactory,
    InformationSystemFactory,
    ResourceFactory,
    UserFactory,
)

from .calls import path, with_key
from .conftest import agreed_on, fill
from .follower import ask, row, sync

pytestmark = pytest.mark.django_db(transaction=True)


def pseudonymous(cast, resource):
    """An agreement by which names leave as pseudonyms."""
    agreement = agreed_on(cast, resource)
    proposed(agreement, cast.provider_steward, masks={"name": "pseudonym"})
    return confirmed(agreement, cast.provider_head, cast.head)


@pytest.fixture
def agreement(cast, filled):
    return pseudonymous(cast, filled)


@pytest.mark.parametrize(
    ("language", "label", "rule"),
    [("zh-hans", "脱敏信息项", "假名：同值同名"), ("en", "Masked items", "pseudonym: the same")],
)
def test_the_page_of_the_agreement_says_what_leaves_as_a_pseudonym(
    cast, agreement, client, language, label, rule
):
    client.force_login(cast.applicant)

    html = client.get(agreement.get_absolute_url(), headers={"accept-language": language})

    rows = html.content.decode().partition(f"<dt>{label}</dt>")[2]
    assert rule in rows.partition("</div>")[0]


@pytest.fixture
def neighbour(cast):
    """The same provider, and another requester."""
    department = DepartmentFactory(region=cast.education.region)
    return replace(
        cast,
        applicant=UserFactory(department=department, duties=[DutyKind.STAFF]),
        head=UserFactory(department=department, duties=[DutyKind.WORK_BODY_HEAD]),
        system=InformationSystemFactory(department=department),
    )


def key_of(department):
    """As the owner of the table reads it."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT key FROM sharing_pseudonymkey WHERE department_id = %s", [department.pk]
        )
        (key,) = cursor.fetchone()
    return bytes(key)


def by_hand(key, text):
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()[:32]


def names_by_code(agreement, party):
    stream = exports.export(number=agreement.number, party=party)
    rows = csv.DictReader(io.StringIO(b"".join(stream).decode()))
    return {one["code"]: one["name"] for one in rows}


def test_a_pseudonym_is_the_hmac_of_the_text_under_the_requesters_key(cast, agreement):
    key = key_of(cast.education)

    assert len(key) == 32
    assert names_by_code(agreement, cast.system) == {
        f"{place:012d}": by_hand(key, f"name {place}") for place in range(1, 6)
    }


def test_two_agreements_of_one_requester_can_be_joined(cast, agreement):
    other = fill(ResourceFactory(department=cast.civil, state=ResourceState.PUBLISHED))

    second = pseudonymous(cast, other)

    assert names_by_code(second, cast.system) == names_by_code(agreement, cast.system)
    assert PseudonymKey.objects.count() == 1


def test_what_two_requesters_hold_cannot_be_put_together(cast, agreement, neighbour):
    second = pseudonymous(neighbour, agreement.resource)

    ours = names_by_code(agreement, cast.system)
    theirs = names_by_code(second, neighbour.system)

    assert ours.keys() == theirs.keys()
    assert set(ours.values()).isdisjoint(theirs.values())


def test_the_reader_has_neither_key_nor_rows_and_the_definition_does_not_tell(cast, agreement):
    key = key_of(cast.education)
    with reading(agreement) as opened:
        for table in ("public.sharing_pseudonymkey", f"store.r_{agreement.resource_id}"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                opened.execute(f"SELECT * FROM {table}")
        view = f"agreement.{agreement.view_name}"
        (count,) = opened.execute(f"SELECT count(name) FROM {view}").fetchone()
        (definition,) = opened.execute("SELECT pg_get_viewdef(%s::regclass)", [view]).fetchone()
        plan = str(opened.execute(f"EXPLAIN (ANALYZE, VERBOSE) SELECT * FROM {view}").fetchall())

    assert count == 5
    assert "sharing_pseudonymkey" in definition
    padded = [bytes(one ^ pad for one in key).hex() for pad in (0, 0x36, 0x5C)]
    assert not any(secret in told for secret in padded for told in (definition, plan))


def test_a_key_stays_as_it_is(cast, agreement):
    key = key_of(cast.education)
    for statement in (
        "UPDATE sharing_pseudonymkey SET key = sha256('other')",
        "DELETE FROM sharing_pseudonymkey",
    ):
        with connection.cursor() as cursor, pytest.raises(IntegrityError, match="stay as they are"):
            cursor.execute(statement)

    assert key_of(cast.education) == key


def test_an_unknown_value_stays_unknown_and_an_empty_one_is_a_value(cast, stored):
    sync(stored, [row(1, None), row(2, ""), row(3, "")])
    agreement = pseudonymous(cast, stored)

    rows = with_key(cast.system).get(path(agreement)).json()["rows"]

    empty = by_hand(key_of(cast.education), "")
    assert [one["name"] for one in rows] == [None, empty, empty]


def test_changes_tell_pseudonyms_and_a_new_value_by_a_new_one(cast, stored):
    agreement = pseudonymous(cast, stored)
    since = ask(agreement, cast.system)["next"]

    sync(stored, [row(1, "another"), row(2), row(3), row(4, parent="2")])

    (change,) = ask(agreement, cast.system, since=since)["changes"]
    assert change["kind"] == "update"
    assert change["row"]["name"] == by_hand(key_of(cast.education), "another")


def test_filters_see_the_pseudonym_and_not_the_value(cast, agreement):
    caller = with_key(cast.system)
    known = by_hand(key_of(cast.education), "name 3")

    found = caller.get(path(agreement), {"name": known}).json()["rows"]
    guessed = caller.get(path(agreement), {"name": "name 3"}).json()["rows"]

    assert found == [{"code": "000000000003", "name": known}]
    assert guessed == []


def test_it_is_no_order_and_nothing_is_compared_with_it(cast, agreement):
    caller = with_key(cast.system)
    DataItem.objects.filter(resource=agreement.resource, column="name").update(is_indexed=True)
    entries = {"entries": [{"code": "000000000001", "name": "name 1"}]}

    ordered = caller.get(path(agreement), {"order": "name"})
    compared = caller.post(path(agreement, "verify/"), entries, content_type="application/json")

    assert (ordered.status_code, compared.status_code) == (422, 422)


def test_a_pseudonym_is_a_text_of_32_wherever_columns_have_a_type(agreement):
    types = {column.name: column.type for column in outlet.columns_of(agreement)}

    assert types == {"code": "character varying(12)", "name": "character varying(32)"}


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    texts=st.lists(
        st.text(
            st.characters(codec="utf-8", exclude_characters="\0", exclude_categories=("Cs",)),
            max_size=80,
        ),
        min_size=2,
        max_size=30,
    )
)
def test_equal_values_and_only_those_have_equal_pseudonyms(cast, texts):
    statement = sql.SQL(
        "SELECT {} FROM unnest(%s::text[]) WITH ORDINALITY AS given(value, place) ORDER BY place"
    ).format(pseudonyms.of(sql.Identifier("value"), cast.education.pk))
    with connection.cursor() as wrapped:
        pseudonyms.draw_key(wrapped.cursor, cast.education.pk)
        wrapped.cursor.execute(statement, [texts])
        told = [one for (one,) in wrapped.cursor.fetchall()]

    key = key_of(cast.education)
    assert told == [by_hand(key, text) for text in texts]
    assert len(set(zip(texts, told, strict=True))) == len(set(texts)) == len(set(told))


@pytest.mark.parametrize(
    "facts",
    [
        {"type": ItemType.DATE},
        {"type": ItemType.LOGICAL},
        {"type": ItemType.NUMERIC},
        {"type": ItemType.MEMO},
        {"code_list": CodeList(identifier="GB/T 2261.1")},
        {"is_key": True},
    ],
)
def test_items_of_few_values_of_no_sure_text_and_keys_get_none(facts):
    item = DataItem(**{"column": "sex", "name": "性别", "type": ItemType.CHARACTER, **facts})

    with pytest.raises(Invalid) as refusal:
        masks.read({"sex": "pseudonym"}, [item])
    assert list(refusal.value.fields) == ["masks"]


def test_a_refused_proposal_changes_nothing_and_draws_no_key(cast, filled):
    agreement = agreed_on(cast, filled)
    filled.items.filter(column="name").update(type=ItemType.MEMO)

    with pytest.raises(Invalid):
        proposed(agreement, cast.provider_steward, masks={"name": "pseudonym"})

    agreement.refresh_from_db()
    assert (agreement.masks, agreement.version_proposed) == ({}, None)
    assert not PseudonymKey.objects.exists()


def test_the_form_offers_it_where_it_can_be():
    items = [
        DataItem(column="code", name="编码", type=ItemType.CHARACTER, is_key=True),
        DataItem(column="id", name="证件号码", type=ItemType.CHARACTER, is_personal=True),
        DataItem(column="born", name="出生日期", type=ItemType.DATE, is_personal=True),
    ]
    field = MasksField()
    field.offer(items, {})

    shown = field.widget.render("masks", {"id": "pseudonym"})

    assert shown.count('value="pseudonym"') == 1
    assert '<option value="pseudonym" selected>' in shown
    assert field.widget.value_from_datadict({"masks_id": "pseudonym"}, {}, "masks") == {
        "id": "pseudonym"
    }
