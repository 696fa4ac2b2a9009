"""How a person is reached: an address that the system administrator keeps, and the language last used."""

import pytest
from django.urls import reverse

from audit.models import Entry
from portal.common.errors import Invalid, NotAllowed
from portal.organisation.models import DutyKind, User
from portal.organisation.services import contact
from tests.factories import PASSWORD, UserFactory
from tests.html_checks import problems

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin():
    return UserFactory(duties=[DutyKind.SYSTEM_ADMIN])


def kept(person):
    return User.objects.values_list("email", "language").get(pk=person.pk)


def test_the_system_administrator_sets_and_clears_an_address_and_the_trail_does_not_repeat_it(
    admin,
):
    person = UserFactory(email="")

    contact.change_email(person=person, email=" sun@civil.example.cn ", by=admin)
    assert kept(person) == ("sun@civil.example.cn", "zh-hans")
    contact.change_email(person=person, email="", by=admin)

    assert kept(person) == ("", "zh-hans")
    entries = Entry.objects.filter(action="organisation.email.change").order_by("pk")
    assert [one.data for one in entries] == [{"has_address": True}, {"has_address": False}]


@pytest.mark.parametrize("kind", [k for k in DutyKind if k != DutyKind.SYSTEM_ADMIN])
def test_nobody_else_sets_an_address_not_even_their_own(kind):
    by = UserFactory(duties=[kind], email="old@example.cn")

    with pytest.raises(NotAllowed):
        contact.change_email(person=by, email="new@example.cn", by=by)

    assert kept(by) == ("old@example.cn", "zh-hans")
    assert not Entry.objects.exists()


@pytest.mark.parametrize("wrong", ["sun", "sun@", "a" * 250 + "@example.cn", "x@y.cn\nBcc: z@y.cn"])
def test_what_is_no_address_is_refused_and_the_old_one_stays(admin, wrong):
    person = UserFactory(email="old@example.cn")

    with pytest.raises(Invalid) as refusal:
        contact.change_email(person=person, email=wrong, by=admin)

    assert list(refusal.value.fields) == ["email"]
    assert kept(person) == ("old@example.cn", "zh-hans")
    assert not Entry.objects.exists()


def test_the_page_sets_it_and_tells_what_is_wrong(client, admin):
    person = UserFactory()
    client.force_login(admin)
    page = reverse("organisation:person_email", args=[person.pk])

    asked = client.get(page)
    refused = client.post(page, {"email": "nobody"})
    done = client.post(page, {"email": "sun@civil.example.cn"})

    assert problems(asked.content.decode()) == []
    assert (refused.status_code, done.status_code) == (422, 302)
    assert kept(person)[0] == "sun@civil.example.cn"


def test_the_language_of_the_sign_in_and_of_the_switch_is_kept_and_only_a_change_is_recorded(
    client,
):
    person = UserFactory(duties=[DutyKind.STAFF])

    # when: the browser asks for English
    client.post(
        "/accounts/login/",
        {"login": person.username, "password": PASSWORD},
        headers={"accept-language": "en"},
    )
    assert kept(person)[1] == "en"

    # when: the person switches, twice to the same, and once to what the portal does not speak
    for language in ("zh-hans", "zh-hans", "fr"):
        client.post(reverse("common:set_language"), {"language": language})

    # then
    assert kept(person)[1] == "zh-hans"
    entries = Entry.objects.filter(action="organisation.language.change").order_by("pk")
    assert [one.data["language"] for one in entries] == ["en", "zh-hans"]


def test_a_visitor_who_switches_is_nobody_whose_language_is_kept(client):
    person = UserFactory()

    answer = client.post(reverse("common:set_language"), {"language": "en"})

    assert answer.status_code == 302
    assert kept(person)[1] == "zh-hans"
    assert not Entry.objects.exists()
