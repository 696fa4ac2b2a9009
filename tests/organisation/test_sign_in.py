import pytest
from django.urls import reverse

from audit.models import Entry
from portal.organisation.models import DutyKind
from tests.factories import PASSWORD, UserFactory

pytestmark = pytest.mark.django_db
LOGIN = "/accounts/login/"


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
