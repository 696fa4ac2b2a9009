"""The terms of an agreement as one document, and the hash of it that both heads confirm."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import date
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import override

from catalog.models import DataItem
from sharing import row_filters
from sharing.models import Agreement, AgreementVersion
from sharing.row_filters import Condition

FORMAT = 1
# What Art. 25 leaves to the provider's consent: another purpose, and passing the data on.
NEED_CONSENT = ("purpose", "third_parties")
QUOTAS = ("calls_a_day", "rows_a_day", "exports_at_once")
LARGEST = {"calls_a_day": 2**31 - 1, "rows_a_day": 10**15, "exports_at_once": 100}


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What both sides may change. `items` are columns in the order of the resource.

    `row_filter` is empty where all rows are let out; `masks` are rules by column, of what is delivered
    in part; with `verification_only` no row is, values are checked against the rows. `canary` is the
    row that is not true as its provider wrote it, by column, or empty. `third_parties` is empty while
    the data may be passed on to nobody; a quota of None is not agreed.
    """

    basis: str
    purpose: str
    scope: str
    items: tuple[str, ...]
    starts_on: date
    ends_on: date
    row_filter: tuple[Condition, ...] = ()
    masks: dict[str, str] = field(default_factory=dict)
    verification_only: bool = False
    canary: dict[str, str] = field(default_factory=dict)
    third_parties: str = ""
    calls_a_day: int | None = None
    rows_a_day: int | None = None
    exports_at_once: int | None = None
    provider_duties: str = ""
    requester_duties: str = ""


TERM_NAMES = tuple(one.name for one in fields(Terms))


@dataclass(frozen=True, slots=True, kw_only=True)
class UsualTerms:
    """What agreements begin with whatever was asked for: a template says it, or the portal itself."""

    provider_duties: str
    requester_duties: str
    calls_a_day: int | None = None
    rows_a_day: int | None = None
    exports_at_once: int | None = None


def first_terms(agreement: Agreement, usual: UsualTerms | None = None) -> Terms:
    """Those of the request that was agreed, with the usual duties; a quota asked for goes before."""
    usual = usual or usual_terms()
    request = agreement.request
    return Terms(
        basis=request.use_basis,
        purpose=request.use_scene,
        scope=agreement.scope,
        items=_agreed_columns(agreement),
        row_filter=row_filters.kept(request.row_filter),
        masks=request.masks,
        calls_a_day=request.calls_a_day or usual.calls_a_day,
        rows_a_day=request.rows_a_day or usual.rows_a_day,
        exports_at_once=usual.exports_at_once,
        starts_on=agreement.starts_on,
        ends_on=agreement.ends_on,
        provider_duties=usual.provider_duties,
        requester_duties=usual.requester_duties,
    )


def usual_terms() -> UsualTerms:
    """Those that come with the portal, in the language of its documents; no quota is agreed."""
    with override(settings.LANGUAGE_CODE):
        return UsualTerms(
            provider_duties=_(
                "Keeps the data accurate, complete and up to date as the catalogue states; does not"
                " end or change the service without good reason; tells the requester of changes"
                " beforehand; protects the delivery by encryption and access control."
            ),
            requester_duties=_(
                "Uses the data for the agreed purpose and within the agreed scope only; gives it to"
                " no third party without the provider's consent; protects it by least rights and"
                " encryption; records its use and keeps the records for at least three years; tells"
                " the provider of any leak at once; disposes of the data as the provider requires"
                " when it is no longer needed."
            ),
        )


def terms_of(version: AgreementVersion) -> Terms:
    """What a version says, without what nobody can change."""
    return read(version.terms)


def terms_in_force(agreement: Agreement) -> Terms:
    """Those in force; of an agreement made before versions were kept, what it says itself."""
    version = agreement.version_in_force
    return terms_of(version) if version is not None else first_terms(agreement)


def read(document: Mapping[str, Any]) -> Terms:
    known = {name: document[name] for name in TERM_NAMES if name in document}
    known["items"] = tuple(one["column"] for one in document["items"])
    known["row_filter"] = row_filters.kept(document.get("row_filter", ()))
    for name in ("starts_on", "ends_on"):
        known[name] = date.fromisoformat(str(known[name]))
    return Terms(**known)


def document_of(agreement: Agreement, terms: Terms, *, number: int) -> dict[str, Any]:
    """Everything that is agreed, parties and words of the items included, as plain JSON."""
    resource = agreement.resource
    known = {item.column: item for item in resource.items.all()}
    return {
        **{name: getattr(terms, name) for name in TERM_NAMES},
        "format": FORMAT,
        "agreement": agreement.number,
        "version": number,
        "request": agreement.request.number,
        "provider": {"uscc": agreement.provider.uscc, "name": agreement.provider.name},
        "requester": {"uscc": agreement.requester.uscc, "name": agreement.requester.name},
        "resource": {"code": resource.code, "name": resource.name},
        "modes": [agreement.sharing_mode],
        "system": agreement.system.name if agreement.system else None,
        "items": [_item(known[column]) for column in terms.items],
        "row_filter": [
            {**one.document(), "name": known[one.column].name} for one in terms.row_filter
        ],
        "masks": {column: rule for column, rule in terms.masks.items() if column in terms.items},
        "canary": {column: text for column, text in terms.canary.items() if column in terms.items},
        "starts_on": terms.starts_on.isoformat(),
        "ends_on": terms.ends_on.isoformat(),
    }


def canonical(document: Mapping[str, Any]) -> bytes:
    """One spelling of one document: sorted keys, no spaces, UTF-8."""
    return json.dumps(
        document, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False
    ).encode()


def content_hash(document: Mapping[str, Any]) -> str:
    return hashlib.sha256(canonical(document)).hexdigest()


def changed_names(before: Terms, after: Terms) -> tuple[str, ...]:
    return tuple(name for name in TERM_NAMES if getattr(before, name) != getattr(after, name))


def _agreed_columns(agreement: Agreement) -> tuple[str, ...]:
    agreed = agreement.agreed_items.select_related("item").order_by("item__position")
    return tuple(one.item.column for one in agreed)


def _item(item: DataItem) -> dict[str, Any]:
    return {
        "column": item.column,
        "name": item.name,
        "type": item.type,
        "length": item.length,
        "is_key": item.is_key,
    }
