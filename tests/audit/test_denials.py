"""Who is refused a page or an act is in the trail, once, whatever the refusal rolled back."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import timedelta

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from django.utils import timezone

from audit.denials import Denial, DenialMiddleware, count_repeated, note
from audit.identity import identity_of
from audit.models import Entry, RepeatedDenial, Result
from audit.services import record
from portal.common.errors import NotAllowed, NotFound
from portal.organisation.models import DutyKind, User
from portal.organisation.services import systems
from tests.factories import UserFactory
from tests.trail import denials
from tests.world import World, make_world

NEW_DEPARTMENT = "/organisation/departments/new/"
LATER = timedelta(minutes=3)


@pytest.fixture
def staff(db) -> User:
    return UserFactory(duties=[DutyKind.STAFF])


@pytest.fixture
def world(db) -> World:
    return make_world()


def test_a_refused_page_leaves_who_what_why_and_from_where(client, staff) -> None:
    # given
    client.force_login(staff)

    # when
    answer = client.get(
        NEW_DEPARTMENT,
        {"q": "110101199003070011"},
        headers={"accept-language": "en", "x-request-id": "abcd-1234"},
        REMOTE_ADDR="10.7.7.7",
    )

    # then
    assert answer.status_code == 403
    (entry,) = Entry.objects.all()
    assert (entry.action, entry.result) == ("audit.access.deny", Result.DENIED)
    assert (entry.actor_kind, entry.actor_id) == ("person", str(staff.pk))
    assert (entry.request_id, entry.ip) == ("abcd-1234", "10.7.7.7")
    assert (entry.target_type, entry.target_label) == ("", "")
    reason = entry.data.pop("reason")
    assert reason
    assert reason in answer.content.decode()
    assert entry.data == {
        "method": "GET",
        "path": NEW_DEPARTMENT,  # the question is not kept: it may be about a person
        "page": "organisation:department_create",
        "status": 403,
        "code": "not_allowed",
    }


@pytest.mark.parametrize("given", [{}, {"x-request-id": "not sound!"}])
def test_the_entry_bears_the_request_id_that_the_answer_tells(client, staff, given) -> None:
    client.force_login(staff)

    answer = client.get(NEW_DEPARTMENT, headers=given)

    entry = Entry.objects.get()
    assert entry.request_id == answer.headers["X-Request-ID"] != given.get("x-request-id")


def test_a_refused_act_of_a_system_is_about_the_thing_that_its_address_names(world) -> None:
    # given
    address = f"/api/v1/agreements/{world.agreement.number}/activate/"
    last = Entry.objects.latest("id").pk

    # when
    answer = world.client("system").post(address, {"version": 1}, "application/json")

    # then
    assert answer.status_code == 403
    (entry,) = Entry.objects.filter(pk__gt=last)
    assert (entry.action, entry.actor_kind) == ("audit.access.deny", "system")
    assert (entry.target_type, entry.target_id) == ("sharing.agreement", str(world.agreement.pk))
    assert world.agreement.provider_id in entry.department_ids
    assert entry.data["reason"] == answer.json()["message"]


def test_what_is_hidden_and_what_is_not_there_leave_the_same_words(world) -> None:
    # given
    last = Entry.objects.latest("id").pk
    client = world.client("stranger")

    # when
    answers = [
        client.get(f"/sharing/agreements/{number}/") for number in (world.agreement.number, "GX-0")
    ]

    # then
    assert [answer.status_code for answer in answers] == [404, 404]
    hidden, absent = Entry.objects.filter(pk__gt=last).order_by("id")
    for entry in (hidden, absent):
        assert (entry.action, entry.result) == ("audit.access.miss", Result.DENIED)
        assert (entry.target_type, entry.target_id, entry.target_label) == ("", "", "")
        assert entry.department_ids == [world.people["stranger"].department_id]
    assert hidden.data.pop("path") == f"/sharing/agreements/{world.agreement.number}/"
    assert absent.data.pop("path") == "/sharing/agreements/GX-0/"
    assert hidden.data == absent.data
    assert str(world.resource) not in str(hidden.data)


@pytest.mark.parametrize("address", ["/nowhere/", "/catalog/not-a-number/"])
def test_an_address_of_no_page_is_no_act(client, staff, address) -> None:
    client.force_login(staff)

    assert client.get(address).status_code == 404

    assert denials() == []


@pytest.mark.parametrize(
    ("address", "status"),
    [(NEW_DEPARTMENT, 302), ("/api/v1/requests/", 401), ("/sharing/agreements/GX-0/", 302)],
)
def test_who_is_not_known_has_not_acted(client, db, address, status) -> None:
    assert client.get(address).status_code == status

    assert denials() == []


def test_a_denied_pull_and_a_denied_look_at_the_trail_leave_their_own_entry_alone(world) -> None:
    # given
    last = Entry.objects.latest("id").pk

    # when
    pull = world.client("steward").get(f"/api/v1/agreements/{world.agreement.number}/rows/")
    look = world.client("steward").get("/audit/")

    # then
    assert (pull.status_code, look.status_code) == (403, 403)
    left = Entry.objects.filter(pk__gt=last).order_by("id")
    assert [one.action for one in left] == ["sharing.pull.deny", "audit.search"]


def test_a_token_that_lacks_the_scope_names_its_system(world) -> None:
    # given
    new = systems.issue_client(system=world.system, by=world.people["requester_head"])
    form = {
        "grant_type": "client_credentials",
        "scope": "read",
        "client_id": new.client_id,
        "client_secret": new.client_secret,
    }
    token = Client().post("/oauth/token/", form).json()["access_token"]
    last = Entry.objects.latest("id").pk

    # when

    answer = Client().post(
        f"/api/v1/agreements/{world.agreement.number}/activate/",
        {"version": 1},
        "application/json",
        headers={"authorization": f"Bearer {token}"},
    )

    # then
    assert answer.status_code == 403
    (entry,) = Entry.objects.filter(pk__gt=last)
    assert (entry.actor_kind, entry.actor_id) == ("system", str(world.system.pk))
    assert entry.data["code"] == "scope_missing"


# The middleware itself, before a view that does what no page does on purpose.


def asked(by: object, answer: Iterator[object] | object) -> HttpRequest:
    request = RequestFactory().post("/somewhere/7/")
    request.user = by
    request.resolver_match = None
    DenialMiddleware(answer)(request)  # type: ignore[arg-type]
    return request


def test_a_denial_that_its_own_act_rolled_back_is_recorded_all_the_same(staff) -> None:
    # given
    def view(request: HttpRequest) -> HttpResponse:
        try:
            with transaction.atomic():
                record(actor=staff, action="audit.search", target=None, result=Result.DENIED)
                raise NotAllowed("not you")
        except NotAllowed:
            return HttpResponse(status=403)

    # when
    asked(staff, view)

    # then
    (entry,) = Entry.objects.all()
    assert (entry.action, entry.data["reason"]) == ("audit.access.deny", "not you")


def test_a_refusal_that_a_form_shows_is_one_too(staff) -> None:
    def view(request: HttpRequest) -> HttpResponse:
        try:
            raise NotAllowed("four eyes")
        except NotAllowed as refusal:
            return HttpResponse(str(refusal.message), status=422)

    asked(staff, view)

    (entry,) = Entry.objects.all()
    assert (entry.data["status"], entry.data["reason"]) == (422, "four eyes")


def test_a_wrong_state_or_wrong_input_is_no_denial(staff) -> None:
    asked(staff, lambda request: HttpResponse(status=409))
    asked(staff, lambda request: HttpResponse(status=422))
    asked(AnonymousUser(), lambda request: HttpResponse(status=403))

    assert Entry.objects.count() == 0


def test_a_refusal_outside_of_a_request_is_heard_by_nobody_and_held_by_none(staff) -> None:
    NotAllowed("in a task")

    asked(staff, lambda request: HttpResponse())

    assert Entry.objects.count() == 0


def test_a_flood_of_one_refusal_is_an_entry_a_minute_and_a_count(client, staff) -> None:
    # given
    client.force_login(staff)
    began = timezone.now().replace(second=0, microsecond=0)

    # when
    for _time in range(7):
        assert client.get(NEW_DEPARTMENT).status_code == 403
    count_repeated()  # the minute is not over
    minutes = RepeatedDenial.objects.count()
    made = count_repeated(now=timezone.now() + LATER)

    # then
    firsts = [one for one in denials() if one.action == "audit.access.deny"]
    repeats = [one for one in denials() if one.action == "audit.access.repeat"]
    assert len(firsts) == minutes <= 1 + (timezone.now() - began) // timedelta(minutes=1)
    assert len(repeats) == made
    assert len(firsts) + sum(one.data["times"] for one in repeats) == 7
    first, repeat = firsts[0], repeats[0]
    assert repeat.data == {**first.data, "entry": first.pk, "times": repeat.data["times"]}
    assert (repeat.actor_id, repeat.ip, repeat.result) == (first.actor_id, first.ip, "denied")
    assert RepeatedDenial.objects.count() == 0
    assert count_repeated(now=timezone.now() + LATER) == 0


def test_other_people_methods_and_addresses_are_refusals_of_their_own(client, staff) -> None:
    client.force_login(staff)
    client.get(NEW_DEPARTMENT)
    client.post(NEW_DEPARTMENT)
    client.get("/organisation/people/open/")
    client.force_login(UserFactory(duties=[DutyKind.STAFF]))
    client.get(NEW_DEPARTMENT)

    assert [one.action for one in denials()] == ["audit.access.deny"] * 4


@pytest.mark.django_db(transaction=True)
def test_refusals_at_once_are_all_counted_while_the_counting_goes_on() -> None:
    # given
    person = UserFactory(duties=[DutyKind.STAFF])
    who = identity_of(person)
    data = {"method": "GET", "path": "/x/", "page": "", "status": 403, "code": "forbidden"}

    def refused(times: int) -> None:
        with closing(connection):
            for _time in range(times):
                note(Denial("audit.access.deny", None, data), who)

    def counted() -> None:
        with closing(connection):
            for _time in range(20):
                count_repeated(now=timezone.now() + LATER)

    # when
    with ThreadPoolExecutor(5) as threads:
        works = [threads.submit(refused, 25) for _thread in range(4)]
        works.append(threads.submit(counted))
    for work in works:
        work.result()
    count_repeated(now=timezone.now() + LATER)

    # then
    told = [one.data.get("times", 1) for one in denials()]
    assert sum(told) == 100
    assert RepeatedDenial.objects.count() == 0


def test_not_found_by_a_service_is_told_by_its_address_alone(staff) -> None:
    def view(request: HttpRequest) -> HttpResponse:
        raise NotFound("there is no such thing")

    with pytest.raises(NotFound):
        asked(staff, view)

    assert Entry.objects.count() == 0
