"""A demand from its posting to an entry of the catalogue, or to a reasoned no."""

import pytest

from audit.models import Entry
from catalog.models import ResourceState
from portal.common.errors import DomainError, Invalid, NotAllowed, StaleVersion, WrongState
from portal.home.selectors import inbox_of
from portal.organisation.models import DutyKind
from sharing.matching.models import Demand, DemandMove, DemandState
from sharing.matching.selectors import demand_of, similar_to
from sharing.matching.services import demands
from sharing.matching.services.demands import RULES
from tests.factories import DepartmentFactory, ResourceFactory, UserFactory
from tests.html_checks import problems

from .conftest import wanted

pytestmark = pytest.mark.django_db
# Who makes which move: all others are refused.
ACTORS = {
    "officer": {"match", "refuse", "merge", "link"},
    "steward": {"accept", "decline", "link"},
    "provider_head": {"accept", "decline", "link"},
    "applicant": {"withdraw"},
    "head": {"withdraw"},
    "stranger": {"join"},
    "admin": set(),
}


def kinds(user):
    return [task.kind for task in inbox_of(user).tasks]


@pytest.fixture
def entry(cast):
    return ResourceFactory(
        department=cast.civil, state=ResourceState.PUBLISHED, name="残疾人补贴发放"
    )


def brought(cast, entry, state):
    """A demand in this state, matched to the civil affairs department where it is matched."""
    made = demands.post(data=wanted(), by=cast.applicant)
    other = demands.post(data=wanted(title="其他需求"), by=cast.stranger)
    fields = {"state": state}
    if state in {"matched", "accepted", "listed"}:
        fields["matched_to"] = cast.civil
    if state == "listed":
        fields["resource"] = entry
    if state == "merged":
        fields["merged_into"] = other
    Demand.objects.filter(pk=made.pk).update(**fields)
    made.refresh_from_db()
    return made, other


def make(cast, entry, demand, other, move, by):
    facts = {
        "match": {"department": cast.civil},
        "link": {"resource": entry},
        "merge": {"into": other},
    }.get(move, {})
    return getattr(demands, move)(
        demand=demand, version=demand.version, words="理由", by=by, **facts
    )


@pytest.mark.parametrize("state", DemandState.values)
@pytest.mark.parametrize("move", [str(one) for one in RULES])
def test_every_move_is_of_its_state_and_its_people_and_nothing_else_changes(
    cast, steward, entry, state, move
):
    people = {
        "officer": cast.officer,
        "steward": steward,
        "provider_head": cast.provider_head,
        "applicant": cast.applicant,
        "head": cast.head,
        "stranger": cast.stranger,
        "admin": UserFactory(duties=[DutyKind.SYSTEM_ADMIN]),
    }
    for name, by in people.items():
        demand, other = brought(cast, entry, state)
        before = (demand.state, demand.version, demand.matched_to_id)
        recorded = Entry.objects.filter(action=f"matching.demand.{move}").count()
        is_theirs = move in ACTORS[name]
        # The stewards' moves are theirs only of a demand that is matched to them.
        if name in {"steward", "provider_head"} and demand.matched_to_id is None:
            is_theirs = False
        if name in {"steward", "provider_head"} and move == "join":
            is_theirs = demand.matched_to_id is None
        if is_theirs and state in RULES[DemandMove(move)][0]:
            held = make(cast, entry, demand, other, move, by)
            assert held.state == (RULES[DemandMove(move)][1] or state)
            assert held.version == demand.version + 1
            assert Entry.objects.filter(action=f"matching.demand.{move}").count() == recorded + 1
            continue
        with pytest.raises(DomainError) as refused:
            make(cast, entry, demand, other, move, by)
        assert refused.type is (WrongState if is_theirs else NotAllowed)
        demand.refresh_from_db()
        assert (demand.state, demand.version, demand.matched_to_id) == before
        assert Entry.objects.filter(action=f"matching.demand.{move}").count() == recorded


def test_the_whole_way_with_the_tasks_of_each(cast, steward, entry):
    made = demands.post(data=wanted(), by=cast.applicant)
    assert made.number.startswith("GXXQ-")
    assert kinds(cast.officer) == ["demand_posted"]
    held = demands.match(demand=made, version=1, department=cast.civil, by=cast.officer)
    assert (kinds(cast.officer), kinds(steward)) == ([], ["demand_matched"])
    held = demands.accept(demand=held, version=2, by=steward)
    assert kinds(steward) == ["demand_accepted"]
    demands.link(demand=held, version=3, resource=entry, by=steward)
    assert kinds(steward) == []
    assert kinds(cast.applicant) == ["demand_listed"]
    assert Demand.objects.get().resource == entry


def test_what_is_declined_is_matched_anew(cast, steward, matched):
    with pytest.raises(Invalid):
        demands.decline(demand=matched, version=matched.version, words=" ", by=steward)
    held = demands.decline(
        demand=matched, version=matched.version, words="本厅不掌握该数据", by=steward
    )
    assert (held.state, held.matched_to) == (DemandState.POSTED, None)
    assert kinds(cast.officer) == ["demand_posted"]


def test_a_no_has_its_reasons(cast, posted):
    with pytest.raises(Invalid):
        demands.refuse(demand=posted, version=1, words="", by=cast.officer)
    held = demands.refuse(demand=posted, version=1, words="无部门采集", by=cast.officer)
    assert held.steps.first().words == "无部门采集"


def test_similar_demands_are_shown_and_merge_with_who_needs_them(cast, posted, joiner):
    like = demands.post(data=wanted(title="残疾人补贴名单"), by=cast.stranger)
    demands.post(data=wanted(title="车辆年检结果", description="车牌、年检日期"), by=cast.stranger)
    assert similar_to(cast.officer, posted) == [like]
    demands.join(demand=like, version=1, by=joiner)
    demands.merge(demand=like, version=2, into=posted, by=cast.officer)
    like.refresh_from_db()
    assert (like.state, like.merged_into) == (DemandState.MERGED, posted)
    assert set(posted.joined.all()) == {cast.stranger.department, joiner.department}


def test_a_demand_does_not_merge_into_itself_or_a_closed_one(cast, posted):
    closed = demands.post(data=wanted(), by=cast.stranger)
    demands.withdraw(demand=closed, version=1, by=cast.stranger)
    for other in (posted, closed, None):
        with pytest.raises(Invalid):
            demands.merge(demand=posted, version=1, into=other, by=cast.officer)
    assert Demand.objects.get(pk=posted.pk).state == DemandState.POSTED


def test_nobody_joins_twice_or_their_own(cast, posted, joiner):
    demands.join(demand=posted, version=1, by=joiner)
    with pytest.raises(WrongState):
        demands.join(demand=posted, version=2, by=joiner)
    with pytest.raises(NotAllowed):
        demands.join(demand=posted, version=2, by=cast.head)
    assert list(posted.joined.all()) == [joiner.department]


def test_only_a_published_entry_of_the_matched_department_answers_it(cast, steward, accepted):
    draft = ResourceFactory(department=cast.civil)
    others = ResourceFactory(state=ResourceState.PUBLISHED)
    for wrong in (draft, others, None):
        with pytest.raises(Invalid):
            demands.link(demand=accepted, version=accepted.version, resource=wrong, by=steward)
    assert Demand.objects.get(pk=accepted.pk).state == DemandState.ACCEPTED


def test_a_decision_on_old_grounds_is_refused(cast, posted, joiner):
    demands.join(demand=posted, version=1, by=joiner)
    with pytest.raises(StaleVersion):
        demands.match(demand=posted, version=1, department=cast.civil, by=cast.officer)
    assert Demand.objects.get().state == DemandState.POSTED


def test_it_is_not_matched_to_who_needs_it_or_a_closed_department(cast, posted):
    for wrong in (cast.education, DepartmentFactory(is_active=False)):
        with pytest.raises(Invalid):
            demands.match(demand=posted, version=1, department=wrong, by=cast.officer)


@pytest.mark.parametrize("field", ["title", "description", "use_basis", "use_scene"])
def test_a_demand_says_what_it_must(cast, field):
    with pytest.raises(Invalid) as refused:
        demands.post(data=wanted(**{field: " "}), by=cast.applicant)
    assert list(refused.value.fields) == [field]
    assert not Demand.objects.exists()


def test_the_pages_lead_through_it(cast, steward, entry, signed_in):
    client = signed_in(cast.applicant)
    assert client.post("/sharing/demands/new/", {"title": "名单"}).status_code == 422
    sent = {
        "title": "名单",
        "description": "姓名",
        "use_basis": "职责",
        "use_scene": "核验",
    }
    assert client.post("/sharing/demands/new/", sent).status_code == 302
    path = Demand.objects.get().get_absolute_url()
    for page in ("/sharing/demands/", "/sharing/demands/new/", path):
        assert problems(client.get(page).content.decode()) == []
    officer = signed_in(cast.officer)
    assert officer.post(f"{path}match/", {"version": 1}).status_code == 422
    assert officer.post(f"{path}nothing/", {"version": 1}).status_code == 404
    done = officer.post(f"{path}match/", {"version": 1, "department": cast.civil.pk})
    assert done.status_code == 302
    assert officer.post(f"{path}match/", {"version": 2}).status_code in {409, 422}
    answerer = signed_in(steward)
    assert problems(answerer.get(path).content.decode()) == []
    assert answerer.post(f"{path}accept/", {"version": 2}).status_code == 302
    assert answerer.post(f"{path}link/", {"version": 3, "resource": entry.pk}).status_code == 302
    assert entry.name in client.get(path).content.decode()
    assert client.post(f"{path}refuse/", {"version": 4}).status_code == 403


def test_administrators_see_no_demands(cast, posted, signed_in):
    admin = signed_in(UserFactory(duties=[DutyKind.AUDIT_ADMIN]))
    assert admin.get(posted.get_absolute_url()).status_code == 404
    assert posted.title not in admin.get("/sharing/demands/").content.decode()


def test_the_api_posts_and_moves_one(cast, steward, entry, signed_in):
    def sent(user, path, **body):
        return signed_in(user).post(path, body, content_type="application/json")

    path = "/api/v1/demands/"
    assert sent(cast.applicant, path, title="x").status_code == 422
    made = sent(
        cast.applicant,
        path,
        title="名单",
        description="姓名",
        use_basis="职责",
        use_scene="核验",
    )
    assert made.status_code == 201
    one = f"{path}{made.json()['number']}/"
    assert sent(cast.officer, f"{one}match/", version=1, department=0).status_code == 422
    assert (
        sent(cast.officer, f"{one}match/", version=1, department=cast.civil.pk).json()["state"]
        == "matched"
    )
    assert sent(cast.officer, f"{one}sing/", version=1).status_code == 404
    assert sent(steward, f"{one}link/", version=2, resource=entry.pk).json()["resource"] == entry.pk
    assert demand_of(cast.stranger, made.json()["number"]).state == DemandState.LISTED
