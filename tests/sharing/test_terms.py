"""Terms and their versions: written once, in force when the heads of both sides have confirmed."""

import hashlib
import json
from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction
from hypothesis import given
from hypothesis import strategies as st

from audit.models import Entry
from portal.common.errors import DomainError, Invalid, NotAllowed, StaleVersion, WrongState
from portal.organisation.models import Duty, DutyKind, User
from sharing import outlet
from sharing.models import (
    Agreement,
    AgreementConfirmation,
    AgreementState,
    AgreementVersion,
    Deadline,
)
from sharing.services import confirming
from sharing.terms import canonical, content_hash
from tests.agreements import confirmed, proposal, proposed
from tests.factories import from_today, in_days

from .test_races import at_once


def confirm(agreement: Agreement, by, **changes):
    version = Agreement.objects.get(pk=agreement.pk).version_proposed
    given = {"version": version.number, "content_hash": version.content_hash, **changes}
    return confirming.confirm(agreement=agreement, by=by, **given)


def unchanged(agreement: Agreement) -> tuple[object, ...]:
    held = Agreement.objects.get(pk=agreement.pk)
    return (
        held.state,
        held.version_in_force_id,
        held.version_proposed_id,
        AgreementVersion.objects.count(),
        AgreementConfirmation.objects.count(),
        Entry.objects.count(),
        outlet.view_exists(held),
    )


def test_the_first_version_says_what_was_agreed_and_waits_for_both_heads(awaiting):
    version = awaiting.version_proposed

    assert (awaiting.state, awaiting.version_in_force) == (AgreementState.AWAITING, None)
    assert (version.number, version.kind) == (1, "first")
    assert version.terms["purpose"] == awaiting.request.use_scene
    assert [one["column"] for one in version.terms["items"]] == ["code", "name"]
    assert version.terms["ends_on"] == awaiting.ends_on.isoformat()
    assert (version.terms["calls_a_day"], version.terms["third_parties"]) == (None, "")
    assert version.terms["requester_duties"]
    assert not outlet.view_exists(awaiting)


def test_the_hash_is_the_sha_256_of_the_canonical_json_that_anybody_can_compute(awaiting):
    version = awaiting.version_proposed
    told = json.dumps(version.terms, ensure_ascii=False, sort_keys=True, separators=(",", ":"))

    assert version.content_hash == hashlib.sha256(told.encode()).hexdigest()


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.text(), JSON, max_size=5))
def test_one_document_has_one_hash_in_whatever_order_it_is_kept(document):
    turned = dict(reversed(list(document.items())))

    assert content_hash(turned) == content_hash(document)
    assert json.loads(canonical(document)) == document


def test_one_head_alone_concludes_nothing(cast, awaiting):
    confirm(awaiting, cast.provider_head)

    awaiting.refresh_from_db()
    assert awaiting.state == AgreementState.AWAITING
    assert not outlet.view_exists(awaiting)


def test_with_the_second_head_it_is_concluded_and_opened_at_once(cast, awaiting):
    confirm(awaiting, cast.head)
    concluded = confirm(awaiting, cast.provider_head)

    assert concluded.state == AgreementState.ACTIVE
    assert (concluded.version_in_force.number, concluded.version_proposed) == (1, None)
    assert outlet.view_exists(awaiting)
    kept = AgreementConfirmation.objects.order_by("id")
    assert [(one.side, one.by, one.content_hash) for one in kept] == [
        ("requester", cast.head, concluded.version_in_force.content_hash),
        ("provider", cast.provider_head, concluded.version_in_force.content_hash),
    ]
    told = Entry.objects.filter(action="sharing.agreement.confirm").order_by("id")
    assert [one.data["side"] for one in told] == ["requester", "provider"]


def test_the_clock_of_delivery_runs_from_the_answer_and_not_from_the_confirmations(awaiting):
    clock = Deadline.objects.get(request=awaiting.request, kind="deliver")

    assert (clock.started_on, clock.is_running) == (awaiting.starts_on, True)


@pytest.mark.parametrize("who", ["applicant", "provider_steward", "officer", "stranger"])
def test_others_confirm_nothing(cast, awaiting, who):
    before = unchanged(awaiting)

    with pytest.raises(NotAllowed):
        confirm(awaiting, getattr(cast, who))

    assert unchanged(awaiting) == before


def test_a_side_confirms_once(cast, awaiting):
    confirm(awaiting, cast.head)
    before = unchanged(awaiting)

    with pytest.raises(WrongState) as refused:
        confirm(awaiting, cast.head)

    assert refused.value.code == "confirmed"
    assert unchanged(awaiting) == before


@pytest.mark.parametrize("wrong", [{"content_hash": "0" * 64}, {"version": 2}])
def test_what_was_not_seen_is_not_confirmed(cast, awaiting, wrong):
    before = unchanged(awaiting)

    with pytest.raises(StaleVersion):
        confirm(awaiting, cast.head, **wrong)

    assert unchanged(awaiting) == before


def test_who_wrote_other_terms_does_not_confirm_them(cast, agreement):
    with pytest.raises(NotAllowed):
        proposed(agreement, cast.head, ends_on=in_days(500))
    Duty.objects.create(user=cast.head, department=cast.education, kind=DutyKind.STAFF)
    both = User.objects.get(pk=cast.head.pk)
    proposed(agreement, both, ends_on=in_days(500))

    with pytest.raises(NotAllowed):
        confirm(agreement, both)

    assert AgreementConfirmation.objects.count() == 2


def test_who_changed_sides_does_not_confirm_for_both(cast, awaiting):
    confirm(awaiting, cast.head)
    cast.provider_head.duty_set.all().delete()
    User.objects.filter(pk=cast.head.pk).update(department=cast.civil)
    cast.head.duty_set.update(department=cast.civil)
    mover = User.objects.get(pk=cast.head.pk)

    with pytest.raises(NotAllowed):
        confirm(awaiting, mover)

    assert AgreementConfirmation.objects.count() == 1


def test_before_it_is_concluded_other_terms_replace_the_proposed_ones(cast, awaiting):
    confirm(awaiting, cast.provider_head)
    proposed(awaiting, cast.provider_steward, calls_a_day=100)

    concluded = confirmed(awaiting, cast.head, cast.provider_head)

    assert (concluded.version_in_force.number, concluded.calls_a_day) == (2, 100)
    assert concluded.state == AgreementState.ACTIVE


def test_an_amendment_leaves_the_old_terms_in_force_until_both_have_confirmed(cast, agreement):
    # given
    proposed(agreement, cast.applicant, items=("name", "parent_code"), rows_a_day=1000)
    confirm(agreement, cast.head)
    agreement.refresh_from_db()
    assert (agreement.version_in_force.number, agreement.version_proposed.number) == (1, 2)
    assert (columns(agreement), agreement.rows_a_day) == (["code", "name"], None)

    # when
    confirm(agreement, cast.provider_head)

    # then
    agreement.refresh_from_db()
    assert (agreement.version_in_force.number, agreement.version_proposed) == (2, None)
    assert agreement.state == AgreementState.ACTIVE
    assert columns(agreement) == ["code", "name", "parent_code"]
    assert agreement.rows_a_day == 1000


def columns(agreement: Agreement) -> list[str]:
    """Those of the view in the database."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT attname FROM pg_attribute WHERE attrelid = to_regclass(%s) AND attnum > 0"
            " ORDER BY attnum",
            [f"{outlet.SCHEMA}.{agreement.view_name}"],
        )
        return [name for (name,) in cursor.fetchall()]


def test_a_later_last_day_alone_is_a_renewal(cast, agreement):
    version = proposed(agreement, cast.applicant, ends_on=in_days(700))

    renewed = confirmed(agreement, cast.head, cast.provider_head)

    assert version.kind == "renewal"
    assert renewed.ends_on == in_days(700)


def test_while_terms_are_proposed_no_others_are(cast, agreement):
    proposed(agreement, cast.applicant, calls_a_day=10)
    before = unchanged(agreement)

    with pytest.raises(WrongState) as refused:
        proposed(agreement, cast.provider_steward, calls_a_day=20)

    assert refused.value.code == "proposal_open"
    assert unchanged(agreement) == before


def test_proposed_terms_are_taken_back(cast, agreement):
    version = proposed(agreement, cast.applicant, calls_a_day=10)

    confirming.retract(agreement=agreement, version=version.number, by=cast.provider_head)

    agreement.refresh_from_db()
    assert (agreement.version_in_force.number, agreement.version_proposed) == (1, None)
    assert proposed(agreement, cast.applicant, calls_a_day=30).number == 3


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"purpose": " "}, "purpose"),
        ({"items": ()}, "items"),
        ({"items": ("nothing",)}, "items"),
        ({"ends_on": timedelta(days=-1)}, "ends_on"),
        ({"ends_on": timedelta(days=5000)}, "ends_on"),
        ({"calls_a_day": 0}, "calls_a_day"),
        ({"rows_a_day": -1}, "rows_a_day"),
        ({"exports_at_once": 101}, "exports_at_once"),
    ],
)
def test_terms_that_cannot_be_are_not_proposed(cast, agreement, changes, field):
    before = unchanged(agreement)

    with pytest.raises(Invalid) as refused:
        proposed(agreement, cast.applicant, **from_today(changes))

    assert list(refused.value.fields) == [field]
    assert unchanged(agreement) == before


def test_the_same_terms_are_no_proposal(cast, agreement):
    with pytest.raises(DomainError) as refused:
        proposed(agreement, cast.applicant)

    assert refused.value.code == "unchanged"


def test_other_terms_are_written_on_the_grounds_of_the_newest(cast, agreement):
    with pytest.raises(StaleVersion):
        confirming.propose(
            agreement=agreement,
            version=0,
            proposal=proposal(agreement, calls_a_day=5),
            reason="额度",
            by=cast.applicant,
        )


@pytest.mark.parametrize("table", ["agreementversion", "agreementconfirmation"])
@pytest.mark.parametrize(
    "statement", ["UPDATE sharing_{} SET content_hash = ''", "DELETE FROM sharing_{}"]
)
def test_the_database_keeps_versions_and_confirmations(agreement, table, statement):
    with (
        pytest.raises(DatabaseError, match="agreed terms stay as they are"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement.format(table))

    assert AgreementVersion.objects.count() == 1
    assert AgreementConfirmation.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_two_heads_who_confirm_at_once_conclude_it_once(cast, awaiting):
    outcomes = at_once(
        lambda: confirm(awaiting, cast.head), lambda: confirm(awaiting, cast.provider_head)
    )

    assert outcomes == ["done", "done"]
    awaiting.refresh_from_db()
    assert awaiting.state == AgreementState.ACTIVE
    assert Entry.objects.filter(action="sharing.agreement.conclude").count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_double_click_on_confirm_is_one_confirmation(cast, awaiting):
    outcomes = at_once(lambda: confirm(awaiting, cast.head), lambda: confirm(awaiting, cast.head))

    assert outcomes == ["confirmed", "done"]
    assert AgreementConfirmation.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_who_propose_at_once_make_one_proposal(cast, agreement):
    propose = lambda by, calls: lambda: proposed(agreement, by, calls_a_day=calls)  # noqa: E731

    outcomes = at_once(propose(cast.applicant, 1), propose(cast.provider_steward, 2))

    assert outcomes[0] == "done"
    assert outcomes[1] in {"proposal_open", "stale_version"}
    assert AgreementVersion.objects.count() == 2
