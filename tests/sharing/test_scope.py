"""Which rows and how much of them: from the request through the offer to what leaves the portal."""

import csv
import io

import pytest
from django.db import connection

from portal.common.errors import DomainError, Invalid
from sharing.delivery import exports, pages
from sharing.models import Agreement, RequestState, SharingRequest
from sharing.services import confirming, offers, requests
from sharing.terms import terms_in_force
from tests.agreements import confirmed
from tests.factories import in_days
from tests.sharing.conftest import ODD, agreed_on, data, fill

pytestmark = pytest.mark.django_db

# Rows leave on a connection of their own.
COMMITTED = pytest.mark.django_db(transaction=True)
FIRST = {"column": "code", "op": "starts", "values": ["000000000001"]}


def delivered(agreement, party):
    stream = exports.export(number=agreement.number, party=party)
    return list(csv.DictReader(io.StringIO(b"".join(stream).decode())))


@COMMITTED
def test_only_the_rows_that_were_agreed_leave_by_every_way(cast, filled):
    agreement = agreed_on(cast, filled, row_filter=[ODD])

    rows = delivered(agreement, cast.system)
    page = pages.rows(number=agreement.number, party=cast.system, asked={})

    assert [row["code"] for row in rows] == ["000000000001", "000000000003", "000000000005"]
    assert b'"count":3' in page
    # and the filter's item itself is not among them: it was not asked for
    assert list(rows[0]) == ["code", "name"]


@COMMITTED
def test_an_export_counts_against_the_quota_by_the_rows_that_leave(cast, filled):
    agreement = agreed_on(cast, filled, row_filter=[ODD], rows_a_day=3)

    assert len(delivered(agreement, cast.system)) == 3
    with pytest.raises(DomainError) as refusal:
        exports.export(number=agreement.number, party=cast.system)
    assert refusal.value.status == 429


def test_what_was_expected_a_day_is_the_agreements_quota(cast, filled):
    agreement = agreed_on(cast, filled, calls_a_day=100, rows_a_day=50_000)

    agreement.refresh_from_db()
    assert (agreement.calls_a_day, agreement.rows_a_day) == (100, 50_000)


@COMMITTED
def test_an_offer_narrows_rows_and_masks_items_and_keeps_what_was_asked(cast, received, resource):
    # given a request for the odd rows
    SharingRequest.objects.filter(pk=received.pk).update(row_filter=[ODD])
    fill(resource)
    # when the provider offers fewer of them, with masked names
    offered = offers.make(
        request=received,
        version=received.version,
        columns=["name"],
        use_until=received.use_until,
        row_filter=[FIRST],
        masks={"name": "hidden"},
        opinion="仅提供一行",
        by=cast.provider_head,
    )
    assert offered.offer.row_filter == [FIRST, ODD]
    offers.accept(request=offered, version=offered.version, by=cast.head)
    agreement = confirmed(Agreement.objects.get(request=received), cast.provider_head, cast.head)
    # then that is what leaves
    assert delivered(agreement, cast.system) == [{"code": "000000000001", "name": "****"}]
    assert terms_in_force(agreement).masks == {"name": "hidden"}


def test_an_offer_of_all_that_was_asked_is_refused_and_changes_nothing(cast, received):
    with pytest.raises(Invalid):
        offers.make(
            request=received,
            version=received.version,
            columns=["name"],
            use_until=received.use_until,
            row_filter=[],
            masks={},
            opinion="全部",
            by=cast.provider_head,
        )
    received.refresh_from_db()
    assert received.state == RequestState.RECEIVED


def propose(agreement, by, **changes):
    terms = terms_in_force(agreement)
    said = {
        name: getattr(terms, name)
        for name in confirming.Proposal.__dataclass_fields__
        if name not in {"row_filter", *changes}
    }
    newest = agreement.versions.order_by("-number").first().number
    proposal = confirming.Proposal(**said, **{"row_filter": (), **changes})
    return confirming.propose(
        agreement=agreement, version=newest, proposal=proposal, reason="缩小范围", by=by
    )


@COMMITTED
def test_new_terms_narrow_the_rows_at_once_when_both_heads_confirmed(cast, agreement):
    assert len(delivered(agreement, cast.system)) == 5

    propose(agreement, cast.provider_steward, row_filter=[ODD], masks={"name": "hidden"})
    assert len(delivered(agreement, cast.system)) == 5  # what is in force stays in force
    confirmed(agreement, cast.provider_head, cast.head)

    rows = delivered(agreement, cast.system)
    assert [row["name"] for row in rows] == ["****"] * 3
    agreement.refresh_from_db()
    assert (agreement.row_filter, agreement.masks) == ([ODD], {"name": "hidden"})


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"row_filter": [{"column": "nobody", "op": "is", "values": ["1"]}]}, "row_filter"),
        ({"masks": {"code": "hidden"}}, "masks"),
        ({"masks": {"parent_code": "hidden"}}, "masks"),  # not among the items
    ],
)
def test_unsound_terms_are_refused_and_nothing_is_proposed(cast, agreement, changes, field):
    with pytest.raises(Invalid) as refusal:
        propose(agreement, cast.provider_steward, **changes)

    assert list(refusal.value.fields) == [field]
    agreement.refresh_from_db()
    assert agreement.version_proposed is None


def test_a_column_that_a_row_scope_needs_is_not_taken_from_under_it(cast, filled):
    agreed_on(cast, filled, row_filter=[ODD])

    with connection.cursor() as cursor, pytest.raises(Exception, match="depend"):
        cursor.execute(f"ALTER TABLE store.r_{filled.pk} DROP COLUMN parent_code")


@COMMITTED
def test_a_page_filters_masked_values_as_they_are_delivered(cast, filled):
    agreement = agreed_on(cast, filled)
    propose(agreement, cast.provider_steward, masks={"name": "hidden"})
    confirmed(agreement, cast.provider_head, cast.head)

    hidden = pages.rows(number=agreement.number, party=cast.system, asked={"name": ["name 1"]})
    shown = pages.rows(number=agreement.number, party=cast.system, asked={"name": ["****"]})

    assert (b'"count":0' in hidden, b'"count":5' in shown) == (True, True)


def test_protected_items_want_the_protection_stated(cast, resource):
    # given a personal item
    resource.items.filter(column="name").update(is_personal=True)
    draft = requests.start_request(resource=resource, data=data(), by=cast.applicant)
    # when
    with pytest.raises(Invalid) as refusal:
        requests.submit(request=draft, version=draft.version, by=cast.applicant)
    assert list(refusal.value.fields) == ["security_measures"]
    draft.refresh_from_db()
    assert draft.state == RequestState.DRAFT
    # then it goes with it
    stated = requests.change_draft(
        request=draft,
        version=draft.version,
        data=data(security_measures="专人专机，加密存储"),
        by=cast.applicant,
    )
    sent = requests.submit(request=stated, version=stated.version, by=cast.applicant)
    assert sent.state == RequestState.INTERNAL_REVIEW


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"row_filter": [{"column": "nobody", "op": "is", "values": ["1"]}]}, "row_filter"),
        ({"use_frequency": "hourly"}, "use_frequency"),
        ({"calls_a_day": 0}, "calls_a_day"),
        ({"rows_a_day": 10**16}, "rows_a_day"),
        ({"security_measures": "<b>x</b>"}, "security_measures"),
        ({"use_scene": "场景\u202e"}, "use_scene"),
    ],
)
def test_an_unsound_draft_is_refused_with_its_field_and_not_kept(cast, resource, changes, field):
    with pytest.raises(Invalid) as refusal:
        requests.start_request(resource=resource, data=data(**changes), by=cast.applicant)

    assert list(refusal.value.fields) == [field]
    assert not SharingRequest.objects.exists()


def test_a_draft_that_says_the_same_is_no_new_version(cast, draft):
    same = requests.change_draft(
        request=draft, version=draft.version, data=data(), by=cast.applicant
    )
    assert same.version == 1
    other = requests.change_draft(
        request=draft, version=1, data=data(use_until=in_days(90)), by=cast.applicant
    )
    assert other.version == 2


def test_a_submission_that_vouches_is_enough(cast, resource):
    draft = requests.start_request(
        resource=resource, data=data(is_vouched_for=False), by=cast.applicant
    )
    with pytest.raises(Invalid):
        requests.submit(request=draft, version=draft.version, by=cast.applicant)
    sent = requests.submit(
        request=draft, version=draft.version, is_vouched_for=True, by=cast.applicant
    )
    assert (sent.state, sent.is_vouched_for) == (RequestState.INTERNAL_REVIEW, True)
