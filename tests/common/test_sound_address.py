import pytest

from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/api/v1/agreements/a%00b/", 404),
        ("/api/v1/agreements/a%00b/rows/", 404),
        ("/api/v1/agreements/a%00b/export.csv", 404),
        ("/api/v1/requests/a%00b/", 404),
        ("/api/v1/resources/?q=a%00b", 400),
    ],
)
def test_a_nul_in_an_address_of_the_api_is_refused_in_the_one_shape(
    client, address, status
) -> None:
    client.force_login(UserFactory())

    answer = client.get(address)

    assert answer.status_code == status
    assert set(answer.json()) == {"code", "message", "fields"}


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/sharing/agreements/a%00b/", 404),
        ("/organisation/people/?q=a%00b", 400),
        ("/catalog/?q=a%00b", 400),
        ("/?a%00b=1", 400),
    ],
)
def test_a_nul_in_an_address_of_a_page_is_refused_with_a_page(client, address, status) -> None:
    client.force_login(UserFactory())

    answer = client.get(address)

    assert answer.status_code == status
    assert "<h1" in answer.content.decode()
