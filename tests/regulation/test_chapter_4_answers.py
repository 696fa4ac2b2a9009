"""Decree 809, chapter 4: how a request is answered (Art. 20, 21, 28). A test bears its article."""

import pytest

from catalog.services import source_register
from portal.common.errors import Invalid, NotAllowed, WrongState
from portal.organisation.models import DutyKind
from portal.supervision.scope import scope_of
from portal.supervision.selectors.league import league
from portal.workdays import add_working_days
from sharing.matching.services import demands
from sharing.matching.services.demands import DemandData
from sharing.models import Agreement, Deadline, RequestState, SupplementNotice
from sharing.services import disputes, extensions, offers, requests, supplements
from tests.factories import ResourceFactory, UserFactory, in_days
from tests.sharing.conftest import data

pytestmark = pytest.mark.django_db


def clock_of(request):
    return Deadline.objects.get(request=request, met_at=None, cancelled_at=None)


def test_article_21_incomplete_material_is_supplemented_and_told_at_once(cast, received):
    asked = supplements.ask(
        request=received,
        version=received.version,
        missing=["use_scene", "use_scope"],
        opinion="请补充使用场景和使用范围",
        by=cast.provider_head,
    )
    assert asked.state == RequestState.SUPPLEMENT
    assert SupplementNotice.objects.get().missing == ["use_scene", "use_scope"]
    # it is not refused for that
    with pytest.raises(WrongState):
        requests.refuse(
            request=asked,
            version=asked.version,
            reason="duplicate",
            opinion="材料不全",
            by=cast.provider_head,
        )


def test_article_21_the_answer_is_extended_by_at_most_ten_working_days_by_consent(cast, received):
    clock = clock_of(received)
    with pytest.raises(Invalid):
        extensions.ask(
            request=received,
            version=received.version,
            days=11,
            opinion="跨系统核对",
            by=cast.provider_head,
        )
    asked = extensions.ask(
        request=received,
        version=received.version,
        days=10,
        opinion="跨系统核对",
        by=cast.provider_head,
    )
    assert clock_of(received).due == clock.due
    extensions.decide(request=asked, version=asked.version, is_granted=True, by=cast.officer)
    assert clock_of(received).due == add_working_days(clock.started_on, 20).date


def test_article_21_the_provider_does_not_extend_on_its_own(cast, received):
    asked = extensions.ask(
        request=received,
        version=received.version,
        days=5,
        opinion="跨系统核对",
        by=cast.provider_head,
    )
    with pytest.raises(NotAllowed):
        extensions.decide(
            request=asked, version=asked.version, is_granted=True, by=cast.provider_head
        )
    assert clock_of(received).extension_days == 0


def test_article_20_a_narrower_answer_is_an_offer_that_the_requester_accepts(cast, received):
    offer = offers.make(
        request=received,
        version=received.version,
        columns=["name"],
        use_until=in_days(90),
        opinion="先行提供",
        by=cast.provider_head,
    )
    assert not Agreement.objects.exists()
    offers.accept(request=offer, version=offer.version, by=cast.head)
    assert Agreement.objects.get().ends_on == in_days(90)


def test_article_19_a_datum_is_asked_for_at_its_source_department_alone(cast, resource):
    # given a datum of the resource that another department is the source of
    source_register.appoint(
        name="名称", department=cast.education, basis="会议纪要", by=cast.officer
    )
    asking = UserFactory(department=cast.bigdata, duties=[DutyKind.STAFF])
    # then, as long as the source offers nothing, it is asked for here
    draft = requests.start_request(resource=resource, data=data(), by=asking)
    # when the source has published an entry with it
    there = ResourceFactory(department=cast.education, name="名录", state="published")
    # then it is asked for there
    with pytest.raises(Invalid) as refusal:
        requests.change_draft(request=draft, version=1, data=data(), by=asking)
    assert list(refusal.value.fields) == ["items"]
    assert there.name in refusal.value.fields["items"][0]
    draft.refresh_from_db()
    assert draft.version == 1


@pytest.mark.parametrize(("outcome", "state"), [("upheld", "refused"), ("reopened", "received")])
def test_article_28_a_dispute_is_decided_by_the_competent_department(
    cast, received, outcome, state
):
    gone = requests.refuse(
        request=received,
        version=received.version,
        reason="outside_duties",
        opinion="不属职责",
        by=cast.provider_head,
    )
    open_one = disputes.raise_dispute(
        request=gone, version=gone.version, opinion="属于法定职责", by=cast.head
    )
    with pytest.raises(NotAllowed):
        disputes.decide(
            request=open_one,
            version=open_one.version,
            outcome=outcome,
            opinion="裁定",
            by=cast.provider_head,
        )
    over = disputes.decide(
        request=open_one,
        version=open_one.version,
        outcome=outcome,
        opinion="裁定",
        by=cast.officer,
    )
    assert over.state == state


def test_article_23_the_days_that_answers_took_stand_beside_the_limit(cast, received, freeze):
    clock = clock_of(received)
    freeze(add_working_days(clock.started_on, 3).date)
    requests.agree(request=received, version=received.version, by=cast.provider_head)

    freeze(clock.due)

    table = {one.department: one for one in league(scope_of(cast.officer, {"period": "twelve"}))}
    assert clock.limit_days == 10
    assert table[cast.civil].days == 3
    assert (table[cast.civil].answers.part, table[cast.civil].answers.whole) == (1, 1)


def test_article_20_what_the_catalogue_lacks_is_matched_to_who_holds_it(cast):
    demand = demands.post(
        data=DemandData("补贴名单", "姓名、证件号码", "《残疾人保障法》", "资助核验"),
        by=cast.applicant,
    )
    with pytest.raises(NotAllowed):
        demands.match(demand=demand, version=1, department=cast.civil, by=cast.head)
    held = demands.match(demand=demand, version=1, department=cast.civil, by=cast.officer)
    held = demands.accept(demand=held, version=2, by=cast.provider_head)
    entry = ResourceFactory(department=cast.civil, state="published")
    listed = demands.link(demand=held, version=3, resource=entry, by=cast.provider_head)
    assert (listed.state, listed.resource) == ("listed", entry)
    # a demand gives no rows: the entry is requested like any other
    assert not Deadline.objects.exists()
