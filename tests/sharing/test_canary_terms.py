"""A canary row is agreed as any term is: written by the provider, known to both, confirmed by both."""

import json

import pytest
from django.db import connection
from django.test import Client

from audit.models import Entry
from catalog.models import (
    IdentifierKind,
    ItemType,
    PublishedInterface,
    ResourceState,
    SharedFile,
    SharingMode,
)
from portal.common.check_digits import uscc_check_character
from portal.common.errors import Invalid
from sharing import canaries
from sharing.agreement_forms import ProposalForm
from sharing.models import Agreement
from sharing.terms import read, terms_in_force
from tests.agreements import confirmed, proposal, proposed
from tests.catalog.standards.conftest import a_list
from tests.factories import ResourceFactory
from tests.html_checks import problems

from .calls import path, with_key
from .canary import ROW, code_of, with_canary
from .conftest import agreed_on
from .test_terms import unchanged

pytestmark = pytest.mark.django_db(transaction=True)

DAY = {"name": "日", "column": "day", "type": ItemType.DATE}
SUM = {"name": "金额", "column": "amount", "type": ItemType.CURRENCY, "is_nullable": False}
NUMBER = {"name": "号", "column": "no", "type": ItemType.INTEGER}
PERSON = {
    "name": "身份证号",
    "column": "person",
    "length": 18,
    "identifier_kind": IdentifierKind.RESIDENT_ID,
}
BODY = {
    "name": "信用代码",
    "column": "body",
    "length": 18,
    "identifier_kind": IdentifierKind.CREDIT_CODE,
}
CREDIT_CODE = "91110000100000000" + uscc_check_character("91110000100000000")
FULL = {
    "code": "T-{mark}",
    "name": "虚构户",
    "day": "1900-01-01",
    "amount": "0",
    "no": "99{mark}",
    "person": "110101190001010000",
    "body": "TEST-{mark}",
}


@pytest.fixture
def register(cast):
    """A key of text and items of several kinds, a sum that may not be empty."""
    key = {"name": "代码", "column": "code", "length": 12, "is_key": True, "is_nullable": False}
    name = {"name": "名称", "column": "name", "length": 20}
    made = ResourceFactory(
        department=cast.civil,
        state=ResourceState.PUBLISHED,
        items=[key, name, DAY, SUM, NUMBER, PERSON, BODY],
    )
    made.row_count = 0
    made.rows_changed_at = made.created_at
    made.save(update_fields=["row_count", "rows_changed_at"])
    return made


@pytest.fixture
def agreement(cast, register):
    return agreed_on(cast, register, items=tuple(one for one in FULL if one != "code"))


def refused(agreement, by, **changes) -> str:
    """What is wrong with the row, and nothing has changed."""
    before = unchanged(agreement)
    with pytest.raises(Invalid) as told:
        proposed(agreement, by, **changes)
    assert list(told.value.fields) == ["canary"]
    assert unchanged(agreement) == before
    return " ".join(map(str, told.value.fields["canary"]))


def test_both_heads_confirm_it_as_the_provider_wrote_it(cast, agreement):
    # given
    version = proposed(agreement, cast.provider_steward, canary=FULL)
    assert version.terms["canary"] == FULL
    assert Entry.objects.latest("id").data["changed"] == ["canary"]

    # when one side alone has confirmed
    held = confirmed(agreement, cast.provider_head)
    assert (held.canary, canaries.told(held)) == ({}, None)

    # then with the other it is in force
    held = confirmed(held, cast.head)
    assert held.canary == FULL
    assert terms_in_force(held).canary == FULL
    assert canaries.told(held).is_delivered


def test_no_agreement_begins_with_one(awaiting):
    assert awaiting.version_proposed.terms["canary"] == {}
    assert (awaiting.canary, canaries.of(awaiting)) == ({}, None)


def test_terms_that_were_written_before_there_were_any_have_none(awaiting):
    document = dict(awaiting.version_proposed.terms)
    del document["canary"]

    assert read(document).canary == {}


@pytest.mark.parametrize(
    ("values", "words"),
    [
        pytest.param({"code": ""}, "代码：", id="no key"),
        pytest.param({"amount": ""}, "金额：", id="an item that must not be empty"),
        pytest.param({"code": "TEST-{mark}"}, "代码：", id="longer than the item"),
        pytest.param({"day": "tomorrow"}, "日：", id="no day"),
        pytest.param({"day": "now"}, "日：", id="a day that is another one each day"),
        pytest.param({"amount": "1e3"}, "金额：", id="no amount"),
        pytest.param({"amount": "9" * 30}, "金额：", id="an amount too large for its column"),
        pytest.param({"no": "x{mark}"}, "号：", id="letters before the digits of a number"),
        pytest.param({"no": "0{mark}"}, "号：", id="a zero that is lost"),
        pytest.param({"no": "999{mark}"}, "号：", id="a number that a spreadsheet rounds"),
        pytest.param({"no": "{mark}0"}, "号：", id="digits behind the mark"),
        pytest.param({"name": "{mark}{mark}"}, "名称：", id="the mark twice"),
        pytest.param({"amount": "{mark}"}, "金额：", id="the mark in an amount"),
        pytest.param({"day": "{mark}"}, "日：", id="the mark in a day"),
        pytest.param({"name": "a\x07"}, "名称：", id="a control character"),
        pytest.param({"name": "<b>x</b>"}, "名称：", id="a tag"),
        pytest.param({"name": "x" * 501}, "名称：", id="too long for any"),
        pytest.param({"person": "110101199003074477"}, "身份证号：", id="somebody's number"),
        pytest.param(
            {"body": CREDIT_CODE},
            "信用代码：",
            id="some body's number",
        ),
        pytest.param({"nothing": "x"}, "nothing", id="no such item"),
        pytest.param({"name": 5}, "", id="no text"),
        pytest.param({"code": "T", "no": "1", "body": "T"}, "{mark}", id="nothing to trace it by"),
    ],
)
def test_a_row_that_cannot_be_is_refused_with_the_item_named(cast, agreement, values, words):
    told = refused(agreement, cast.provider_steward, canary={**FULL, **values})

    assert words in told


def test_what_is_masked_traces_nothing(cast, agreement):
    told = refused(
        agreement,
        cast.provider_steward,
        canary={**FULL, "code": "T", "no": "1", "body": "", "name": "{mark}"},
        masks={"name": "hidden"},
    )

    assert "{mark}" in told


def test_a_key_that_a_row_has_is_refused(cast, filled):
    agreement = agreed_on(cast, filled)
    row = {"code": "000000000003", "name": "户{mark}"}

    assert refused(agreement, cast.provider_steward, canary=row)
    assert proposed(agreement, cast.provider_steward, canary={**row, "code": "T"})


def test_a_code_that_its_list_does_not_have_is_refused(cast, agreement, register):
    # given
    listed = a_list(cast.officer, ("1", "甲"), ("2", "乙"))
    register.items.filter(column="name").update(code_list=listed)

    # then neither a code of nobody's nor a mark
    for name in ("nothing", "{mark}"):
        assert "名称：" in refused(agreement, cast.provider_steward, canary={**FULL, "name": name})
    assert proposed(agreement, cast.provider_steward, canary={**FULL, "name": "2"})


def test_values_of_items_that_are_not_agreed_are_not_kept(cast, agreement):
    version = proposed(agreement, cast.provider_steward, canary=FULL, items=("name", "amount"))

    assert version.terms["canary"] == {one: FULL[one] for one in ("code", "name", "amount")}


def test_values_without_any_are_no_row(cast, agreement):
    version = proposed(
        agreement, cast.provider_steward, canary=dict.fromkeys(FULL, " "), calls_a_day=5
    )

    assert version.terms["canary"] == {}


def test_no_row_is_put_where_none_is_delivered(cast, agreement):
    assert refused(agreement, cast.provider_steward, canary=FULL, verification_only=True)


@pytest.mark.parametrize("mode", [SharingMode.FILE, SharingMode.INTERFACE])
def test_nor_where_what_is_delivered_is_not_of_the_rows(cast, agreement, register, mode):
    # given
    Agreement.objects.filter(pk=agreement.pk).update(sharing_mode=mode)
    if mode == SharingMode.FILE:
        SharedFile.objects.create(resource=register, name="全部.zip")
    else:
        PublishedInterface.objects.create(resource=register, is_open=True)

    # then
    assert refused(agreement, cast.provider_steward, canary=FULL)


def test_the_requester_writes_none_and_may_leave_it_out(cast, agreement):
    # given
    assert refused(agreement, cast.applicant, canary=FULL)
    planted = with_canary(cast, agreement, FULL)

    # then it changes none, and leaves it as it is or out
    assert refused(planted, cast.applicant, canary={**FULL, "name": "他户"})
    version = proposed(planted, cast.applicant, canary=FULL, items=("name", "amount"))
    assert set(version.terms["canary"]) == {"code", "name", "amount"}
    held = confirmed(planted, cast.provider_head, cast.head)
    version = proposed(held, cast.applicant, canary={})
    assert version.terms["canary"] == {}


# By page


def form_data(agreement, **changes):
    held = Agreement.objects.get(pk=agreement.pk)
    terms = terms_in_force(held)
    newest = held.versions.latest("number").number
    given = ProposalForm.initial_of(terms, newest)
    for name in ("row_filter", "masks", "canary"):
        given.pop(name)
    given = {name: value for name, value in given.items() if value is not None}
    items = [one for one in terms.items if one != "code"]
    return {**given, "items": items, "reason": "业务需要", **changes}


def signed_in(user):
    client = Client(headers={"accept-language": "en"})
    client.force_login(user)
    return client


ON = {"canary_is_agreed": "on", "canary_code": "T-{mark}", "canary_name": "虚构户"}


@pytest.fixture
def simple(cast, filled):
    return agreed_on(cast, filled)


def test_the_provider_writes_it_by_page(cast, simple):
    # given
    client = signed_in(cast.provider_steward)
    url = f"/sharing/agreements/{simple.number}/propose/"
    shown = client.get(url).content.decode()
    assert 'name="canary_code"' in shown
    assert "says nothing about a real person or body" in shown
    assert problems(shown) == []

    # when it is written wrong, then what was written is there still
    answer = client.post(url, form_data(simple, **{**ON, "canary_code": "TEST-{mark}"}))
    assert answer.status_code == 422
    assert "not a value that this item can have" in answer.content.decode()
    assert 'value="TEST-{mark}"' in answer.content.decode()

    # and right
    assert client.post(url, form_data(simple, **ON)).status_code == 302
    held = confirmed(simple, cast.provider_head, cast.head)
    assert held.canary == ROW


def test_unticked_the_values_do_not_count(cast, simple):
    client = signed_in(cast.provider_steward)
    given = {name: value for name, value in ON.items() if name != "canary_is_agreed"}

    answer = client.post(
        f"/sharing/agreements/{simple.number}/propose/", form_data(simple, **given, calls_a_day=9)
    )

    assert answer.status_code == 302
    assert simple.versions.latest("number").terms["canary"] == {}


def test_the_requester_is_asked_for_none_and_can_untick_it(cast, simple):
    # given
    client = signed_in(cast.applicant)
    url = f"/sharing/agreements/{simple.number}/propose/"
    assert "canary" not in client.get(url).content.decode()

    # when there is one
    with_canary(cast, simple)
    shown = client.get(url).content.decode()
    assert 'value="T-{mark}" maxlength="500" autocomplete="off" readonly' in shown
    answer = client.post(url, form_data(simple))

    # then
    assert answer.status_code == 302
    assert simple.versions.latest("number").terms["canary"] == {}


def test_both_sides_read_of_it_and_who_may_draw_learns_its_key(cast, simple):
    planted = with_canary(cast, simple)
    number, code = planted.number, code_of(planted)

    for user in (cast.provider_steward, cast.head, cast.applicant):
        page = signed_in(user).get(f"/sharing/agreements/{number}/").content.decode()
        assert "代码 (code): T-{mark}; 名称 (name): 虚构户" in page

    data = f"/sharing/agreements/{number}/data/"
    shown = signed_in(cast.applicant).get(data).content.decode()
    assert f"code = {code}" in shown
    assert problems(shown) == []
    assert code not in signed_in(cast.provider_steward).get(data).content.decode()


def test_where_a_real_row_has_its_key_the_page_says_so(cast, simple, filled):
    planted = with_canary(cast, simple)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO store.r_{filled.pk} (code, name) VALUES (%s, 'real')", [code_of(planted)]
        )

    page = signed_in(cast.applicant).get(f"/sharing/agreements/{planted.number}/data/")

    assert "A row of the resource has its key now" in page.content.decode()


# By API


def test_a_proposal_by_api_has_it_and_the_agreement_tells_it(cast, simple):
    # given
    client = signed_in(cast.provider_steward)
    given = proposal(simple, canary=ROW)
    body = {
        name: getattr(given, name)
        for name in ("basis", "purpose", "scope", "provider_duties", "requester_duties", "canary")
    }
    body |= {
        "items": list(given.items),
        "ends_on": given.ends_on.isoformat(),
        "version": 1,
        "reason": "溯源",
        "revision": Agreement.objects.get(pk=simple.pk).revision,
    }

    # when
    answer = client.post(
        path(simple, "propose/"), json.dumps(body), content_type="application/json"
    )

    # then
    assert answer.status_code == 201, answer.content
    assert answer.json()["terms"]["canary"] == ROW
    confirmed(simple, cast.provider_head, cast.head)
    assert client.get(path(simple, "")).json()["canary"] == ROW


def test_its_key_is_told_to_who_may_draw_alone(cast, simple):
    # given
    caller = with_key(cast.system)
    assert caller.get(path(simple, "canary/")).json() == {"key": None, "is_delivered": False}

    # when
    planted = with_canary(cast, simple)

    # then
    assert caller.get(path(simple, "canary/")).json() == {
        "key": {"code": code_of(planted)},
        "is_delivered": True,
    }
    told = signed_in(cast.provider_steward).get(path(simple, "canary/"))
    assert told.status_code == 403
    assert code_of(planted) not in told.content.decode()
    assert with_key(cast.strange_system).get(path(simple, "canary/")).status_code == 404
