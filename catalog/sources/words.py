"""What failed, why and what to do; what a run did: in words, from the codes that are kept."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from catalog.models import ItemType
from portal.common.text import Text

from . import capture_words, file_words, web_words


@dataclass(frozen=True, slots=True)
class Explanation:
    """`what` happened, and what is `to_do` about it by whom."""

    what: str
    to_do: str


# code: (what happened, what to do)
FAILURES: dict[str, tuple[Text, Text]] = {
    "host_unknown": (
        _("No computer is known by the name “%(host)s”."),
        _("Check the host of the source, or enter its address in numbers."),
    ),
    "network_not_allowed": (
        _("The portal may not connect to “%(host)s”: it lies outside the allowed networks."),
        _("Ask the operators of the portal to allow the network of the source."),
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
        _("The source has no connection free."),
        _("Try again at a quieter time, or let the source take more connections."),
    ),
    "shutting_down": (
        _("The source is just starting or stopping."),
        _("Try again when it runs."),
    ),
    "connection_lost": (
        _("The connection to %(host)s, port %(port)s broke off."),
        _("Look at the network and the log of the source if this happens again."),
    ),
    "locked": (
        _("Somebody held the table locked at the source for more than a minute."),
        _("Choose a time at which the table is not being changed."),
    ),
    "table_busy": (
        _("The published rows were being read for long, while a column had to be added."),
        _("Start again when the long pulls have ended."),
    ),
    "cancelled": (
        _("The source broke off the query."),
        _("It took too long, or an administrator of the source stopped it. Try again."),
    ),
    "wrong_password": (
        _("The source refused the user “%(user)s” or the password."),
        _("Check user and password of the source and enter the password again."),
    ),
    "database_missing": (
        _("The source has no database “%(database)s”."),
        _("Check the name of the database."),
    ),
    "login_refused": (
        _("The source does not let the user “%(user)s” into the database “%(database)s”."),
        _("Ask the administrator of the source to allow this user to log in from the portal."),
    ),
    "tls_refused": (
        _("No trusted encryption with %(host)s came about."),
        _("See that the server has a certificate for this name, signed by one that is trusted."),
    ),
    "driver_missing": (
        _("The driver of the dialect %(dialect)s is not installed."),
        _("Ask the operators of the portal to install it."),
    ),
    "dialect_refused": (
        _("%(host)s did not let the user “%(user)s” into “%(database)s”: %(error)s."),
        _("Check host, database, user and password; the log of the source tells the reason."),
    ),
    "row_too_large": (
        _("Row %(row)s is larger than the source's server sends as one."),
        _("Let its administrator raise max_allowed_packet, or leave the large column out."),
    ),
    "relation_missing": (
        _("The source has no table or view “%(relation)s”, or does not show it to the portal."),
        _("If it was renamed, choose the new one in the sync job."),
    ),
    "permission_denied": (
        _("The user of the source may not read the table or some of its columns."),
        _("Ask the administrator of the source to grant SELECT on it."),
    ),
    "relation_changed": (
        _("The table was changed at the source while it was being read."),
        _("Start again; if it fails again, check the sync job."),
    ),
    "column_missing": (
        _("These columns are gone from the source: %(columns)s. No row was moved."),
        _("If they were renamed, choose the new ones in the sync job; else restore them."),
    ),
    "column_changed": (
        _("These columns have another type at the source now: %(columns)s. No row was moved."),
        _("Check that the values still mean the same, then save the sync job again to accept it."),
    ),
    "column_unfit": (
        _("These columns cannot fill their data items: %(columns)s."),
        _("Choose other columns, give the source a view that converts them, or correct the items."),
    ),
    "watermark_unfit": (
        _("The column %(column)s (%(type)s) cannot be a watermark: it is no time and no number."),
        _("Choose a time of change or a growing whole number, or compare in full."),
    ),
    "watermark_unreadable": (
        _(
            "The watermark column %(column)s holds a value that is no time that can be reckoned with."
        ),
        _("Correct it at the source (infinity, 0000-00-00), or compare in full."),
    ),
    "item_unmapped": (
        _("These data items have no column of the source yet: %(items)s."),
        _("Choose a column for each in the sync job."),
    ),
    "no_key": (
        _("The resource has no key item, so that rows cannot be told apart."),
        _("Mark at least one data item as the key."),
    ),
    "item_in_use": (
        _("Live agreements read these data items, whose type changed or which went: %(items)s."),
        _("Restore the items, or end the agreements first."),
    ),
    "key_in_use": (
        _("Live agreements page by the key of this resource, which changed: %(items)s."),
        _("Restore the key items, or end the agreements first."),
    ),
    "wrong_type": (
        _("Row %(row)s: the value of “%(item)s” is no %(type)s."),
        _("Correct the row at the source, or the type of the data item."),
    ),
    "too_long": (
        _("Row %(row)s: the value of “%(item)s” has more than %(length)s characters."),
        _("Correct the row at the source, or the length of the data item."),
    ),
    "out_of_range": (
        _("Row %(row)s: the value of “%(item)s” is out of range."),
        _("Correct the row at the source, or the type of the data item."),
    ),
    "null_in_key": (
        _("Row %(row)s: “%(item)s” is empty, but it belongs to the key."),
        _("Fill it in at the source, or choose another key."),
    ),
    "null_in_item": (
        _("Row %(row)s: “%(item)s” is empty, but may not be."),
        _("Fill it in at the source, or allow the data item to be empty."),
    ),
    "repeated_key": (
        _("The key %(items)s = %(key)s occurs %(times)s times at the source."),
        _("Remove the double rows at the source, or choose a key that tells them apart."),
    ),
    "code_list": (
        _(
            "Row %(row)s: “%(item)s” holds %(value)s, which is no code of the list %(list)s."
            " Rows with such a value in all: %(times)s."
        ),
        _("Correct the rows at the source, or have the code added to the list."),
    ),
    "too_many_bad": (
        _(
            "%(bad)s of %(rows)s rows break a rule, more than the %(most)s %% that the job allows."
            " Nothing was published."
        ),
        _(
            "Look at the rows in quarantine, repair them at the source and start again;"
            " or correct the rules of the job."
        ),
    ),
    "append_anew": (
        _(
            "The items have changed so that the store's table would be made anew, without the rows"
            " that the source no longer has. Nothing was changed."
        ),
        _(
            "Take the change of the items back; or let the job compare in full once, if only what"
            " the source has now is wanted."
        ),
    ),
    "shrunk": (
        _(
            "Only %(rows)s rows came; fewer than %(fewest)s were not expected after those that are"
            " published. Nothing was published."
        ),
        _(
            "See whether the source lost rows. If so few are right, start a run that may publish"
            " them."
        ),
    ),
    "bad_encoding": (
        _("The source gave characters that are in none of its encodings (row %(row)s)."),
        _("The database says one encoding and holds another; its administrator must repair that."),
    ),
    "credentials_unreadable": (
        _("The stored password can no longer be opened."),
        _("Enter the password of the source again."),
    ),
    "source_error": (
        _("The source reports the error %(sqlstate)s."),
        _("Look at the log of the source, at the time of this run."),
    ),
    "broken_off": (
        _("The work broke off three times without an answer, the worker with it."),
        _("Tell the operators of the portal the number of this run; then start again."),
    ),
}
FAILURES |= file_words.FAILURES | web_words.FAILURES | capture_words.FAILURES
UNKNOWN = (
    _("The run failed with the code %(code)s."),
    _("Tell the operators of the portal the number of this run."),
)

LOG: dict[str, Text] = {
    "attempt": _("Attempt %(attempt)s began"),
    "connected": _("Connected to %(product)s; the structure is as the job expects"),
    "reading": _("Reading began"),
    "unchanged": _("The source says that the file is the one whose rows are published"),
    "since": _("Read are the rows whose %(column)s is at least %(low)s"),
    "swept": _("Keys compared: %(keys)s at the source, %(deleted)s rows removed here"),
    "missing": _(
        "%(rows)s keys of the source are not here: their rows were bad, or came too late for the"
        " overlap; a full comparison brings the latter"
    ),
    "left": _("%(rows)s rows that are here differ at the source; they were left as they were"),
    "read": _("Reading ended: %(rows)s rows"),
    "again": _("Something is not as its item wants it: all rows are read once more, to tell what"),
    "checked": _("Checked: %(rows)s rows, %(bad)s of them bad"),
    "merged": _("Compared: %(inserted)s added, %(updated)s changed, %(deleted)s removed"),
    "published": _("Published: readers see %(rows)s rows from now on"),
    "cancelled": _("Cancelled; the published rows stay as they were"),
    "failed": _("Broken off; the published rows stay as they were"),
    "retry": _("Another attempt follows by itself"),
}
LOG |= capture_words.LOG


def explain(code: str, data: Mapping[str, str | int]) -> Explanation:
    """The words for a failure, in the active language."""
    what, to_do = FAILURES.get(code, UNKNOWN)
    known = {"code": code, **data}
    if code == "wrong_type" and data.get("type") in ItemType.values:
        known["type"] = str(ItemType(str(data["type"])).label)
    return Explanation(what=str(what) % known, to_do=str(to_do) % known)


def log_line(code: str, data: Mapping[str, str | int]) -> str:
    words = LOG.get(code)
    if words is None:
        return code
    shown = {name: f"{n:,}" if isinstance(n, int) else n for name, n in data.items()}
    return str(words) % shown
