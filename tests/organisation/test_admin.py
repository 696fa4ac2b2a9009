"""Django's admin: closed to all but the system administrator, and without a way in of its own."""

import pytest

from audit.models import Entry
from portal.organisation.models import DutyKind, Region
from tests.factories import PASSWORD, RegionFactory, UserFactory

pytestmark = pytest.mark.django_db
TABLES = ["organisation/region", "organisation/department"]


@pytest.mark.parametrize("kind", DutyKind.values)
def test_the_admin_is_for_the_system_administrator(client, kind) -> None:
    client.force_login(UserFactory(duties=[kind]))

    answer = client.get("/admin/", follow=True)

    assert answer.status_code == (200 if kind == DutyKind.SYSTEM_ADMIN else 403)


@pytest.mark.parametrize("table", TABLES)
def test_tables_are_looked_at_and_never_changed(client, table) -> None:
    region = RegionFactory()
    client.force_login(UserFactory(duties=[DutyKind.SYSTEM_ADMIN]))

    assert client.get(f"/admin/{table}/").status_code == 200
    assert client.get(f"/admin/{table}/add/").status_code == 403
    assert client.post(f"/admin/organisation/region/{region.pk}/delete/").status_code == 403
    assert (
        client.post(
            f"/admin/organisation/region/{region.pk}/change/", {"name": "elsewhere"}
        ).status_code
        == 403
    )
    assert Region.objects.get(pk=region.pk).name == region.name


def test_who_is_not_signed_in_goes_to_the_one_page_to_sign_in(client) -> None:
    for path in ("/admin/", "/admin/login/"):
        answer = client.get(path, follow=True)
        assert answer.redirect_chain[-1][0] == "/accounts/login/?next=/admin/"


def test_the_admins_own_way_in_takes_no_password(client) -> None:
    person = UserFactory(duties=[DutyKind.SYSTEM_ADMIN])

    client.post("/admin/login/", {"username": person.username, "password": PASSWORD})

    assert "_auth_user_id" not in client.session


def test_signing_out_of_the_admin_is_recorded_as_anywhere(client) -> None:
    client.force_login(UserFactory(duties=[DutyKind.SYSTEM_ADMIN]))

    client.post("/admin/logout/")

    assert "_auth_user_id" not in client.session
    assert Entry.objects.get().action == "organisation.logout"


def test_the_admins_own_change_of_password_is_the_portals(client) -> None:
    client.force_login(UserFactory(duties=[DutyKind.SYSTEM_ADMIN]))

    assert client.get("/admin/password_change/").url == "/accounts/password/change/"
