"""Who looks after webhooks, what is refused, and what the pages and the API show."""

import pytest

from audit.models import Entry
from portal.common.errors import Invalid, NotAllowed, StaleVersion, WrongState
from portal.home.selectors import inbox_of
from portal.webhooks.models import Endpoint
from portal.webhooks.services import endpoints
from tests.html_checks import problems

pytestmark = pytest.mark.django_db


def added(cast, keeper, **changes):
    given = {"url": "http://127.0.0.1:8/hook/", "events": ["request.agreed"], **changes}
    return endpoints.add(system=cast.system, by=keeper, **given)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"url": "ftp://127.0.0.1/"}, "url"),
        ({"url": "hook"}, "url"),
        ({"url": "http://user:word@127.0.0.1/"}, "url"),
        ({"url": "http://10.1.2.3/"}, "url"),
        ({"url": "http://169.254.169.254/latest/"}, "url"),
        ({"url": "http://no-such-host.invalid/"}, "url"),
        ({"events": []}, "events"),
        ({"events": ["ping"]}, "events"),
        ({"events": ["weather.changed"]}, "events"),
    ],
)
def test_an_unsound_webhook_is_refused(cast, keeper, changes, field):
    with pytest.raises(Invalid) as refused:
        added(cast, keeper, **changes)
    assert list(refused.value.fields) == [field]
    assert not Endpoint.objects.exists()


def test_in_production_only_https_is_taken(cast, keeper, settings):
    settings.WEBHOOK_HTTPS_ONLY = True
    with pytest.raises(Invalid):
        added(cast, keeper)
    assert added(cast, keeper, url="https://127.0.0.1/hook/").endpoint.is_on


def test_an_address_stands_once_a_system(cast, keeper):
    added(cast, keeper)
    with pytest.raises(Invalid):
        added(cast, keeper)
    assert Endpoint.objects.count() == 1


def test_the_secret_is_sealed_and_never_in_the_trail(cast, keeper):
    made = added(cast, keeper)
    assert made.secret.encode() not in bytes(Endpoint.objects.get().sealed_secret)
    entry = Entry.objects.get(action="webhooks.endpoint.add")
    assert made.secret not in str(entry.data)


def test_nobody_of_another_department_or_without_the_duty_touches_it(cast, keeper):
    made = added(cast, keeper).endpoint
    for other in (cast.applicant, cast.provider_steward, cast.officer, cast.stranger):
        with pytest.raises(NotAllowed):
            endpoints.disable(endpoint=made, version=1, by=other)
        with pytest.raises(NotAllowed):
            endpoints.add(
                system=cast.system, url="http://127.0.0.1:7/", events=["request.agreed"], by=other
            )
    assert Endpoint.objects.get().is_on


def test_a_change_on_old_grounds_is_refused(cast, keeper):
    made = added(cast, keeper).endpoint
    held = endpoints.change(
        endpoint=made, version=1, url=made.url, events=["request.refused"], by=keeper
    )
    assert (held.version, held.events) == (2, ["request.refused"])
    for act in (endpoints.disable, endpoints.rotate, endpoints.remove):
        with pytest.raises(StaleVersion):
            act(endpoint=made, version=1, by=keeper)
    assert Endpoint.objects.get().removed_at is None


def test_what_is_removed_is_gone_and_its_address_free(cast, keeper):
    made = added(cast, keeper).endpoint
    endpoints.remove(endpoint=made, version=1, by=keeper)
    with pytest.raises(WrongState):
        endpoints.enable(endpoint=made, version=2, by=keeper)
    added(cast, keeper)


def test_the_pages_show_add_test_and_switch(cast, keeper, receiver, signed_in):
    client = signed_in(keeper)
    path = f"/organisation/systems/{cast.system.pk}/webhooks/"
    assert client.post(path, {"url": receiver.url}).status_code == 422
    shown = client.post(path, {"url": receiver.url, "events": ["request.agreed"]})
    assert "whsec_" in shown.content.decode()
    assert "whsec_" not in client.get(path).content.decode()
    one = f"{path}{Endpoint.objects.get().pk}/"
    assert client.post(f"{one}test/", follow=True).status_code == 200
    assert b'"type": "ping"' in receiver.arrived[0][1]
    receiver.statuses = [418]
    assert "418" in client.post(f"{one}test/", follow=True).content.decode()
    for page in (path, one):
        assert problems(client.get(page).content.decode()) == []
    assert client.post(f"{one}disable/").status_code == 409
    assert client.post(f"{one}disable/", {"version": 1}).status_code == 302
    assert not Endpoint.objects.get().is_on
    assert signed_in(cast.applicant).post(f"{one}enable/", {"version": 2}).status_code == 403
    assert signed_in(cast.stranger).get(one).status_code == 404


def test_the_api_adds_tests_rotates_and_removes(cast, keeper, receiver, signed_in):
    client = signed_in(keeper)
    path = f"/api/v1/systems/{cast.system.pk}/webhooks/"

    def sent(address, **body):
        return client.post(address, body, content_type="application/json")

    assert sent(path, url=receiver.url, events=["nothing"]).status_code == 422
    made = sent(path, url=receiver.url, events=["request.agreed"])
    assert made.status_code == 201
    one = f"{path}{made.json()['endpoint']['id']}/"
    tried = sent(f"{one}test/").json()
    assert (tried["state"], tried["status"]) == ("delivered", 200)
    assert len(client.get(f"{one}deliveries/").json()["results"]) == 1
    renewed = sent(f"{one}rotate/", version=1).json()
    assert renewed["secret"] != made.json()["secret"]
    assert sent(f"{one}rotate/", version=2, is_leaked="perhaps").status_code == 422
    assert sent(f"{one}disable/", version=1).status_code == 409
    assert sent(f"{one}deliveries/{tried['id']}/replay/").json()["state"] == "waiting"
    assert sent(f"{one}remove/", version=2).status_code == 204
    assert client.get(one).status_code == 404


def test_the_api_changes_address_and_events_for_who_read_the_newest(cast, keeper, signed_in):
    # given
    made = added(cast, keeper).endpoint
    one = f"/api/v1/systems/{cast.system.pk}/webhooks/{made.pk}/"
    tag = signed_in(keeper).get(one)["ETag"]
    other = {"url": "http://127.0.0.1:9/other/", "events": ["request.refused"]}

    def changed(person):
        client, headers = signed_in(person), {"If-Match": tag}
        return client.patch(one, other, content_type="application/json", headers=headers)

    # when
    refused, taken, late = changed(cast.applicant), changed(keeper), changed(keeper)

    # then
    assert (refused.status_code, taken.status_code, late.status_code) == (403, 200, 412)
    assert taken["ETag"] != tag
    made.refresh_from_db()
    assert (made.url, made.events) == (other["url"], other["events"])
    assert Entry.objects.filter(action="webhooks.endpoint.change").count() == 1


def test_one_that_the_portal_switched_off_is_a_task_of_who_looks_after_it(cast, keeper, settings):
    made = added(cast, keeper).endpoint
    assert inbox_of(keeper).tasks == []
    Endpoint.objects.update(disabled_at=made.created_at)
    assert [task.kind for task in inbox_of(keeper).tasks] == ["webhook_off"]
    assert inbox_of(cast.applicant).tasks == []
