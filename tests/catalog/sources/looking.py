"""Opening a page as a person, whole and well-formed."""

from django.urls import reverse

from tests.html_checks import problems


def look(client, person, name, *args, status=200, **query) -> str:
    client.force_login(person)
    response = client.get(reverse(name, args=args), query, HTTP_ACCEPT_LANGUAGE="en")
    assert response.status_code == status
    body = response.content.decode()
    if status == 200:
        assert problems(body) == []
    return body
