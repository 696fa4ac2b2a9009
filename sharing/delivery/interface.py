"""A provider's own interface, called under an agreement: only what is allowed in, only what is agreed out.

The answer's rows go through the database on their way: the agreement's columns, masks and row scope
are applied there, in the same SQL as in its view, and the view has to be there still. What the items'
types do not take is refused as a whole.
"""

import psycopg
from django.utils.translation import gettext as _
from psycopg import sql

from catalog.interfaces import answers, asking, paths
from catalog.interfaces.failures import InterfaceFailure
from catalog.interfaces.parameters import Parameters, check
from catalog.models import (
    CallMethod,
    InterfaceCall,
    MaskingRule,
    PublishedInterface,
    SharingMode,
)
from catalog.selectors.interfaces import open_interface_of
from catalog.store.columns import column_of
from portal.common.errors import NotAllowed, NotFound
from portal.organisation.models import InformationSystem, User
from sharing import outlet, row_filters
from sharing.models import Agreement, PullKind, PullResult

from .asking import Given
from .pages import ended_as_refusal
from .pulls import Call, begin, noted
from .quotas import QuotaError
from .reader import reading


def called(
    *,
    number: str,
    party: User | InformationSystem,
    method: CallMethod,
    path: str,
    parameters: Parameters,
) -> bytes:
    """What the provider's interface answers, as {"rows": […], "count": n}.

    Raises NotFound, NotAllowed, Invalid, QuotaError or InterfaceFailure; every outcome is noted as one
    pull.
    """
    told = Given(parameters).told()
    query = f"{method.value} {path}" + (f"?{told}" if told else "")
    call = begin(number=number, party=party, kind=PullKind.INTERFACE, query=query)
    with noted(call):
        try:
            return _answer(call, method, path, parameters)
        except InterfaceFailure as failure:
            call.note(PullResult.BROKEN, status=failure.status, reason=str(failure.message))
            raise


def _answer(call: Call, method: CallMethod, path: str, parameters: Parameters) -> bytes:
    agreement = call.agreement
    interface, allowed = _allowed(agreement, method, path)
    check(allowed, parameters)
    call.items = [column.name for column in outlet.columns_of(agreement)]
    most = call.take(allowed.most_rows)
    text = asking.ask(interface, allowed, path, parameters)
    rows = _let_out(call, text, allowed, most)
    body = f'{{"rows":{rows},"count":{call.rows}}}'.encode()
    call.bytes = len(body)
    return body


def _allowed(
    agreement: Agreement, method: CallMethod, path: str
) -> tuple[PublishedInterface, InterfaceCall]:
    if agreement.sharing_mode != SharingMode.INTERFACE:
        raise NotAllowed(_("The agreement is not for calls of an interface."))
    if MaskingRule.PSEUDONYM in agreement.masks.values():
        # Here the reader itself masks what comes from outside, and it must not have the key.
        raise NotAllowed(
            _("Answers of an interface have no pseudonyms: agree on another mask."),
            code="no_pseudonyms",
        )
    interface = open_interface_of(agreement.resource_id)
    if interface is None:
        raise NotFound(_("The provider has no interface open for this resource."))
    allowed = paths.matched(interface.calls.all(), method, path)
    if allowed is None:
        raise NotFound(_("The interface does not allow this call."), code="call_not_allowed")
    return interface, allowed


def _let_out(call: Call, text: str, allowed: InterfaceCall, most: int) -> str:
    """The agreed part of the answer's rows, as a JSON array; counts them as the call's."""
    with ended_as_refusal(call), reading(call.agreement) as connection:
        cursor = connection.cursor()
        found = answers.counted(cursor, text, allowed)
        if found > most:
            words = _(
                "The answer has %(rows)s rows, and of the agreed rows a day %(left)s are left."
            )
            raise QuotaError(words % {"rows": found, "left": most})
        try:
            cursor.execute(_statement(call.agreement), [text, answers.place_of(allowed)])
        except psycopg.DataError as unfit:
            raise InterfaceFailure("interface_unfit") from unfit
        rows, call.rows = cursor.fetchone() or ("[]", 0)
    return str(rows)


def _statement(agreement: Agreement) -> sql.Composed:
    """A query of one row: the agreed rows as JSON, and how many. Takes the text and the place of the rows."""
    items = list(agreement.resource.items.order_by("position", "pk"))
    try:
        scope = row_filters.where(
            row_filters.kept(agreement.row_filter), {item.column: item for item in items}
        )
    except KeyError as gone:
        raise InterfaceFailure("interface_unfit") from gone
    return sql.SQL(
        "SELECT coalesce(json_agg(_let_out), '[]')::text, count(*) FROM ("
        "SELECT {let_out} FROM {records}"
        " WHERE {scope} AND NOT EXISTS (SELECT FROM {view} WHERE false)) AS _let_out"
    ).format(
        let_out=sql.SQL(", ").join(
            outlet.let_out(column, agreement) for column in outlet.columns_of(agreement)
        ),
        records=answers.records([column_of(item) for item in items]),
        scope=scope,
        view=sql.Identifier(outlet.SCHEMA, agreement.view_name),
    )
