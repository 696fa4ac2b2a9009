"""Challenges of how entries are shared (Art. 15), and the three lists."""

import io

import pytest
from openpyxl import load_workbook

from audit.models import Entry
from catalog.models import Resource, ResourceState
from portal.common.errors import Invalid, NotAllowed, NotFound, WrongState
from portal.home.selectors import inbox_of
from portal.organisation.models import DutyKind
from sharing.matching.models import ClassificationChallenge
from sharing.matching.services import challenges, demands
from tests.catalog.formats.test_dcat import FREE, NOT_SHARED
from tests.factories import ResourceFactory, UserFactory
from tests.html_checks import problems

from .conftest import wanted

pytestmark = pytest.mark.django_db


@pytest.fixture
def barred(cast) -> Resource:
    return ResourceFactory(
        department=cast.civil, state=ResourceState.PUBLISHED, name="收养登记", **NOT_SHARED
    )


@pytest.fixture
def raised(cast, barred) -> ClassificationChallenge:
    return challenges.raise_challenge(
        resource=barred, words="该法并未明确不得提供", by=cast.applicant
    )


def kinds(user):
    return [task.kind for task in inbox_of(user).tasks]


def test_a_challenge_goes_to_the_competent_department_and_its_decision_to_the_provider(
    cast, raised
):
    assert kinds(cast.officer) == ["challenge_decide"]
    held = challenges.state_view(challenge=raised, words="涉及收养人隐私", by=cast.provider_steward)
    with pytest.raises(WrongState):
        challenges.state_view(challenge=held, words="再述", by=cast.provider_head)
    challenges.decide(
        challenge=raised, outcome="review", words="依据不足，改为有条件共享", by=cast.officer
    )
    assert kinds(cast.officer) == []
    assert kinds(cast.provider_steward) == ["challenge_review"]
    with pytest.raises(WrongState):
        challenges.decide(challenge=raised, outcome="stands", words="维持", by=cast.officer)
    actions = Entry.objects.filter(action__startswith="matching.challenge.")
    assert sorted(actions.values_list("action", flat=True)) == [
        "matching.challenge.decide",
        "matching.challenge.raise",
        "matching.challenge.view",
    ]


def test_what_stands_leaves_no_task(cast, raised):
    challenges.decide(challenge=raised, outcome="stands", words="依据明确", by=cast.officer)
    assert kinds(cast.provider_steward) == []


def test_nobody_else_decides_and_nobody_their_own_case(cast, raised):
    for other in (cast.applicant, cast.provider_head, cast.stranger):
        with pytest.raises(NotAllowed):
            challenges.decide(challenge=raised, outcome="stands", words="维持", by=other)
    own = challenges.raise_challenge(
        resource=raised.resource,
        words="同样需要",
        by=UserFactory(department=cast.bigdata, duties=[DutyKind.STAFF]),
    )
    with pytest.raises(NotAllowed):
        challenges.decide(challenge=own, outcome="review", words="改", by=cast.officer)
    assert not ClassificationChallenge.objects.exclude(decided_at=None).exists()


@pytest.mark.parametrize(
    "given", [{"outcome": "maybe", "words": "甲"}, {"outcome": "stands", "words": " "}]
)
def test_a_decision_says_what_and_why(cast, raised, given):
    with pytest.raises(Invalid):
        challenges.decide(challenge=raised, by=cast.officer, **given)
    raised.refresh_from_db()
    assert raised.is_open


def test_what_cannot_be_challenged_is_refused(cast, barred, raised):
    free = ResourceFactory(department=cast.civil, state=ResourceState.PUBLISHED, **FREE)
    for resource, by in (
        (barred, cast.head),
        (barred, cast.provider_steward),
        (free, cast.applicant),
    ):
        with pytest.raises(NotAllowed):
            challenges.raise_challenge(resource=resource, words="应当共享", by=by)
    draft = ResourceFactory(department=cast.civil)
    with pytest.raises(NotFound):
        challenges.raise_challenge(resource=draft, words="应当共享", by=cast.applicant)
    with pytest.raises(Invalid):
        challenges.raise_challenge(resource=barred, words=" ", by=cast.stranger)
    assert ClassificationChallenge.objects.count() == 1


def test_the_pages_lead_from_the_entry_to_the_decision(cast, barred, signed_in):
    client = signed_in(cast.applicant)
    assert (
        f"/sharing/challenges/new/{barred.pk}/"
        in client.get(f"/catalog/{barred.pk}/").content.decode()
    )
    path = f"/sharing/challenges/new/{barred.pk}/"
    assert problems(client.get(path).content.decode()) == []
    assert client.post(path, {"words": ""}).status_code == 422
    assert client.post(path, {"words": "依据不明确"}).status_code == 302
    one = ClassificationChallenge.objects.get().get_absolute_url()
    provider, officer = signed_in(cast.provider_steward), None
    assert provider.post(f"{one}view/", {"words": "涉及隐私"}).status_code == 302
    officer = signed_in(cast.officer)
    assert problems(officer.get(one).content.decode()) == []
    assert officer.post(f"{one}decide/", {"outcome": "review"}).status_code == 422
    sent = {"outcome": "review", "words": "应当改为有条件共享"}
    assert officer.post(f"{one}decide/", sent).status_code == 302
    assert officer.post(f"{one}decide/", sent).status_code == 409
    assert "应当改为有条件共享" in signed_in(cast.applicant).get(one).content.decode()
    assert signed_in(cast.stranger).get(one).status_code == 404
    assert problems(signed_in(cast.officer).get("/sharing/challenges/").content.decode()) == []


def test_the_api_raises_views_and_decides(cast, barred, signed_in):
    def sent(user, path, **body):
        return signed_in(user).post(path, body, content_type="application/json")

    path = "/api/v1/challenges/"
    made = sent(cast.applicant, path, resource=barred.pk, words="依据不明确")
    assert made.status_code == 201
    one = f"{path}{made.json()['id']}/"
    assert sent(cast.stranger, f"{one}view/", words="x").status_code == 404
    assert sent(cast.provider_head, f"{one}view/", words="涉及隐私").json()["view"] == "涉及隐私"
    held = sent(cast.officer, f"{one}decide/", outcome="stands", words="依据明确").json()
    assert held["outcome"] == "stands"
    assert signed_in(cast.applicant).get(one).json()["opinion"] == "依据明确"


def test_each_entry_stands_in_one_list_and_the_files_hold_the_same(
    cast, resource, barred, signed_in
):
    demands.post(data=wanted(), by=cast.applicant)
    client = signed_in(cast.applicant)
    expected = {
        "responsibility": [resource.name],
        "demand": [wanted().title],
        "negative": [barred.name],
    }
    for kind, names in expected.items():
        path = f"/sharing/lists/{kind}/"
        page = client.get(path).content.decode()
        assert problems(page) == []
        assert all(name in page for name in names)
        text = client.get(f"{path}export.csv").getvalue().decode("utf-8-sig").splitlines()
        assert [line.split(",")[0] for line in text[1:]] == names
        book = load_workbook(io.BytesIO(client.get(f"{path}export.xlsx").getvalue()))
        assert [row[0] for row in book.active.iter_rows(min_row=2, values_only=True)] == names
        listed = client.get(f"/api/v1/lists/{kind}/").json()["results"]
        assert [next(iter(one.values())) for one in listed] == names
    assert client.get("/sharing/lists/wish/").status_code == 404
    assert client.get("/sharing/lists/demand/export.pdf").status_code == 404


def test_the_negative_list_names_the_law_and_nothing_that_may_not_be_seen(cast, barred, signed_in):
    hidden = ResourceFactory(
        department=cast.civil,
        state=ResourceState.PUBLISHED,
        visibility="provider",
        name="内部事项",
        **NOT_SHARED,
    )
    page = signed_in(cast.applicant).get("/sharing/lists/negative/").content.decode()
    assert "中华人民共和国个人信息保护法" in page
    assert hidden.name not in page
