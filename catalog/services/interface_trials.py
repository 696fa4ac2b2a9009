"""Trying a call of one's own interface, before anybody else may call it."""

from dataclasses import dataclass, field

import psycopg
from django.db import connection, transaction
from django.utils.translation import gettext as _
from psycopg import sql

from audit.services import record
from catalog.interfaces import answers, asking, parameters, paths
from catalog.interfaces.failures import InterfaceFailure
from catalog.models import InterfaceCall
from catalog.sources.permissions import may_set_up
from catalog.store.columns import column_of
from portal.common.errors import Invalid
from portal.organisation.models import User


@dataclass(frozen=True, slots=True)
class Trial:
    """How a call went: how many rows came, and how many have a value for each item; no value."""

    rows: int = 0
    filled: dict[str, int] = field(default_factory=dict)
    failure: InterfaceFailure | None = None

    @property
    def is_ok(self) -> bool:
        return self.failure is None


def try_call(*, call: InterfaceCall, path: str, given: parameters.Parameters, by: User) -> Trial:
    """Call the provider now, as an agreement would, whether the interface is open or not.

    Raises NotAllowed or Invalid. What is asked with is not recorded, for it may be of a person.
    """
    may_set_up(by, call.interface.resource).enforce()
    if paths.matched([call], call.method, path) is None:
        words = _("The path does not fit the call: %(path)s.") % {"path": call.path}
        raise Invalid(_("The call has errors."), fields={"path": [words]})
    parameters.check(call, given)
    try:
        trial = _read(call, asking.ask(call.interface, call, path, given))
    except InterfaceFailure as failure:
        trial = Trial(failure=failure)
    _note(call, trial, by)
    return trial


def _read(call: InterfaceCall, text: str) -> Trial:
    items = call.interface.resource.items.order_by("position", "pk")
    columns = [column_of(item) for item in items]
    counts: list[sql.Composable] = [sql.SQL("count(*)")]
    counts += [sql.SQL("count({})").format(column.identifier) for column in columns]
    statement = sql.SQL("SELECT {} FROM {}").format(
        sql.SQL(", ").join(counts), answers.records(columns)
    )
    with transaction.atomic(), connection.cursor() as wrapped:
        cursor = wrapped.cursor
        answers.counted(cursor, text, call)
        try:
            cursor.execute(statement, [text, answers.place_of(call)])
        except psycopg.DataError as unfit:
            raise InterfaceFailure("interface_unfit") from unfit
        rows, *filled = cursor.fetchone()
    names = [column.name for column in columns]
    return Trial(rows=rows, filled=dict(zip(names, filled, strict=True)))


@transaction.atomic
def _note(call: InterfaceCall, trial: Trial, by: User) -> None:
    record(
        actor=by,
        action="catalog.interface.try",
        target=call.interface,
        call=str(call),
        result="ok" if trial.is_ok else "failed",
        failure=trial.failure.code if trial.failure else "",
        rows=trial.rows,
    )
