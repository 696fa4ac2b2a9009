"""Interfaces of providers: registered, changed, opened and closed by their stewards."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from audit.services import record
from catalog.interfaces import paths
from catalog.models import InterfaceCall, PublishedInterface, Resource
from catalog.sources import web
from catalog.sources.permissions import may_set_up
from portal.common.errors import DomainError, Invalid, StaleVersion
from portal.common.sealing import seal
from portal.common.text import Text
from portal.organisation.models import User

MOST_SECONDS = 30
MOST_ROWS = 10_000
MOST_HEADERS = 10
HEADER = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,60}")
VALUE = re.compile(r"[\x21-\x7e]([\x20-\x7e]{0,998}[\x21-\x7e])?")
# What the portal says itself; a second one would change where a call goes, or where it ends.
OURS = frozenset(
    {
        "accept",
        "accept-encoding",
        "connection",
        "content-length",
        "content-type",
        "expect",
        "host",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
        "user-agent",
    }
)


@dataclass(frozen=True, slots=True)
class InterfaceData:
    """`headers` are the secret ones, all of them anew; None keeps what is stored."""

    address: str
    seconds: int
    headers: Mapping[str, str] | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class CallData:
    method: str
    path: str
    parameters: Sequence[str] = ()
    rows_path: str = ""
    most_rows: int = 1_000


@transaction.atomic
def register(*, resource: Resource, data: InterfaceData, by: User) -> PublishedInterface:
    may_set_up(by, resource).enforce()
    Resource.objects.select_for_update(of=("self",), no_key=True).get(pk=resource.pk)
    if PublishedInterface.objects.filter(resource=resource).exists():
        raise DomainError(_("The resource has an interface already."), code="has_interface")
    made = PublishedInterface(resource=resource)
    _take(made, data)
    made.save()
    record(actor=by, action="catalog.interface.register", target=made, place=_facts(made))
    return made


@transaction.atomic
def change(
    *, interface: PublishedInterface, version: int, data: InterfaceData, by: User
) -> PublishedInterface:
    """A new server wants its secrets entered again: the old ones must not travel."""
    held = _held(interface, version, by)
    before = _facts(held)
    had_secret, was = bool(held.sealed_headers), _server(held.address)
    _take(held, data)
    if data.headers is None and had_secret and _server(held.address) != was:
        words = _("Enter the secret headers again, for they go to another server now.")
        raise Invalid(_("The input has errors."), fields={"headers": [str(words)]})
    _save(held)
    record(
        actor=by,
        action="catalog.interface.change",
        target=held,
        before=before,
        after=_facts(held),
        secret_is_new=data.headers is not None,
    )
    return held


@transaction.atomic
def allow_call(
    *, interface: PublishedInterface, version: int, data: CallData, by: User
) -> InterfaceCall:
    """Another call that is passed on."""
    held = _held(interface, version, by)
    made = InterfaceCall(
        interface=held,
        method=data.method,
        path=data.path.strip().removeprefix("/"),
        parameters=list(dict.fromkeys(data.parameters)),
        rows_path=data.rows_path.strip(),
        most_rows=data.most_rows,
    )
    fields = _amiss_in_call(made)
    try:
        made.full_clean(exclude=["parameters"])
    except ValidationError as error:
        told = {("path" if k == "__all__" else k): v for k, v in error.message_dict.items()}
        fields = {**fields, **told}
    if fields:
        raise Invalid(_("The input has errors."), fields=fields)
    made.save()
    _save(held)
    record(actor=by, action="catalog.interface.allow", target=held, call=_call_facts(made))
    return made


@transaction.atomic
def forbid_call(*, interface: PublishedInterface, call_id: int, version: int, by: User) -> None:
    """No longer pass a call on; who has one under way gets its answer."""
    held = _held(interface, version, by)
    call = held.calls.filter(pk=call_id).first()
    if call is None:
        raise StaleVersion(_("The interface has no such call any more."))
    told = _call_facts(call)
    call.delete()
    if held.is_open and not held.calls.exists():
        held.is_open = False
    _save(held)
    record(actor=by, action="catalog.interface.forbid", target=held, call=told)


@transaction.atomic
def open_interface(*, interface: PublishedInterface, version: int, by: User) -> PublishedInterface:
    held = _held(interface, version, by)
    if held.is_open:
        raise DomainError(_("The interface is open already."), code="wrong_state")
    if not held.calls.exists():
        raise DomainError(_("Allow a call first."), code="no_calls")
    held.is_open = True
    _save(held)
    record(actor=by, action="catalog.interface.open", target=held)
    return held


@transaction.atomic
def close_interface(*, interface: PublishedInterface, version: int, by: User) -> PublishedInterface:
    """Pass no call on until it is opened again: for maintenance, or at once in need."""
    held = _held(interface, version, by)
    if not held.is_open:
        raise DomainError(_("The interface is closed already."), code="wrong_state")
    held.is_open = False
    _save(held)
    record(actor=by, action="catalog.interface.close", target=held)
    return held


def _held(interface: PublishedInterface, version: int, by: User) -> PublishedInterface:
    held = (
        PublishedInterface.objects.select_for_update(of=("self",))
        .select_related("resource__department")
        .get(pk=interface.pk)
    )
    may_set_up(by, held.resource).enforce()
    if held.version != version:
        raise StaleVersion(_("Somebody else has changed this interface. Look at it again."))
    return held


def _save(held: PublishedInterface) -> None:
    held.version += 1
    held.save()


def _take(interface: PublishedInterface, data: InterfaceData) -> None:
    interface.address = data.address.strip()
    interface.seconds = data.seconds
    if data.headers is not None:
        interface.header_names = sorted(data.headers)
        interface.sealed_headers = seal(json.dumps(dict(data.headers))) if data.headers else b""
    found: dict[str, Text] = {}
    parts = urlsplit(interface.address) if web.is_address(interface.address) else None
    if parts is None or parts.query or parts.fragment or len(interface.address) > 500:
        found["address"] = _("A web address with http or https, without a query or a password.")
    if not 1 <= interface.seconds <= MOST_SECONDS:
        found["seconds"] = _("From 1 to %(most)s seconds.") % {"most": MOST_SECONDS}
    if data.headers is not None and (wrong := _amiss_in_headers(data.headers)):
        found["headers"] = wrong
    if found:
        fields = {name: [str(words)] for name, words in found.items()}
        raise Invalid(_("The input has errors."), fields=fields)


def _amiss_in_headers(headers: Mapping[str, str]) -> Text | None:
    if len(headers) > MOST_HEADERS:
        return _("At most %(most)s headers.") % {"most": MOST_HEADERS}
    if len({name.lower() for name in headers}) < len(headers):
        return _("Each header once.")
    for name, value in headers.items():
        if not HEADER.fullmatch(name) or not VALUE.fullmatch(value):
            return _("A header is a name, a colon, and visible ASCII characters.")
        if name.lower() in OURS:
            return _("The portal sets this header itself: %(name)s.") % {"name": name}
    return None


def _amiss_in_call(call: InterfaceCall) -> dict[str, list[str]]:
    found: dict[str, Text] = {}
    if not paths.is_template(call.path):
        found["path"] = _(
            "Segments of letters, digits and . _ ~ -, or a name in braces: persons/{code}."
        )
    if not all(paths.PARAMETER.fullmatch(name) for name in call.parameters):
        found["parameters"] = _("Names of letters, digits and _ . -, separated by commas.")
    if call.rows_path and not all(
        paths.PARAMETER.fullmatch(name) for name in call.rows_path.split(".")
    ):
        found["rows_path"] = _("Names joined with dots, for example data.items.")
    if not 1 <= call.most_rows <= MOST_ROWS:
        found["most_rows"] = _("From 1 to %(most)s rows.") % {"most": MOST_ROWS}
    return {name: [str(words)] for name, words in found.items()}


def _server(address: str) -> tuple[str, str]:
    parts = urlsplit(address)
    return parts.scheme, parts.netloc.lower()


def _facts(interface: PublishedInterface) -> dict[str, object]:
    return {
        "address": interface.address,
        "seconds": interface.seconds,
        "headers": list(interface.header_names),
    }


def _call_facts(call: InterfaceCall) -> dict[str, object]:
    return {
        "method": call.method,
        "path": call.path,
        "parameters": list(call.parameters),
        "rows_path": call.rows_path,
        "most_rows": call.most_rows,
    }
