"""Sources of departments: registered, changed and tested by their stewards."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from audit.services import record
from catalog.models import Source, SourceKind, SyncPosition
from catalog.services import capture
from catalog.sources import credentials
from catalog.sources.connector import connect
from catalog.sources.failures import SourceFailure
from catalog.sources.kinds import FIELDS, HOST, KINDS, PORT, Kind, Secret, kind_of
from catalog.sources.network import is_host
from catalog.sources.permissions import may_manage
from catalog.sources.words import Explanation, explain
from portal.common.errors import Invalid, StaleVersion
from portal.common.text import Text
from portal.organisation.models import Department, User


@dataclass(frozen=True, slots=True)
class SourceData:
    """What a steward says about a source: the fields and settings that its kind has.

    `password` is the secret of any kind: None keeps the one that is stored, an empty text removes
    it where the kind can do without. No port means the usual one of the kind.
    """

    name: str
    host: str = ""
    port: int | None = None
    database: str = ""
    username: str = ""
    kind: str = SourceKind.POSTGRESQL
    password: str | None = None
    settings: Mapping[str, str] = field(default_factory=dict)

    def __repr__(self) -> str:
        return f"SourceData({self.name!r}, {self.username}@{self.host}:{self.port}/{self.database})"


@dataclass(frozen=True, slots=True)
class TestResult:
    """What answered, or why nothing did."""

    __test__ = False  # for pytest this is no test

    product: str = ""
    failure: Explanation | None = None

    @property
    def is_ok(self) -> bool:
        return self.failure is None


@transaction.atomic
def register_source(*, department: Department, data: SourceData, by: User) -> Source:
    may_manage(by, department).enforce()
    source = Source(department=department)
    _take(source, data)
    source.save()
    record(actor=by, action="catalog.source.register", target=source, place=_facts(source))
    return source


@transaction.atomic
def change_source(*, source: Source, version: int, data: SourceData, by: User) -> Source:
    """Change where a source is. A new place wants its password: the old one must not travel."""
    may_manage(by, source.department_id).enforce()
    source = Source.objects.select_for_update(of=("self",)).get(pk=source.pk)
    if source.version != version:
        raise StaleVersion(_("Somebody else has changed this source. Look at it again."))
    if data.kind != source.kind:
        words = _("A source keeps its kind. Register another source for another kind.")
        raise Invalid(_("The input has errors."), fields={"kind": [str(words)]})
    before = _facts(source)
    was = _place(source)
    _take(source, data)
    if _place(source) != was and source.sealed_password and data.password is None:
        words = _("Enter the password again, for it goes to another place or user now.")
        raise Invalid(_("The input has errors."), fields={"password": [str(words)]})
    if {**before, "name": source.name} != _facts(source):
        # How far jobs have read elsewhere says nothing of this place.
        SyncPosition.objects.filter(job__source=source).delete()
    if was[:3] != _place(source)[:3] and capture.is_capturing(source):
        words = _(
            "A sync job captures changes there: its replication slot would stay behind and fill the"
            " disk. Set the job to another mode first, then change the place."
        )
        raise Invalid(_("The input has errors."), fields={"host": [str(words)]})
    source.version += 1
    source.tested_at = None
    source.test_failure = ""
    source.test_failure_data = {}
    source.save()
    record(
        actor=by,
        action="catalog.source.change",
        target=source,
        before=before,
        after=_facts(source),
        password_is_new=data.password is not None,
    )
    return source


def test_source(*, source: Source, by: User) -> TestResult:
    """Connect now and say how that went. The connection is made outside of any transaction."""
    may_manage(by, source.department_id).enforce()
    failure: SourceFailure | None = None
    try:
        with connect(source) as connector:
            result = TestResult(product=connector.check())
    except SourceFailure as error:
        failure = error
        result = TestResult(failure=explain(error.code, error.data))
    _note_test(source, failure, by)
    return result


test_source.__test__ = False  # type: ignore[attr-defined]


@transaction.atomic
def _note_test(source: Source, failure: SourceFailure | None, by: User) -> None:
    source.tested_at = timezone.now()
    source.test_failure = failure.code if failure else ""
    source.test_failure_data = dict(failure.data) if failure else {}
    source.save(update_fields=["tested_at", "test_failure", "test_failure_data"])
    record(
        actor=by,
        action="catalog.source.test",
        target=source,
        result="failed" if failure else "ok",
        failure=source.test_failure,
    )


def _take(source: Source, data: SourceData) -> None:
    if data.kind not in KINDS:
        words = _("There is no such kind of source.")
        raise Invalid(_("The input has errors."), fields={"kind": [str(words)]})
    kind = kind_of(data.kind)
    source.name = data.name.strip()
    source.kind = data.kind
    source.host = data.host.strip()
    source.port = kind.default_port if data.port is None else data.port
    source.database = data.database.strip()
    source.username = data.username.strip()
    source.settings = {name: value.strip() for name, value in data.settings.items()}
    for one in kind.settings:
        source.settings.setdefault(one.name, one.initial)
    if data.password is not None:
        source.sealed_password = credentials.seal(data.password) if data.password else b""
    fields: dict[str, list[str]] = {}
    try:
        source.full_clean(exclude=["sealed_password"])
    except ValidationError as error:
        fields = {("name" if k == "__all__" else k): v for k, v in error.message_dict.items()}
    fields = {**_amiss(source, kind, data.password), **fields}
    if fields:
        raise Invalid(_("The input has errors."), fields=fields)


def _amiss(source: Source, kind: Kind, given: str | None) -> dict[str, list[str]]:
    """What is amiss with the source's fields and settings, and the secret given, for its kind."""
    found: dict[str, Text] = {}
    for name in FIELDS:
        value = getattr(source, name)
        if name in kind.asks and value in {"", None}:
            found[name] = _required()
        elif name not in kind.fields and value not in {"", None}:
            found[name] = _("Sources of this kind have no such field.")
    if HOST not in found and source.host and not is_host(source.host):
        found[HOST] = _("Enter one host name or address.")
    if PORT not in found and source.port is not None and not 1 <= source.port <= 65535:
        found[PORT] = _("Ports go from 1 to 65535.")
    if kind.secret is Secret.REQUIRED and not source.sealed_password:
        found["password"] = _required()
    if len(given or "") > kind.secret_length:
        found["password"] = _("At most %(length)s characters.") % {"length": kind.secret_length}
    if kind.secret is Secret.NONE and source.sealed_password:
        found["password"] = _("Sources of this kind have no such field.")
    settings = _amiss_in_settings(source.settings, kind) or kind.check(source.settings)
    return {name: [str(words)] for name, words in {**found, **settings}.items()}


def _amiss_in_settings(settings: Mapping[str, str], kind: Kind) -> dict[str, Text]:
    known = {one.name: one for one in kind.settings}
    found: dict[str, Text] = {
        name: _("Sources of this kind have no such field.")
        for name in settings
        if name not in known
    }
    for name, one in known.items():
        value = settings[name]
        if one.is_required and not value:
            found[name] = _required()
        elif len(value) > one.max_length:
            words = _("At most %(length)s characters.")
            found[name] = words % {"length": one.max_length}
        elif value and one.choices and value not in {choice for choice, _words in one.choices}:
            found[name] = _("Choose one of those offered.")
    return found


def _place(source: Source) -> list[object]:
    """All that says where the secret goes and as whose."""
    named = [one.name for one in kind_of(source.kind).settings if one.names_place]
    settings = [source.settings.get(name, "") for name in named]
    return [getattr(source, name) for name in FIELDS] + settings


def _facts(source: Source) -> dict[str, str | int]:
    names = ("name", "kind", *kind_of(source.kind).fields)
    return {**{name: getattr(source, name) for name in names}, **source.settings}


def _required() -> str:
    return str(_("This field is required."))
