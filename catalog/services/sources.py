"""Sources of departments: registered, changed and tested by their stewards."""

from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from audit.services import record
from catalog.models import Source, SourceKind
from catalog.sources import credentials
from catalog.sources.connector import connect
from catalog.sources.failures import SourceFailure
from catalog.sources.network import is_host
from catalog.sources.permissions import may_manage
from catalog.sources.words import Explanation, explain
from portal.common.errors import Invalid, StaleVersion
from portal.organisation.models import Department, User

PLACE = ("host", "port", "database", "username")


@dataclass(frozen=True, slots=True)
class SourceData:
    """What a steward says about a source. No password, None, keeps the one that is stored."""

    name: str
    host: str
    port: int
    database: str
    username: str
    kind: str = SourceKind.POSTGRESQL
    password: str | None = None

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
    if data.password is None:
        raise Invalid(_("The input has errors."), fields={"password": [_required()]})
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
    before = _facts(source)
    moves = any(getattr(source, name) != getattr(data, name) for name in PLACE)
    if moves and data.password is None:
        words = _("Enter the password again, for it goes to another place or user now.")
        raise Invalid(_("The input has errors."), fields={"password": [str(words)]})
    _take(source, data)
    source.version += 1
    source.tested_at = None
    source.test_failure = ""
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
    try:
        with connect(source) as connector:
            result = TestResult(product=connector.check())
            failure = ""
    except SourceFailure as error:
        result = TestResult(failure=explain(error.code, error.data))
        failure = error.code
    _note_test(source, failure, by)
    return result


test_source.__test__ = False  # type: ignore[attr-defined]


@transaction.atomic
def _note_test(source: Source, failure: str, by: User) -> None:
    source.tested_at = timezone.now()
    source.test_failure = failure
    source.save(update_fields=["tested_at", "test_failure"])
    record(
        actor=by,
        action="catalog.source.test",
        target=source,
        result="failed" if failure else "ok",
        failure=failure,
    )


def _take(source: Source, data: SourceData) -> None:
    source.name = data.name.strip()
    source.kind = data.kind
    source.host = data.host.strip()
    source.port = data.port
    source.database = data.database.strip()
    source.username = data.username.strip()
    if data.password is not None:
        source.sealed_password = credentials.seal(data.password)
    fields: dict[str, list[str]] = {}
    try:
        source.full_clean(exclude=["sealed_password"])
    except ValidationError as error:
        fields = {("name" if k == "__all__" else k): v for k, v in error.message_dict.items()}
    if "host" not in fields and not is_host(source.host):
        fields["host"] = [str(_("Enter one host name or address."))]
    if "port" not in fields and not 1 <= source.port <= 65535:
        fields["port"] = [str(_("Ports go from 1 to 65535."))]
    if fields:
        raise Invalid(_("The input has errors."), fields=fields)


def _facts(source: Source) -> dict[str, str | int]:
    return {name: getattr(source, name) for name in ("name", "kind", *PLACE)}


def _required() -> str:
    return str(_("This field is required."))
