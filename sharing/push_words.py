"""Why a push failed, in words for the people of both sides, from the codes that are kept."""

from collections.abc import Mapping

from django.utils.translation import gettext_lazy as _

from catalog.sources.words import Explanation
from portal.common.text import Text

# code: (what happened, what to do)
FAILURES: dict[str, tuple[Text, Text]] = {
    "host_unknown": (
        _("No computer is known by the name “%(host)s”."),
        _("Check the host of the target, or enter its address in numbers."),
    ),
    "network_not_allowed": (
        _("The portal may not connect to “%(host)s”: it lies outside the allowed networks."),
        _("Ask the security administrator of the portal to open the network of the target."),
    ),
    "unreachable": (
        _("Nothing answers at %(host)s, port %(port)s."),
        _("See that the database runs, and that host, port and firewall let the portal in."),
    ),
    "timed_out": (
        _("%(host)s, port %(port)s did not answer in time."),
        _("See that the firewall lets the portal in and that the network is up."),
    ),
    "too_many_connections": (
        _("The target has no connection free."),
        _("Choose a quieter time, or let the target take more connections."),
    ),
    "shutting_down": (
        _("The target is just starting or stopping."),
        _("Try again when it runs."),
    ),
    "connection_lost": (
        _("The connection to %(host)s, port %(port)s broke off. The table is as it was before."),
        _("Look at the network and the log of the target if this happens again."),
    ),
    "locked": (
        _("Somebody held the table locked in the target for more than a minute."),
        _("Choose a time at which nobody else writes the table."),
    ),
    "cancelled": (
        _("The target broke off the statement. The table is as it was before."),
        _("It took too long, or an administrator of the target stopped it. Try again."),
    ),
    "wrong_password": (
        _("The target refused the user “%(user)s” or the password."),
        _("Check user and password of the target and enter the password again."),
    ),
    "database_missing": (
        _("The target has no database “%(database)s”."),
        _("Check the name of the database."),
    ),
    "login_refused": (
        _("The target does not let the user “%(user)s” into the database “%(database)s”."),
        _("Ask the administrator of the target to allow this user to log in from the portal."),
    ),
    "tls_refused": (
        _("No trusted encryption with %(host)s came about."),
        _("See that the server has a certificate for this name, signed by one that is trusted."),
    ),
    "permission_denied": (
        _("The user may not read and write the table."),
        _(
            "Ask the administrator of the target to grant SELECT, INSERT, UPDATE and DELETE on it"
            " and on the table portal_pushes."
        ),
    ),
    "no_staging_right": (
        _("The user may not make temporary tables, in which rows wait until they are whole."),
        _("Ask the administrator of the target to grant TEMPORARY (CREATE TEMPORARY TABLES)."),
    ),
    "relation_changed": (
        _("The table was changed in the target while it was being written."),
        _("Start again; if it fails again, test the target."),
    ),
    "target_missing": (
        _("The target has no table “%(relation)s”, or does not show it to the user."),
        _("Make it by the statement on this page, or let the portal make it."),
    ),
    "target_not_made": (
        _("The table “%(relation)s” is missing, and the user may not make it."),
        _("Let the administrator of the target make it by the statement on this page."),
    ),
    "books_not_made": (
        _(
            "The user may not make the table %(books)s, in which the portal keeps how far it has"
            " pushed."
        ),
        _("Grant CREATE to the user once, or make the table as the manual says."),
    ),
    "books_unreadable": (
        _("What the portal kept in the table %(books)s was written over."),
        _("Delete the line of this agreement there: the next push sends all rows."),
    ),
    "target_columns_missing": (
        _("The table lacks these columns: %(columns)s. No row was moved."),
        _("Add them as in the statement on this page."),
    ),
    "target_columns_unfit": (
        _("These columns cannot hold what is agreed: %(columns)s. No row was moved."),
        _("Give them the types of the statement on this page."),
    ),
    "target_columns_wanted": (
        _("These columns must be filled, and are not in the agreement: %(columns)s."),
        _("Let them be empty or give them a default."),
    ),
    "target_key_missing": (
        _("The table has no primary key or unique index of exactly these columns: %(columns)s."),
        _("Make one, so that rows can be told apart."),
    ),
    "target_engine": (
        _("The table's engine is %(engine)s, which has no transactions."),
        _("Make it an InnoDB table: else a push that breaks off would leave half of its rows."),
    ),
    "value_refused": (
        _("The table refused a row (error %(sqlstate)s). It is as it was before."),
        _("Look at its constraints, lengths and triggers; the log of the target tells the row."),
    ),
    "row_too_large_there": (
        _("A row is larger than the target's server takes as one. The table is as it was before."),
        _("Let its administrator raise max_allowed_packet."),
    ),
    "credentials_unreadable": (
        _("The stored password can no longer be opened."),
        _("Enter the password of the target again."),
    ),
    "source_error": (
        _("The target reports the error %(sqlstate)s. The table is as it was before."),
        _("Look at the log of the target, at the time of this push."),
    ),
    "reader_lost": (
        _("The portal's own database broke off. The table is as it was before."),
        _("Tell the operators of the portal if this happens again."),
    ),
    "busy": (
        _("%(reason)s"),
        _("The table is as it was before."),
    ),
    "target_removed": (
        _("The table is registered no longer."),
        _("Register it again, if rows are to be pushed."),
    ),
    "refused": (
        _("%(reason)s"),
        _("The table is as it was before."),
    ),
    "broken_off": (
        _("The work broke off several times without an answer, the worker with it."),
        _("Tell the operators of the portal the number of this push; then start again."),
    ),
}
UNKNOWN = (
    _("The push failed with the code %(code)s."),
    _("Tell the operators of the portal the number of this push."),
)


def explain(code: str, data: Mapping[str, str | int]) -> Explanation:
    """The words for a failure, in the active language."""
    what, to_do = FAILURES.get(code, UNKNOWN)
    known = {"code": code, **data}
    return Explanation(what=str(what) % known, to_do=str(to_do) % known)
