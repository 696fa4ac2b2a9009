"""The pages of an interface, as its steward and others go through them."""

import pytest
from django.urls import reverse

from audit.models import Entry
from catalog.models import InterfaceCall, PublishedInterface, ResourceState
from catalog.services import interfaces
from catalog.services.interfaces import CallData, InterfaceData
from portal.organisation.models import DutyKind
from tests.factories import ResourceFactory, UserFactory
from tests.sharing.interface.provider import PERSONS, serving


@pytest.fixture
def signed_in(signed_in):
    """Whoever it is reads English."""

    def sign_in(person):
        client = signed_in(person)
        client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"
        return client

    return sign_in


@pytest.fixture
def resource(steward):
    return ResourceFactory(department=steward.department, state=ResourceState.PUBLISHED)


@pytest.fixture
def interface(resource, steward) -> PublishedInterface:
    data = InterfaceData("https://api.example.org/v2/", 10, {"X-Api-Key": "s3cret"})
    made = interfaces.register(resource=resource, data=data, by=steward)
    call = CallData("GET", "persons/{code}", ["year"], "data.items", 10)
    interfaces.allow_call(interface=made, version=1, data=call, by=steward)
    made.refresh_from_db()
    return made


def page(name: str, resource, **more) -> str:
    return reverse(f"catalog:{name}", kwargs={"pk": resource.pk, **more})


def test_a_steward_registers_allows_opens_and_closes(signed_in, steward, resource):
    client = signed_in(steward)
    assert "Register the interface" in client.get(page("interface", resource)).text

    answers = [
        client.post(
            page("interface_edit", resource),
            {
                "address": "https://api.example.org/v2/",
                "seconds": 5,
                "headers": "X-Api-Key: s3cret\n\nX-Other: a: b",
            },
        ),
        client.post(
            page("interface_allow", resource),
            {
                "version": 1,
                "method": "GET",
                "path": "/persons",
                "parameters": "a, b",
                "most_rows": 5,
            },
        ),
        client.post(page("interface_open", resource), {"version": 2}),
    ]

    assert [answer.status_code for answer in answers] == [302, 302, 302]
    made = PublishedInterface.objects.get()
    assert (made.is_open, made.header_names) == (True, ["X-Api-Key", "X-Other"])
    call = InterfaceCall.objects.get()
    assert (call.path, call.parameters, call.most_rows) == ("persons", ["a", "b"], 5)
    shown = client.get(page("interface", resource)).text
    assert "X-Api-Key, X-Other" in shown
    assert "s3cret" not in shown

    client.post(page("interface_close", resource), {"version": 3})
    client.post(page("interface_forbid", resource, call=call.pk), {"version": 4})
    made.refresh_from_db()
    assert (made.is_open, made.calls.count()) == (False, 0)


def test_an_empty_field_keeps_the_secrets_and_a_box_removes_them(
    signed_in, steward, resource, interface
):
    client = signed_in(steward)
    given = {"version": interface.version, "address": interface.address, "seconds": 7}

    assert client.post(page("interface_edit", resource), given).status_code == 302
    interface.refresh_from_db()
    assert (interface.seconds, interface.header_names) == (7, ["X-Api-Key"])

    given |= {"version": interface.version, "forget_headers": "on"}
    assert client.post(page("interface_edit", resource), given).status_code == 302
    interface.refresh_from_db()
    assert interface.header_names == []


@pytest.mark.parametrize(
    ("name", "given", "words"),
    [
        ("interface_edit", {"headers": "no colon"}, "A header is a name, a colon, and a value."),
        ("interface_edit", {"headers": "A: 1\nA: 2"}, "Each header once."),
        ("interface_edit", {"address": "x"}, "A web address with http or https"),
        ("interface_edit", {"address": "https://other.example"}, "Enter the secret headers again"),
        ("interface_edit", {"version": 9}, "Somebody else has changed this interface"),
        ("interface_allow", {"path": ".."}, "Segments of letters"),
        ("interface_allow", {"path": "persons/{code}"}, "The interface has this call already."),
        ("interface_allow", {"version": 9}, "Somebody else has changed this interface"),
    ],
)
def test_what_is_wrong_is_said_in_the_form(
    signed_in, steward, resource, interface, name, given, words
):
    usual = {
        "version": interface.version,
        "address": interface.address,
        "seconds": 10,
        "method": "GET",
        "path": "other",
        "most_rows": 5,
    }

    answer = signed_in(steward).post(page(name, resource), {**usual, **given})

    assert answer.status_code == 422
    assert words in answer.text
    interface.refresh_from_db()
    assert (interface.version, interface.calls.count()) == (2, 1)


@pytest.mark.django_db(transaction=True)
def test_a_call_is_tried_and_no_value_is_shown(signed_in, steward, resource, interface):
    with serving() as provider:
        PublishedInterface.objects.update(address=provider.address)
        InterfaceCall.objects.update(rows_path="")
        here = page("interface_try", resource, call=interface.calls.get().pk)
        client = signed_in(steward)
        asked = client.get(here)
        assert 'value="persons/{code}"' in asked.text

        # what does not fit is refused in the form, and nobody is called
        refused = client.post(here, {"path": "persons"})
        assert (refused.status_code, provider.asked) == (422, [])
        assert "The path does not fit the call: persons/{code}." in refused.text

        # an answer is told by numbers
        told = client.post(here, {"path": "persons/1", "parameter_0": "2026"})
        assert told.status_code == 200
        assert "3 rows came, and they fit the data items." in told.text
        assert provider.asked[0].path == "/v2/persons/1?year=2026"
        assert PERSONS[0]["name"] not in told.text

        # and a failure in words
        provider.answers = [(401, {}, b"no")]
        failed = client.post(here, {"path": "persons/1"})
        assert failed.status_code == 200
        assert 'role="alert"' in failed.text
    tried = Entry.objects.filter(action="catalog.interface.try").order_by("id")
    assert [(one.result, one.data["rows"]) for one in tried] == [("ok", 3), ("failed", 0)]


def test_colleagues_look_and_are_told_who_may(signed_in, steward, resource, interface):
    colleague = UserFactory(department=steward.department, duties=[DutyKind.STAFF])
    client = signed_in(colleague)

    shown = client.get(page("interface", resource))

    assert shown.status_code == 200
    assert "This is for the data stewards of your department." in shown.text
    assert client.post(page("interface_open", resource), {"version": 2}).status_code == 403
    interface.refresh_from_db()
    assert not interface.is_open


def test_other_departments_find_nothing(signed_in, resource, interface):
    client = signed_in(UserFactory(duties=[DutyKind.STEWARD]))

    for name in ("interface", "interface_edit"):
        assert client.get(page(name, resource)).status_code == 404
    for name in ("interface_allow", "interface_open", "interface_close"):
        assert client.post(page(name, resource), {"version": 2}).status_code == 404
    trial = page("interface_try", resource, call=interface.calls.get().pk)
    assert client.get(trial).status_code == 404
