"""The page of pushes: the requester sets up and sees receipts, the provider sees them."""

import pytest
from django.urls import reverse
from django.utils import translation

from catalog.sources.schedule import Schedule
from sharing.models import Push, PushTarget
from sharing.push_forms import PushTargetForm
from sharing.services import agreements
from tests.html_checks import problems
from tests.sharing.calls import path, with_key
from tests.sharing.follower import row, sync

from .homes import PASSWORD, pushed

pytestmark = pytest.mark.django_db(transaction=True)


def page(agreement):
    return reverse("sharing:agreement_push", args=[agreement.number])


def form(home, **changes):
    return {
        "kind": home.kind, "host": home.host, "port": home.port, "database": home.database,
        "username": "portal_test_writer", "password": PASSWORD, "tls": "preferred",
        "relation": home.relation, "makes_table": "on", "mode": "full", "version": "0",
        "rhythm": "daily", "at": "06:00", "weekday": "1", "day": "1", "zone": "Asia/Shanghai",
        "spread": "10", **changes,
    }  # fmt: skip


def test_the_requester_registers_a_table_which_is_tested_at_once(cast, batch, home, signed_in):
    # when
    browser = signed_in(cast.applicant)
    answer = browser.post(page(batch) + "target/", form(home), headers={"accept-language": "en"})

    # then
    assert answer.status_code == 302
    target = PushTarget.objects.get()
    assert (target.test_failure, target.tested_at is None) == ("", False)
    assert target.timing.rhythm == "daily"
    shown = browser.get(page(batch), headers={"accept-language": "en"}).content.decode()
    assert "the table takes the rows" in shown
    assert "CREATE TABLE" in shown
    assert PASSWORD not in shown
    assert home.rows() == []


def test_every_field_of_the_form_stands_in_one_of_its_groups(cast, batch, signed_in):
    html = signed_in(cast.applicant).get(page(batch) + "target/").content.decode()
    fields = [one.name for one in PushTargetForm(schedule=Schedule(), target=None)]

    for name in fields:
        assert html.count(f' name="{name}"') == 1, name
    assert html.count("<fieldset") == 3
    assert problems(html) == []


def test_a_wrong_password_is_told_in_words_on_the_page(cast, batch, home, signed_in):
    browser = signed_in(cast.applicant)

    answer = browser.post(page(batch) + "target/", form(home, password="wrong"), follow=True)

    with translation.override("zh-hans"):
        assert "拒绝了用户" in answer.content.decode()
    assert PushTarget.objects.get().test_failure == "wrong_password"


def test_the_provider_sees_receipts_and_sets_nothing_up(cast, batch, postgresql, signed_in):
    # given one receipt that is equal and one that is not
    postgresql.register(batch, cast.applicant, mode="changes")
    pushed(batch, cast.applicant)
    postgresql.run("UPDATE divisions SET name = 'forged' WHERE code = '000000000001'")
    pushed(batch, cast.applicant)

    # when
    browser = signed_in(cast.provider_steward)
    shown = browser.get(page(batch), headers={"accept-language": "en"}).content.decode()

    # then
    assert "0 missing, 0 too many, 1 otherwise" in shown
    assert "rows in the table: 3" in shown
    assert "CREATE TABLE" not in shown
    assert "portal_test_writer" not in shown
    for act in ("target/", "test/", "start/", "remove/"):
        assert browser.post(page(batch) + act).status_code == 403
    assert Push.objects.count() == 2


def test_a_push_is_asked_for_and_a_target_removed_by_page(cast, batch, postgresql, signed_in):
    postgresql.register(batch, cast.applicant)
    browser = signed_in(cast.applicant)

    assert browser.post(page(batch) + "start/").status_code == 302
    assert Push.objects.get().state == "waiting"
    assert browser.get(page(batch) + "remove/").status_code == 200
    assert browser.post(page(batch) + "remove/").status_code == 302

    assert PushTarget.objects.get().removed_at is not None
    assert browser.get(page(batch) + "remove/").status_code == 404


def test_a_form_with_errors_registers_nothing(cast, batch, postgresql, signed_in):
    answer = signed_in(cast.applicant).post(
        page(batch) + "target/", form(postgresql, relation="divisions", host="a b")
    )

    assert answer.status_code == 422
    assert set(answer.context["form"].errors) == {"relation", "host"}
    assert not PushTarget.objects.exists()


def test_the_whole_story_by_api(cast, batch, stored, postgresql, client):
    # given
    client.force_login(cast.applicant)
    headers = {"accept-language": "en"}
    given = {
        "version": 0, "kind": "postgresql", "host": postgresql.host, "port": postgresql.port,
        "database": postgresql.database, "username": "portal_test_writer", "password": PASSWORD,
        "relation": "public.divisions", "makes_table": True, "mode": "changes",
        "schedule": {"rhythm": "hourly", "at": "00:20"},
    }  # fmt: skip

    # when
    target = client.put(
        path(batch, "push-target/"), given, content_type="application/json", headers=headers
    )
    tested = client.post(path(batch, "push-target/test/"), headers=headers)
    asked = client.post(path(batch, "pushes/"), {}, content_type="application/json")
    from sharing.delivery import pushing

    pushing.execute(push_id=Push.objects.get().pk)
    sync(stored, [row(1)])

    # then
    assert target.status_code == 200
    assert "password" not in target.json()
    assert target.json()["schedule"] == {"rhythm": "hourly", "at": "00:20"}
    assert tested.json()["message"] == "The table takes the rows."
    assert asked.status_code == 202
    receipt = with_key(cast.system).get(path(batch, f"pushes/{asked.json()['number']}/")).json()
    assert (receipt["state"], receipt["rows"], receipt["is_equal"]) == ("delivered", 3, True)
    assert with_key(cast.strange_system).get(path(batch, "pushes/")).status_code == 404
    refused = with_key(cast.system).post(
        path(batch, "pushes/"), {}, content_type="application/json"
    )
    assert refused.status_code == 403

    # and once the agreement is over no push begins
    agreements.terminate(agreement=batch, reason="用途已实现", by=cast.head)
    again = client.post(path(batch, "pushes/"), {}, content_type="application/json")
    assert again.status_code == 403
    assert client.delete(path(batch, "push-target/")).status_code == 403
    assert Push.objects.count() == 1
