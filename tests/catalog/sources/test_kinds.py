"""The registry of kinds: complete, and what form, page, API and service make of it."""

import pytest
from django.urls import reverse
from django.utils.module_loading import import_string
from rest_framework.test import APIClient

from audit.models import Entry
from catalog.models import JobMode, Source, SourceKind
from catalog.services.sources import SourceData, change_source, register_source
from catalog.sources import credentials, kinds
from catalog.sources.connector import connect
from catalog.sources.kinds import FIELDS, KINDS, Kind, Secret, Setting, place_words
from catalog.views.source_place_forms import SourceForm
from portal.common.errors import Invalid
from tests.factories import SourceFactory

from .looking import look

# A kind that has everything that PostgreSQL has not: settings, a secret that may be missing.
OTHER = Kind(
    value=SourceKind.POSTGRESQL,
    path="catalog.sources.postgresql.PostgreSQL",
    words="For this test.",
    modes=(JobMode.FULL,),
    asks=(),
    may_ask=("username",),
    secret=Secret.OPTIONAL,
    lists_relations=False,
    settings=(
        Setting("address", "Address", names_place=True),
        Setting("style", "Style", choices=(("a", "first"), ("b", "second")), initial="a"),
        Setting("remark", "Remark", is_required=False, max_length=5),
    ),
    labels={"password": "Token"},
    check=lambda settings: {} if "://" in settings["address"] else {"address": "No address."},
)


@pytest.fixture
def other(monkeypatch):
    monkeypatch.setitem(kinds.KINDS, "postgresql", OTHER)


def data(**changes) -> SourceData:
    settings = {"address": "https://data.example/x", **changes.pop("settings", {})}
    return SourceData(**{"name": "其他", "settings": settings, **changes})


def test_every_kind_has_its_entry_and_its_connector():
    assert list(KINDS) == list(SourceKind.values)
    for value, kind in KINDS.items():
        assert kind.value == value
        assert callable(import_string(kind.path))
        # A catalogue is harvested into drafts: no job reads rows of it.
        assert kind.modes[:1] == (() if value == SourceKind.DCAT else (JobMode.FULL,))
        assert set(kind.asks).isdisjoint(kind.may_ask)
        names = [one.name for one in kind.settings]
        assert len(set(names)) == len(names)
        assert not {*names} & {*FIELDS, "name", "kind", "version", "password", "forget_password"}


def test_a_form_shows_the_fields_of_the_kind_and_no_others(other):
    form = SourceForm(kind=OTHER)

    assert [name for name in form.fields if name not in {"kind", "version"}] == [
        "name", "username", "address", "style", "remark", "password",
    ]  # fmt: skip
    assert form.fields["password"].label == "Token"
    assert form.initial["style"] == "a"


def test_the_kind_is_chosen_first(client, steward):
    chosen = look(client, steward, "catalog:source_create")
    unknown = look(client, steward, "catalog:source_create", status=422, kind="tape")

    assert f"{reverse('catalog:source_create')}?kind=postgresql" in chosen
    assert "There is no such kind of source." in unknown


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"host": "10.0.0.1"}, {"host"}),
        ({"port": 80}, {"port"}),
        ({"settings": {"address": ""}}, {"address"}),
        ({"settings": {"address": "nowhere"}}, {"address"}),
        ({"settings": {"style": "c"}}, {"style"}),
        ({"settings": {"remark": "longer"}}, {"remark"}),
        ({"settings": {"colour": "red"}}, {"colour"}),
        ({"password": "x" * 201}, {"password"}),
        ({"kind": "tape"}, {"kind"}),
    ],
)
def test_what_is_not_of_the_kind_is_refused(other, steward, changes, fields):
    with pytest.raises(Invalid) as refused:
        register_source(department=steward.department, data=data(**changes), by=steward)

    assert set(refused.value.fields) == fields
    assert not Source.objects.exists()
    assert not Entry.objects.exists()


def test_a_kind_may_do_without_a_secret_and_settings_have_defaults(other, steward):
    made = register_source(department=steward.department, data=data(), by=steward)

    assert made.settings == {"address": "https://data.example/x", "style": "a", "remark": ""}
    assert (bytes(made.sealed_password), made.port) == (b"", None)
    assert place_words(made) == ("https://data.example/x", "")
    facts = Entry.objects.get(action="catalog.source.register").data["place"]
    assert facts["address"] == "https://data.example/x"


def test_a_setting_that_names_a_place_wants_the_secret_again(other, steward):
    # given
    made = register_source(department=steward.department, data=data(password="t0ken"), by=steward)
    moved = {"address": "https://elsewhere.example/"}

    # when
    with pytest.raises(Invalid) as refused:
        change_source(source=made, version=1, data=data(settings=moved), by=steward)
    made.refresh_from_db()
    kept = change_source(source=made, version=1, data=data(settings={"style": "b"}), by=steward)
    gone = change_source(source=kept, version=2, data=data(settings=moved, password=""), by=steward)

    # then
    assert set(refused.value.fields) == {"password"}
    assert made.settings["address"] == "https://data.example/x"
    assert credentials.unseal(kept.sealed_password) == "t0ken"
    assert (gone.settings["address"], bytes(gone.sealed_password)) == (moved["address"], b"")


def test_a_source_keeps_its_kind(steward):
    source = SourceFactory(department=steward.department, sealed_password=credentials.seal("x"))

    with pytest.raises(Invalid) as refused:
        change_source(
            source=source, version=1, by=steward,
            data=SourceData(name="x", host="h", database="d", username="u", kind="tape"),
        )  # fmt: skip

    assert set(refused.value.fields) == {"kind"}


def test_programs_give_settings_and_see_them(other, steward):
    client = APIClient()
    client.force_authenticate(steward)

    made = client.post(
        reverse("api:source-list"),
        {"name": "其他", "settings": {"address": "https://data.example/x"}},
        format="json",
    )
    odd = client.post(
        reverse("api:source-list"), {"name": "又", "settings": {"where": "x"}}, format="json"
    )

    assert (made.status_code, made.json()["settings"]["style"]) == (201, "a")
    assert (odd.status_code, set(odd.json()["fields"])) == (422, {"address", "where"})


def test_a_kind_that_lists_nothing_lets_its_relation_be_written(client, steward, resource, other):
    source = SourceFactory(department=steward.department, settings={"address": "https://x"})

    page = look(client, steward, "catalog:sync_job_edit", resource.pk, source=source.pk)

    assert '<input type="text" name="relation"' in page


def test_the_place_of_a_connector_shows_no_secret(steward):
    source = SourceFactory(sealed_password=credentials.seal("pass-phrase"), settings={"a": "b"})

    made = connect(source)

    assert made.place.settings == {"a": "b"}
    assert made.place.password == "pass-phrase"
    assert "pass-phrase" not in repr(made.place)
