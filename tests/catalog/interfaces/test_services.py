"""An interface is registered, changed, opened and closed by the stewards of its department alone."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.models import Entry
from catalog.interfaces import paths
from catalog.models import CallMethod, InterfaceCall, PublishedInterface, ResourceState
from catalog.services import interfaces
from catalog.services.credential_rotation import rotate_credentials
from catalog.services.interfaces import CallData, InterfaceData
from portal.common.errors import DomainError, Invalid, NotAllowed, StaleVersion
from portal.common.sealing import unseal
from portal.organisation.models import DutyKind
from tests.factories import ResourceFactory, UserFactory

SECRET = {"X-Api-Key": "s3cret value"}


@pytest.fixture
def resource(steward):
    return ResourceFactory(department=steward.department, state=ResourceState.PUBLISHED)


@pytest.fixture
def registered(resource, steward) -> PublishedInterface:
    data = InterfaceData("https://api.example.org/v2/", 10, SECRET)
    return interfaces.register(resource=resource, data=data, by=steward)


def allow(interface, by, **changes) -> InterfaceCall:
    interface.refresh_from_db()
    data = CallData(**{"method": "GET", "path": "persons", **changes})
    return interfaces.allow_call(interface=interface, version=interface.version, data=data, by=by)


def test_secrets_are_sealed_and_stand_nowhere_else(registered):
    registered.refresh_from_db()

    assert json.loads(unseal(registered.sealed_headers)) == SECRET
    assert registered.header_names == ["X-Api-Key"]
    assert b"s3cret" not in bytes(registered.sealed_headers)
    entry = Entry.objects.get(action="catalog.interface.register")
    assert "s3cret" not in json.dumps(entry.data)
    assert entry.data["place"]["headers"] == ["X-Api-Key"]
    assert "s3cret" not in repr(InterfaceData("https://api.example.org", 10, SECRET))


def test_secrets_are_sealed_anew_with_the_others(registered, settings):
    settings.SOURCE_CREDENTIAL_CIPHER = "sm4"

    assert rotate_credentials().resealed == 1

    registered.refresh_from_db()
    assert bytes(registered.sealed_headers).startswith(b"sm4.")
    assert json.loads(unseal(registered.sealed_headers)) == SECRET


def test_a_resource_has_one_interface(registered, resource, steward):
    with pytest.raises(DomainError) as refused:
        interfaces.register(
            resource=resource, data=InterfaceData("https://api.example.org", 10), by=steward
        )
    assert refused.value.code == "has_interface"
    assert PublishedInterface.objects.count() == 1


@pytest.mark.parametrize("who", ["stranger", "head", "security"])
def test_only_stewards_of_the_department_do_anything(registered, resource, steward, who):
    duties = {"stranger": DutyKind.STEWARD, "head": DutyKind.WORK_BODY_HEAD}
    department = {} if who == "stranger" else {"department": steward.department}
    by = UserFactory(duties=[duties.get(who, DutyKind.SECURITY_ADMIN)], **department)
    call = allow(registered, steward)
    registered.refresh_from_db()
    acts = Entry.objects.count()
    held = {"interface": registered, "version": registered.version, "by": by}

    for refused in (
        lambda: interfaces.register(
            resource=ResourceFactory(department=steward.department),
            data=InterfaceData("https://api.example.org", 10),
            by=by,
        ),
        lambda: interfaces.change(data=InterfaceData("https://elsewhere.example", 10), **held),
        lambda: interfaces.allow_call(data=CallData("GET", "other"), **held),
        lambda: interfaces.forbid_call(call_id=call.pk, **held),
        lambda: interfaces.open_interface(**held),
        lambda: interfaces.close_interface(**held),
    ):
        with pytest.raises(NotAllowed):
            refused()

    assert Entry.objects.count() == acts
    assert PublishedInterface.objects.get().address == "https://api.example.org/v2/"
    assert InterfaceCall.objects.count() == 1


@pytest.mark.parametrize(
    "address",
    [
        "",
        "ftp://api.example.org",
        "api.example.org",
        "https://user:password@api.example.org",
        "https://api.example.org/?key=1",
        "https://api.example.org/#x",
        "https://",
        "https://api.example.org/a b",
        "https://api.example.org:0/",
        "https://api.example.org/" + "a" * 500,
    ],
)
def test_an_address_is_one_of_the_web_without_secrets(resource, steward, address):
    with pytest.raises(Invalid) as refused:
        interfaces.register(resource=resource, data=InterfaceData(address, 10), by=steward)

    assert list(refused.value.fields) == ["address"]
    assert not PublishedInterface.objects.exists()


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "other"},
        {"content-length": "1"},
        {"Bad Name": "1"},
        {"X-Key": "a\r\nX-Other: b"},
        {"X-Key": ""},
        {"X-Key": "密"},
        {"X-Key": "1", "x-key": "2"},
        {f"X-{i}": "1" for i in range(11)},
    ],
)
def test_headers_that_would_change_the_call_are_refused(resource, steward, headers):
    with pytest.raises(Invalid) as refused:
        interfaces.register(
            resource=resource,
            data=InterfaceData("https://api.example.org", 10, headers),
            by=steward,
        )

    assert list(refused.value.fields) == ["headers"]
    assert not PublishedInterface.objects.exists()


@pytest.mark.parametrize("seconds", [0, -1, 31])
def test_a_call_may_not_take_for_ever(resource, steward, seconds):
    with pytest.raises(Invalid) as refused:
        interfaces.register(
            resource=resource, data=InterfaceData("https://api.example.org", seconds), by=steward
        )
    assert list(refused.value.fields) == ["seconds"]


def test_another_server_wants_the_secrets_entered_again(registered, steward):
    def change(address: str, headers=None) -> PublishedInterface:
        registered.refresh_from_db()
        return interfaces.change(
            interface=registered,
            version=registered.version,
            data=InterfaceData(address, 5, headers),
            by=steward,
        )

    for elsewhere in ("https://other.example.org/v2/", "http://api.example.org/v2/"):
        with pytest.raises(Invalid) as refused:
            change(elsewhere)
        assert list(refused.value.fields) == ["headers"]

    same = change("https://api.example.org/v3/")
    assert json.loads(unseal(same.sealed_headers)) == SECRET
    moved = change("https://other.example.org", {"X-Other": "new"})
    assert json.loads(unseal(moved.sealed_headers)) == {"X-Other": "new"}
    without = change("https://other.example.org", {})
    assert (bytes(without.sealed_headers), without.header_names) == (b"", [])
    changes = Entry.objects.filter(action="catalog.interface.change").order_by("pk")
    assert [one.data["secret_is_new"] for one in changes] == [False, True, True]


def test_who_read_an_older_version_is_told(registered, steward):
    with pytest.raises(StaleVersion):
        interfaces.change(
            interface=registered, version=99, data=InterfaceData("https://a.example", 5), by=steward
        )
    registered.refresh_from_db()
    assert registered.address == "https://api.example.org/v2/"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"path": ""}, "path"),
        ({"path": "a/../b"}, "path"),
        ({"path": "a//b"}, "path"),
        ({"path": "a?b=1"}, "path"),
        ({"path": "a%2Fb"}, "path"),
        ({"path": "{Code}"}, "path"),
        ({"path": "a{code}"}, "path"),
        ({"path": "居民"}, "path"),
        ({"parameters": ["a b"]}, "parameters"),
        ({"rows_path": "data..items"}, "rows_path"),
        ({"rows_path": "data[0]"}, "rows_path"),
        ({"most_rows": 0}, "most_rows"),
        ({"most_rows": 10_001}, "most_rows"),
        ({"method": "DELETE"}, "method"),
    ],
)
def test_a_call_that_is_not_sound_is_refused_by_its_field(registered, steward, changes, field):
    with pytest.raises(Invalid) as refused:
        allow(registered, steward, **changes)

    assert list(refused.value.fields) == [field]
    assert not InterfaceCall.objects.exists()


def test_each_call_is_allowed_once(registered, steward):
    allow(registered, steward)
    with pytest.raises(Invalid):
        allow(registered, steward)
    allow(registered, steward, method="POST")

    assert InterfaceCall.objects.count() == 2


def test_an_interface_opens_with_a_call_and_closes_with_the_last_one(registered, steward):
    def act(how) -> PublishedInterface:
        registered.refresh_from_db()
        return how(interface=registered, version=registered.version, by=steward)

    with pytest.raises(DomainError) as refused:
        act(interfaces.open_interface)
    assert refused.value.code == "no_calls"
    call = allow(registered, steward)
    assert act(interfaces.open_interface).is_open
    with pytest.raises(DomainError) as refused:
        act(interfaces.open_interface)
    assert refused.value.code == "wrong_state"

    registered.refresh_from_db()
    interfaces.forbid_call(
        interface=registered, call_id=call.pk, version=registered.version, by=steward
    )

    registered.refresh_from_db()
    assert not registered.is_open
    with pytest.raises(DomainError) as refused:
        act(interfaces.close_interface)
    assert refused.value.code == "wrong_state"
    acts = Entry.objects.filter(action__startswith="catalog.interface.").order_by("pk")
    assert [one.action.rpartition(".")[2] for one in acts] == [
        "register",
        "allow",
        "open",
        "forbid",
    ]


SEGMENT = st.text(min_size=1, max_size=20)


@given(segment=SEGMENT)
def test_whatever_fills_a_segment_stays_in_it(segment):
    call = InterfaceCall(method=CallMethod.GET, path="persons/{code}")
    interface = PublishedInterface(address="https://api.example.org/v2/")

    found = paths.matched([call], "GET", f"persons/{segment}")

    if found is not None:
        address = paths.address_of(interface, f"persons/{segment}")
        last = address.removeprefix("https://api.example.org/v2/persons/")
        assert not set(last) & set("/?#\\ ")
        assert last not in {"", ".", ".."}
        assert last.isascii()


def test_the_call_that_fills_in_least_is_meant():
    variable = InterfaceCall(method="GET", path="persons/{code}")
    fixed = InterfaceCall(method="GET", path="persons/all")

    assert paths.matched([variable, fixed], "GET", "persons/all") is fixed
    assert paths.matched([fixed, variable], "GET", "persons/1") is variable
    assert paths.matched([fixed, variable], "POST", "persons/1") is None
