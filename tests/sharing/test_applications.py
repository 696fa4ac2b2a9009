"""Several resources of one purpose: the basket, the application, and each part on its own way."""

import pytest
from django.test import Client
from django.urls import reverse

from catalog.models import SharingAttribute
from portal.common.errors import (
    DomainError,
    Invalid,
    NotAllowed,
    NotFound,
    StaleVersion,
    WrongState,
)
from sharing.models import Application, BasketEntry, Deadline, RequestState, SharingRequest
from sharing.selectors.applications import application_page, basket_of
from sharing.services import applications, requests
from sharing.services.requests import RequestData
from tests.factories import DepartmentFactory, ResourceFactory, in_days
from tests.html_checks import problems
from tests.sharing.conftest import data

pytestmark = pytest.mark.django_db


@pytest.fixture
def others(cast, resource):
    """One more of the same provider, shared with everybody, and one of another provider."""
    free = ResourceFactory(
        department=cast.civil,
        name="无条件的",
        state="published",
        sharing_attribute=SharingAttribute.UNCONDITIONAL,
        sharing_scope="",
        sharing_purpose="",
        sharing_conditions="",
    )
    elsewhere = ResourceFactory(
        department=DepartmentFactory(region=cast.civil.region), name="别处的", state="published"
    )
    return [resource, free, elsewhere]


@pytest.fixture
def application(cast, others):
    return applications.make(parts=[(one, data()) for one in others], by=cast.applicant)


@pytest.fixture
def signed_in():
    """A browser a person, for several are at work here at once."""

    def opened(person):
        browser = Client()
        browser.force_login(person)
        return browser

    return opened


def page(application, user):
    return application_page(user, application.number)


def states(application):
    return sorted(application.requests.values_list("state", flat=True))


def test_a_basket_keeps_a_resource_once_and_gives_it_back(cast, resource):
    applications.put_in_basket(resource=resource, by=cast.applicant)
    applications.put_in_basket(resource=resource, by=cast.applicant)

    assert [line.resource for line in basket_of(cast.applicant)] == [resource]
    assert basket_of(cast.head) == []
    applications.take_from_basket(resource_ids=[resource.pk], by=cast.applicant)
    assert basket_of(cast.applicant) == []


def test_what_cannot_be_asked_for_is_not_put_aside(cast, resource):
    hidden = ResourceFactory(department=cast.civil, state="draft")
    with pytest.raises(NotFound):
        applications.put_in_basket(resource=hidden, by=cast.applicant)
    with pytest.raises(NotAllowed):
        applications.put_in_basket(resource=resource, by=cast.provider_head)
    assert not BasketEntry.objects.exists()


def test_a_basket_is_bounded(cast, resource):
    # given: as many as there may be
    for number in range(applications.MOST_PARTS):
        one = ResourceFactory(department=cast.civil, name=f"数据 {number}", state="published")
        applications.put_in_basket(resource=one, by=cast.applicant)
    full = [line.resource for line in basket_of(cast.applicant)]

    # when
    with pytest.raises(DomainError) as refusal:
        applications.put_in_basket(resource=resource, by=cast.applicant)

    # then
    assert refusal.value.code == "basket_full"
    assert len(full) == applications.MOST_PARTS
    assert [line.resource for line in basket_of(cast.applicant)] == full


def test_an_application_makes_a_draft_of_each_and_empties_the_basket(cast, others):
    for one in others:
        applications.put_in_basket(resource=one, by=cast.applicant)

    made = applications.make(parts=[(one, data()) for one in others[:2]], by=cast.applicant)

    assert made.number.startswith("GXSQ-")
    assert states(made) == [RequestState.DRAFT, RequestState.DRAFT]
    assert [line.resource for line in basket_of(cast.applicant)] == [others[2]]


def test_one_that_cannot_be_asked_for_stops_all_of_it(cast, others):
    requests.start_request(resource=others[1], data=data(), by=cast.applicant)

    with pytest.raises(Invalid) as refusal:
        applications.make(parts=[(one, data()) for one in others], by=cast.applicant)

    (words,) = refusal.value.fields["resources"]
    assert words.startswith("无条件的")
    assert not Application.objects.exists()
    assert SharingRequest.objects.count() == 1


def test_each_part_has_its_own_clock_from_the_approval_on(cast, application):
    shown = page(application, cast.applicant)
    applications.submit(application=application, seen=shown.seen, by=cast.applicant)
    shown = page(application, cast.head)
    assert [len(one.parts) for one in shown.providers] == [2, 1]

    applications.approve(application=application, seen=shown.seen, opinion="同意", by=cast.head)

    assert states(application) == [RequestState.RECEIVED] * 3
    limits = Deadline.objects.filter(request__application=application)
    assert sorted(limits.values_list("limit_days", flat=True)) == [1, 10, 10]  # Art. 21
    # and a provider sees its own requests, not the application
    assert page(application, cast.provider_head) is None
    assert SharingRequest.objects.permitted(cast.provider_head).count() == 2


def test_what_one_part_lacks_holds_all_of_them_back_and_says_which(cast, others):
    made = applications.make(
        parts=[(others[0], data()), (others[1], data(items=()))], by=cast.applicant
    )
    shown = page(made, cast.applicant)
    assert shown.is_complete is False

    with pytest.raises(Invalid) as refusal:
        applications.submit(
            application=made, seen=shown.seen, is_vouched_for=True, by=cast.applicant
        )

    (words,) = refusal.value.fields["parts"]
    assert words.startswith("无条件的")
    assert states(made) == [RequestState.DRAFT] * 2


def test_the_purpose_is_said_once_for_all_drafts(cast, application):
    shown = page(application, cast.applicant)
    said = RequestData(
        use_basis="新依据",
        use_scene="新场景",
        use_scope="新范围",
        use_until=in_days(30),
        security_measures="加密",
        use_frequency="monthly",
    )

    applications.change_purpose(
        application=application, seen=shown.seen, data=said, by=cast.applicant
    )

    for one in application.requests.all():
        assert (one.use_scene, one.use_frequency, one.use_until) == (
            "新场景",
            "monthly",
            in_days(30),
        )
        assert one.requested_items.count() == 2  # what each asks for stays
        assert one.version == 2


def test_the_head_sends_all_back_with_reasons(cast, application):
    applications.submit(
        application=application, seen=page(application, cast.applicant).seen, by=cast.applicant
    )
    seen = page(application, cast.head).seen
    with pytest.raises(Invalid):
        applications.send_back(application=application, seen=seen, opinion=" ", by=cast.head)
    assert states(application) == [RequestState.INTERNAL_REVIEW] * 3

    applications.send_back(application=application, seen=seen, opinion="补充依据", by=cast.head)

    assert states(application) == [RequestState.RETURNED] * 3


ACTS = {
    "submit": applications.submit,
    "approve": applications.approve,
    "send_back": lambda **given: applications.send_back(opinion="理由", **given),
}


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize("state", ["draft", "internal_review", "received"])
@pytest.mark.parametrize("actor", ["applicant", "head", "provider_head", "officer", "stranger"])
def test_every_other_combination_is_refused_and_changes_nothing(
    cast, application, act, state, actor
):
    # given
    if state != "draft":
        seen = page(application, cast.applicant).seen
        applications.submit(application=application, seen=seen, by=cast.applicant)
    if state == "received":
        seen = page(application, cast.head).seen
        applications.approve(application=application, seen=seen, by=cast.head)
    before = states(application)
    fits = {
        ("submit", "draft", "applicant"),
        ("approve", "internal_review", "head"),
        ("send_back", "internal_review", "head"),
    }
    seen = page(application, cast.applicant).seen
    by = getattr(cast, actor)
    # when, then
    if (act, state, actor) in fits:
        ACTS[act](application=application, seen=seen, by=by)
        assert states(application) != before
        return
    with pytest.raises((NotAllowed, WrongState)):
        ACTS[act](application=application, seen=seen, by=by)
    assert states(application) == before


def test_nobody_decides_on_what_they_have_not_seen(cast, application):
    seen = page(application, cast.applicant).seen
    one = application.requests.first()
    requests.change_draft(
        request=one, version=one.version, data=data(use_scene="别的"), by=cast.applicant
    )

    with pytest.raises(StaleVersion):
        applications.submit(application=application, seen=seen, by=cast.applicant)
    assert states(application) == [RequestState.DRAFT] * 3


def test_from_the_basket_to_the_providers_by_page(cast, others, signed_in):
    # given
    applicant, head = signed_in(cast.applicant), signed_in(cast.head)
    basket = reverse("sharing:basket")
    assert problems(applicant.get(basket).content.decode()) == []
    for one in others:
        applicant.post(reverse("sharing:basket_add", args=[one.pk]))
    assert problems(applicant.get(basket).content.decode()) == []
    # when nothing is chosen, it says so
    assert applicant.post(basket, {}).status_code == 422
    said = {
        "resources": [one.pk for one in others[:2]],
        "use_basis": "依据",
        "use_scene": "场景",
        "use_scope": "范围",
        "use_until": in_days(30).isoformat(),
    }
    made_at = applicant.post(basket, said).headers["Location"]
    made = Application.objects.get()
    assert made_at == made.get_absolute_url()
    assert problems(applicant.get(made_at).content.decode()) == []
    for one in made.requests.all():
        step = reverse("sharing:request_step", args=[one.number, "data"])
        assert applicant.post(step, {"version": 1, "items": ["name"]}).status_code == 302

    def act(caller, name, **given):
        address = reverse(f"sharing:application_{name}", args=[made.number])
        form = caller.get(address)
        assert problems(form.content.decode()) == []
        return caller.post(address, {"seen": form.context["form"]["seen"].value(), **given})

    assert act(applicant, "purpose", **{**said, "use_scene": "新场景"}).status_code == 302
    assert act(applicant, "submit").status_code == 302
    assert act(head, "send_back").status_code == 422
    assert act(head, "approve", opinion="同意").status_code == 302
    # then
    assert states(made) == [RequestState.RECEIVED] * 2
    assert set(made.requests.values_list("use_scene", flat=True)) == {"新场景"}
    assert problems(applicant.get(made_at).content.decode()) == []
    other = made.requests.first()
    shown = signed_in(cast.provider_head).get(other.get_absolute_url()).content.decode()
    assert made.requests.last().number in shown
    assert signed_in(cast.provider_head).get(made_at).status_code == 404


def test_a_draft_keeps_itself(cast, draft, signed_in):
    step = reverse("sharing:request_step", args=[draft.number, "purpose"])
    said = {"use_basis": "依据", "use_scene": "写到一半", "use_scope": "", "version": 1}
    caller = signed_in(cast.applicant)

    kept = caller.post(step, said, headers={"HX-Request": "true"})

    assert kept.status_code == 200
    assert 'name="version" id="draft-version" value="2"' in kept.content.decode()
    draft.refresh_from_db()
    assert (draft.use_scene, draft.version) == ("写到一半", 2)
    # and what is wrong is not kept, and said
    unsound = {**said, "version": 2, "use_scene": "<b>x</b>"}
    answer = caller.post(step, unsound, headers={"HX-Request": "true"})
    assert "draft-version" not in answer.content.decode()
    draft.refresh_from_db()
    assert draft.use_scene == "写到一半"


def test_the_api_makes_and_moves_an_application(cast, others, signed_in):
    applicant, head = signed_in(cast.applicant), signed_in(cast.head)
    parts = [
        {
            "resource": one.pk,
            "items": ["name"],
            "use_basis": "依据",
            "use_scene": "场景",
            "use_scope": "范围",
            "sharing_mode": "interface",
            "use_until": in_days(30).isoformat(),
            "row_filter": [{"column": "code", "op": "starts", "values": ["00"]}],
        }
        for one in others
    ]
    path = "/api/v1/applications/"
    made = applicant.post(path, {"requests": parts}, content_type="application/json")
    assert made.status_code == 201, made.content
    path = f"{path}{made.json()['number']}/"
    assert len(made.json()["requests"]) == 3

    sent = applicant.post(
        f"{path}submit/",
        {"seen": made.json()["seen"], "is_vouched_for": True},
        content_type="application/json",
    )
    assert sent.status_code == 200, sent.content
    stale = head.post(
        f"{path}approve/", {"seen": made.json()["seen"]}, content_type="application/json"
    )
    assert stale.status_code == 409
    let_out = head.post(
        f"{path}approve/", {"seen": head.get(path).json()["seen"]}, content_type="application/json"
    )
    assert {one["state"] for one in let_out.json()["requests"]} == {"received"}
    assert signed_in(cast.stranger).get(path).status_code == 404


def test_the_basket_goes_by_api(cast, others, signed_in):
    caller = signed_in(cast.applicant)

    def sent(path, **body):
        return caller.post(f"/api/v1/{path}", body, content_type="application/json")

    assert [one["resource"] for one in sent("basket/", resource=others[0].pk).json()] == [
        others[0].pk
    ]
    assert len(sent("basket/", resource=others[0].pk).json()) == 1
    assert sent("basket/", resource=0).status_code == 404
    assert sent("basket/").status_code == 422
    assert signed_in(cast.head).get("/api/v1/basket/").json() == []
    assert signed_in(cast.head).delete(f"/api/v1/basket/{others[0].pk}/").status_code == 204
    assert BasketEntry.objects.count() == 1
    assert caller.delete(f"/api/v1/basket/{others[0].pk}/").status_code == 204
    assert caller.get("/api/v1/basket/").json() == []


def test_the_purpose_of_all_drafts_goes_by_api(cast, application, signed_in):
    caller = signed_in(cast.applicant)

    def sent(path, **body):
        return caller.post(f"/api/v1/{path}", body, content_type="application/json")

    seen = page(application, cast.applicant).seen
    address = f"applications/{application.number}/purpose/"
    said = {"use_basis": "新的依据", "use_scene": "新的场景", "use_scope": "处室", "items": ["x"]}
    stale = sent(address, seen="x", **said)
    assert (stale.status_code, stale.json()["code"]) == (409, "stale_version")
    assert sent(address, seen=seen, **said).status_code == 200
    drafts = application.requests.all()
    assert {(one.use_basis, one.use_scene) for one in drafts} == {("新的依据", "新的场景")}
    other = signed_in(cast.provider_head)
    refused = other.post(f"/api/v1/{address}", {"seen": seen}, content_type="application/json")
    assert refused.status_code == 404
