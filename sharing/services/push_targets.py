"""Targets of pushes: registered, changed, tested and removed by the requester's people."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Model
from django.utils import timezone
from django.utils.translation import gettext as _

import audit.services
from catalog.services.sources import TestResult
from catalog.sources import credentials
from catalog.sources.failures import SourceFailure
from catalog.sources.network import is_host
from catalog.sources.schedule import Rhythm, Schedule, schedule_of, timing_of
from portal.common.errors import Invalid, StaleVersion
from portal.organisation.models import User
from sharing import outlet, permissions
from sharing.models import Agreement, PushMode, PushSchedule, PushTarget, TargetKind
from sharing.push_words import explain
from sharing.services.pushes import locked_target
from sharing.targets.kinds import KINDS, target_at
from sharing.targets.target import BOOKS

PLACE = ("host", "port", "database", "username")
LONGEST_PASSWORD = 200


@dataclass(frozen=True, slots=True)
class TargetData:
    """What the requester says of its table. `password` None keeps the one that is stored."""

    host: str
    database: str
    username: str
    relation: str
    kind: str = TargetKind.POSTGRESQL
    port: int | None = None
    password: str | None = None
    settings: Mapping[str, str] = field(default_factory=dict)
    makes_table: bool = False
    mode: str = PushMode.FULL
    schedule: Schedule = field(default_factory=Schedule)

    def __repr__(self) -> str:
        return (
            f"TargetData({self.username}@{self.host}:{self.port}/{self.database} {self.relation})"
        )


@transaction.atomic
def set_target(*, agreement: Agreement, version: int, data: TargetData, by: User) -> PushTarget:
    """Register the table, or change what was registered; `version` is 0 for the first time.

    Another place wants its password: the old one must not travel.
    """
    permissions.may_set_up_push(by, agreement).enforce()
    # Who registers the first one at the same time waits here.
    Agreement.objects.select_for_update(of=("self",), no_key=True).get(pk=agreement.pk)
    known = PushTarget.objects.select_for_update(of=("self",)).filter(agreement=agreement).first()
    is_new = known is None or known.removed_at is not None
    if (0 if known is None or is_new else known.version) != version:
        raise StaleVersion(_("Somebody else has changed this target. Look at it again."))
    target = known or PushTarget(agreement=agreement)
    before = {} if is_new else _facts(target)
    was = [getattr(target, name) for name in PLACE] + [target.settings]
    _take(target, data)
    now = [getattr(target, name) for name in PLACE] + [target.settings]
    if data.password is None and (is_new or now != was):
        words = (
            _("This field is required.")
            if is_new
            else _("Enter the password again, for it goes to another place or user now.")
        )
        raise Invalid(_("The input has errors."), fields={"password": [words]})
    target.version += 0 if known is None else 1
    target.removed_at = None
    target.tested_at, target.test_failure, target.test_failure_data = None, "", {}
    target.save()
    _set_schedule(target, data.schedule)
    audit.services.record(
        actor=by,
        action="sharing.target.register" if is_new else "sharing.target.change",
        target=agreement,
        before=before,
        after=_facts(PushTarget.objects.select_related("timing").get(pk=target.pk)),
        password_is_new=data.password is not None,
    )
    return PushTarget.objects.select_related("timing", "agreement").get(pk=target.pk)


@transaction.atomic
def remove_target(*, agreement: Agreement, version: int | None = None, by: User) -> PushTarget:
    """Push no longer. The password is forgotten; receipts stay, and rows that were pushed, too.

    `version` is the one that was read, where the caller says it; raises StaleVersion.
    """
    permissions.may_set_up_push(by, agreement).enforce()
    target = locked_target(agreement)
    if version is not None and target.version != version:
        raise StaleVersion(_("Somebody else has changed this target. Look at it again."))
    PushSchedule.objects.filter(target=target).delete()
    target.removed_at = timezone.now()
    target.sealed_password = b""
    target.version += 1
    target.save(update_fields=["removed_at", "sealed_password", "version"])
    audit.services.record(
        actor=by, action="sharing.target.remove", target=agreement, place=str(target)
    )
    return target


def test_target(*, agreement: Agreement, by: User) -> TestResult:
    """Connect now and do nothing in all ways that a push does something; outside of a transaction."""
    permissions.may_set_up_push(by, agreement).enforce()
    with transaction.atomic():
        target = locked_target(agreement)
    failure: SourceFailure | None = None
    try:
        with target_at(target) as there:
            product = there.check()
            there.prepare(outlet.columns_of(agreement), makes_table=target.makes_table)
            result = TestResult(product=product)
    except SourceFailure as error:
        failure = error
        result = TestResult(failure=explain(error.code, error.data))
    _note_test(target, failure, by)
    return result


test_target.__test__ = False  # type: ignore[attr-defined]


@transaction.atomic
def _note_test(target: PushTarget, failure: SourceFailure | None, by: User) -> None:
    target.tested_at = timezone.now()
    target.test_failure = failure.code if failure else ""
    target.test_failure_data = dict(failure.data) if failure else {}
    target.save(update_fields=["tested_at", "test_failure", "test_failure_data"])
    audit.services.record(
        actor=by,
        action="sharing.target.test",
        target=target.agreement,
        result="failed" if failure else "ok",
        place=str(target),
        failure=target.test_failure,
    )


def holders_of_secrets() -> list[tuple[Model, tuple[str, ...]]]:
    """For the rotation of keys: all targets with a password, locked."""
    targets = PushTarget.objects.select_for_update(of=("self",)).select_related("agreement")
    return [(target, ("sealed_password",)) for target in targets.order_by("pk")]


def _take(target: PushTarget, data: TargetData) -> None:
    if data.kind not in KINDS:
        words = _("There is no such kind of target.")
        raise Invalid(_("The input has errors."), fields={"kind": [words]})
    kind = KINDS[data.kind]
    target.kind = data.kind
    target.host = data.host.strip()
    target.port = kind.default_port if data.port is None else data.port
    target.database = data.database.strip()
    target.username = data.username.strip()
    target.relation = data.relation.strip()
    target.settings = {
        name: data.settings.get(name, usual[0]) for name, usual in kind.settings.items()
    }
    target.makes_table, target.mode = data.makes_table, data.mode
    if data.password:
        target.sealed_password = credentials.seal(data.password)
    fields: dict[str, list[str]] = {}
    try:
        target.full_clean(exclude=["sealed_password", "agreement"])
    except ValidationError as error:
        fields = {("relation" if k == "__all__" else k): v for k, v in error.message_dict.items()}
    fields = {**_amiss(target, data), **fields}
    if fields:
        raise Invalid(_("The input has errors."), fields=fields)


def _amiss(target: PushTarget, data: TargetData) -> dict[str, list[str]]:
    kind = KINDS[target.kind]
    found: dict[str, str] = {}
    schema, dot, table = target.relation.partition(".")
    if kind.has_schema and not (schema and dot and table):
        found["relation"] = _("With its schema, for example public.divisions.")
    elif target.relation.rpartition(".")[2] == BOOKS:
        found["relation"] = _("The portal itself uses a table of this name.")
    if target.host and not is_host(target.host):
        found["host"] = _("Enter one host name or address.")
    if not 1 <= target.port <= 65535:
        found["port"] = _("Ports go from 1 to 65535.")
    if data.password == "":
        found["password"] = _("This field is required.")
    if len(data.password or "") > LONGEST_PASSWORD:
        found["password"] = _("At most %(length)s characters.") % {"length": LONGEST_PASSWORD}
    unknown = [name for name in data.settings if name not in kind.settings]
    found.update(dict.fromkeys(unknown, _("Targets of this kind have no such field.")))
    for name, values in kind.settings.items():
        if target.settings[name] not in values:
            found[name] = _("Choose one of those offered.")
    return {name: [words] for name, words in found.items()}


def _set_schedule(target: PushTarget, schedule: Schedule) -> None:
    if schedule.rhythm is Rhythm.OFF:
        PushSchedule.objects.filter(target=target).delete()
        return
    region = target.agreement.requester.region.code
    PushSchedule.objects.update_or_create(
        target=target, defaults=timing_of(schedule, salt=target.pk, region=region)
    )


def _facts(target: PushTarget) -> dict[str, object]:
    names = ("kind", *PLACE, "relation", "mode", "makes_table")
    facts: dict[str, object] = {name: getattr(target, name) for name in names}
    return {**facts, **target.settings, "schedule": schedule_of(target).facts}
