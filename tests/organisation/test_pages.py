import pytest
from django.urls import reverse

from portal.organisation.models import ApiKey, DutyKind
from tests.factories import (
    DepartmentFactory,
    InformationSystemFactory,
    RegionFactory,
    UserFactory,
)
from tests.html_checks import problems

pytestmark = pytest.mark.django_db


@pytest.fixture
def head():
    return UserFactory(duties=[DutyKind.WORK_BODY_HEAD])


@pytest.mark.parametrize("language", ["zh-hans", "en"])
@pytest.mark.parametrize("name", ["department_list", "person_list", "system_list", "calendar"])
def test_a_list_page_is_sound_in_both_languages(client, head, name, language) -> None:
    client.force_login(head)

    answer = client.get(reverse(f"organisation:{name}"), headers={"Accept-Language": language})

    assert answer.status_code == 200
    assert problems(answer.content.decode()) == []


def test_the_pages_of_one_thing_are_sound(client, head) -> None:
    system = InformationSystemFactory(department=head.department)
    client.force_login(head)

    for thing in (head, head.department, system):
        answer = client.get(thing.get_absolute_url())
        assert answer.status_code == 200
        assert problems(answer.content.decode()) == []


def test_another_departments_people_and_systems_do_not_exist_for_others(client, head) -> None:
    stranger, system = UserFactory(), InformationSystemFactory()
    client.force_login(head)

    assert client.get(stranger.get_absolute_url()).status_code == 404
    assert client.get(system.get_absolute_url()).status_code == 404
    assert (
        client.post(reverse("organisation:key_issue", args=[system.pk]), {"days": 5}).status_code
        == 404
    )
    assert not ApiKey.objects.exists()


def test_a_new_key_is_shown_once(client, head) -> None:
    system = InformationSystemFactory(department=head.department)
    client.force_login(head)

    shown = client.post(reverse("organisation:key_issue", args=[system.pk]), {"days": 30})

    secret = f"gdsp_{ApiKey.objects.get().prefix}_"
    assert secret in shown.content.decode()
    assert "no-store" in shown.headers["Cache-Control"]
    assert secret not in client.get(system.get_absolute_url()).content.decode()


def test_a_wrong_term_of_a_key_is_said_at_its_field(client, head) -> None:
    system = InformationSystemFactory(department=head.department)
    client.force_login(head)

    answer = client.post(reverse("organisation:key_issue", args=[system.pk]), {"days": 999})

    assert answer.status_code == 422
    assert "id_days_error" in answer.content.decode()
    assert not ApiKey.objects.exists()


def test_the_system_administrator_opens_an_account_and_appoints(client) -> None:
    admin = UserFactory(duties=[DutyKind.SYSTEM_ADMIN])
    department = DepartmentFactory()
    client.force_login(admin)
    form = {
        "username": "li.na",
        "name": "李娜",
        "department": department.pk,
        "password": "a long enough one 7",
    }

    opened = client.post(reverse("organisation:person_open"), form)
    appointed = client.post(opened.url, {"kind": DutyKind.STEWARD})

    assert appointed.status_code == 302
    page = client.get(opened.url).content.decode()
    assert "李娜" in page
    assert problems(page) == []


def test_a_refused_appointment_is_told_on_the_page(client) -> None:
    admin = UserFactory(duties=[DutyKind.SYSTEM_ADMIN])
    person = UserFactory(duties=[DutyKind.AUDIT_ADMIN])
    client.force_login(admin)

    answer = client.post(person.get_absolute_url(), {"kind": DutyKind.STEWARD})

    assert answer.status_code == 422
    assert set(person.duty_set.values_list("kind", flat=True)) == {DutyKind.AUDIT_ADMIN}


def test_the_list_of_departments_takes_as_many_queries_for_one_as_for_thirty(
    client, head, django_assert_max_num_queries
) -> None:
    DepartmentFactory.create_batch(30)
    client.force_login(head)
    client.get(reverse("organisation:department_list"))

    with django_assert_max_num_queries(16):
        client.get(reverse("organisation:department_list"))


def test_the_lists_of_people_and_systems_take_as_many_queries_for_one_as_for_thirty(
    client, django_assert_max_num_queries
) -> None:
    admin = UserFactory(duties=[DutyKind.SYSTEM_ADMIN])
    for _person in range(30):
        UserFactory(duties=[DutyKind.STEWARD, DutyKind.STAFF])
    InformationSystemFactory.create_batch(30)
    client.force_login(admin)
    for name in ("person_list", "system_list"):
        client.get(reverse(f"organisation:{name}"))
        with django_assert_max_num_queries(14):
            client.get(reverse(f"organisation:{name}"))


def test_the_system_administrator_adds_a_department(client) -> None:
    client.force_login(UserFactory(duties=[DutyKind.SYSTEM_ADMIN]))
    region = RegionFactory()
    form = {
        "name": "示范省水利厅",
        "short_name": "省水利厅",
        "uscc": "11350000003590122P",
        "region": region.pk,
    }
    path = reverse("organisation:department_create")

    wrong = client.post(path, form | {"uscc": "11350000003590122Q"})
    made = client.post(path, form)

    assert wrong.status_code == 422
    assert "id_uscc_error" in wrong.content.decode()
    page = client.get(made.url).content.decode()
    assert "示范省水利厅" in page
    assert problems(page) == []


def test_a_department_page_lists_who_does_what_to_its_own_people_alone(client, head) -> None:
    page = reverse("organisation:department", args=[head.department_id])
    client.force_login(head)
    assert head.get_absolute_url() in client.get(page).content.decode()

    client.force_login(UserFactory(duties=[DutyKind.STAFF]))
    assert head.get_absolute_url() not in client.get(page).content.decode()


def test_divisions_are_listed_by_code_with_their_parent(client, head) -> None:
    client.force_login(head)

    answer = client.get("/api/v1/regions/").json()

    assert [(one["code"], one["parent"]) for one in answer["results"]] == [
        ("000000", None),
        ("990000", "000000"),
    ]
