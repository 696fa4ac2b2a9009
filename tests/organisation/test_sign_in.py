from datetime import timedelta

import pytest
from axes.models import AccessAttempt
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from audit.models import Entry
from portal.organisation.models import DutyKind
from portal.organisation.services import people
from tests.factories import PASSWORD, UserFactory

pytestmark = pytest.mark.django_db
LOGIN = "/accounts/login/"
PASSWORD_CHANGE = "/accounts/password/change/"


def sign_in(client, username: str, password: str = PASSWORD):
    return client.post(LOGIN, {"login": username, "password": password})


def actions() -> list[str]:
    return list(Entry.objects.order_by("id").values_list("action", flat=True))


def test_the_right_password_signs_in_and_is_recorded(client) -> None:
    person = UserFactory(duties=[DutyKind.STAFF])

    answer = sign_in(client, person.username)

    assert answer.status_code == 302
    assert answer.url == reverse("home:index")
    assert client.session["_auth_user_id"] == str(person.pk)
    entry = Entry.objects.get()
    assert (entry.action, entry.actor_name) == ("organisation.login.succeed", person.name)


def test_a_wrong_password_is_refused_and_recorded_without_it(client) -> None:
    person = UserFactory()

    answer = sign_in(client, person.username, "not my password")

    assert answer.status_code in {200, 422}
    assert "_auth_user_id" not in client.session
    entry = Entry.objects.get()
    assert (entry.action, entry.result) == ("organisation.login.fail", "denied")
    assert entry.data == {"username": person.username}


def test_five_wrong_passwords_lock_the_name_even_for_the_right_one(client) -> None:
    person, other = UserFactory(), UserFactory()
    for _try in range(5):
        answer = sign_in(client, person.username, "wrong")

    assert answer.status_code == 429
    assert sign_in(client, person.username).status_code == 429
    assert "_auth_user_id" not in client.session
    assert actions()[-1] == "organisation.login.lock"
    assert sign_in(client, other.username).status_code == 302


def test_signing_in_forgets_earlier_failures(client) -> None:
    person = UserFactory()
    for _try in range(4):
        sign_in(client, person.username, "wrong")
    assert sign_in(client, person.username).status_code == 302
    client.post("/accounts/logout/")

    for _try in range(4):
        answer = sign_in(client, person.username, "wrong")

    assert answer.status_code in {200, 422}
    assert sign_in(client, person.username).status_code == 302


def test_a_closed_account_cannot_sign_in(client) -> None:
    person = UserFactory(is_active=False)

    sign_in(client, person.username)

    assert "_auth_user_id" not in client.session


def test_a_demonstration_account_cannot_sign_in_where_they_are_not_allowed(
    client, settings
) -> None:
    settings.DEMO_ACCOUNTS_ALLOWED = False
    person = UserFactory(is_demo=True)

    sign_in(client, person.username)

    assert "_auth_user_id" not in client.session


def test_signing_out_is_recorded(client) -> None:
    person = UserFactory()
    client.force_login(person)

    client.post("/accounts/logout/")

    assert "_auth_user_id" not in client.session
    assert actions() == ["organisation.logout"]


@pytest.mark.parametrize(
    "path", ["/accounts/signup/", "/accounts/password/reset/", "/accounts/email/"]
)
def test_nobody_signs_up_or_resets_a_password_by_mail(client, path) -> None:
    client.force_login(UserFactory())
    assert client.get(path).status_code == 404


def test_another_spelling_of_a_name_has_no_tries_of_its_own(client) -> None:
    person = UserFactory(username="lina")
    for spelling in ["lina", "Lina", "LINA", " liNa", "lInA"]:
        sign_in(client, spelling, "wrong")

    answer = sign_in(client, "LiNa")

    assert answer.status_code == 429
    assert sign_in(client, person.username).status_code == 429
    assert "_auth_user_id" not in client.session


def test_failures_under_another_spelling_are_forgotten_by_signing_in(client) -> None:
    UserFactory(username="Lina")
    for _try in range(4):
        sign_in(client, "lina", "wrong")
    assert sign_in(client, "LINA").status_code == 302
    client.post("/accounts/logout/")

    answer = sign_in(client, "lina", "wrong")

    assert answer.status_code == 200


def test_a_lock_ends_after_a_quarter_of_an_hour(client) -> None:
    person = UserFactory()
    for _try in range(5):
        sign_in(client, person.username, "wrong")
    AccessAttempt.objects.update(attempt_time=timezone.now() - timedelta(minutes=16))

    assert sign_in(client, person.username).status_code == 302


def test_changing_the_password_is_recorded_and_ends_other_sessions(client) -> None:
    person = UserFactory()
    elsewhere = Client()
    elsewhere.force_login(person)
    client.force_login(person)
    new = "another good one 77"

    client.post(PASSWORD_CHANGE, {"oldpassword": PASSWORD, "password1": new, "password2": new})

    person.refresh_from_db()
    assert person.check_password(new)
    entry = Entry.objects.get()
    assert (entry.action, entry.actor_id, entry.data) == (
        "organisation.password.change",
        str(person.pk),
        {},
    )
    assert client.get(PASSWORD_CHANGE).status_code == 200
    assert elsewhere.get(PASSWORD_CHANGE).status_code == 302


def test_a_wrong_present_password_changes_nothing(client) -> None:
    person = UserFactory()
    client.force_login(person)
    new = "another good one 77"

    client.post(PASSWORD_CHANGE, {"oldpassword": "wrong", "password1": new, "password2": new})

    person.refresh_from_db()
    assert person.check_password(PASSWORD)
    assert actions() == []


def test_closing_an_account_ends_its_open_session(client) -> None:
    person = UserFactory()
    client.force_login(person)
    assert client.get("/").status_code == 200

    people.deactivate_account(person=person, by=UserFactory(duties=[DutyKind.SYSTEM_ADMIN]))

    assert client.get("/").url.startswith(LOGIN)
