"""What may be amiss when changes are captured from a source's log, and what a run says of them."""

from django.utils.translation import gettext_lazy as _

from portal.common.text import Text

FAILURES: dict[str, tuple[Text, Text]] = {
    "capture_too_old": (
        _("The source is older than PostgreSQL 13; changes are captured from 13 on."),
        _("Choose another mode, or have the source brought up to date."),
    ),
    "capture_standby": (
        _("The source is a standby; changes are captured from the primary server alone."),
        _("Enter the primary server as the source, or choose another mode."),
    ),
    "capture_wal_level": (
        _(
            "The source does not write its log so that changes can be read (wal_level is %(level)s)."
        ),
        _(
            "Ask the administrator of the source to set wal_level = logical and to restart it,"
            " or choose another mode."
        ),
    ),
    "capture_right": (
        _("The user “%(user)s” of the source may not read its log."),
        _("Ask the administrator of the source for: ALTER ROLE %(user)s REPLICATION"),
    ),
    "capture_relation": (
        _(
            "“%(relation)s” is no ordinary table: of views and of partitioned, inherited, temporary"
            " and unlogged tables no changes are captured."
        ),
        _("Choose a table, or another mode."),
    ),
    "capture_row_security": (
        _("Row security hides rows of “%(relation)s” from the portal, but the log holds all."),
        _("Ask for a user who may see all rows that the portal is to get, or choose another mode."),
    ),
    "capture_generated": (
        _("The log does not hold computed columns: %(columns)s."),
        _("Choose other columns, or another mode."),
    ),
    "capture_identity": (
        _(
            "The log would not say which row of “%(relation)s” was changed or deleted: its replica"
            " identity is not the key of the entry (%(columns)s)."
        ),
        _(
            "Ask the administrator of the source for a primary key of exactly these columns, or"
            " for REPLICA IDENTITY FULL beside a unique key of them; none may be NULL."
        ),
    ),
    "capture_publication_right": (
        _("The user “%(user)s” may not make a publication of “%(relation)s”."),
        _(
            "Ask the administrator of the source for:"
            " CREATE PUBLICATION %(publication)s FOR TABLE %(relation)s"
        ),
    ),
    "capture_publication": (
        _("The publication “%(publication)s” does not hold all changes of “%(relation)s”."),
        _(
            "It must hold the table with all its columns, without a row filter, and publish insert,"
            " update, delete and truncate. Ask the administrator of the source to correct it."
        ),
    ),
    "capture_no_slots": (
        _("The source has no replication slot free."),
        _("Ask its administrator to raise max_replication_slots, or to drop slots nobody reads."),
    ),
    "capture_waits": (
        _("A transaction at the source was open for so long that capturing could not begin."),
        _("Try again when it has ended; its administrator finds it in pg_stat_activity."),
    ),
    "capture_slot_busy": (
        _("Somebody else is reading the replication slot of this job."),
        _("It should be free in a moment; if not, ask the administrator of the source who it is."),
    ),
    "capture_slot_gone": (
        _(
            "The replication slot of this job is gone from the source, or somebody else has read"
            " from it: changes are missing. No row was moved."
        ),
        _("Read everything anew: the job gets a new slot, and all rows are compared once."),
    ),
    "capture_remade": (
        _("The table was dropped and made anew at the source. No row was moved."),
        _("See that the new one means the same, then read everything anew."),
    ),
    "capture_truncated": (
        _("The table was emptied at the source by TRUNCATE. No row was moved."),
        _("See whether that was meant. If so, read everything anew."),
    ),
    "capture_moving": (
        _("Rows went at the source while the portal was reading them."),
        _("Start again at a quieter time if this happens again."),
    ),
    "capture_unreadable": (
        _("The log of the source holds something that the portal cannot read."),
        _("Tell the operators of the portal the number of this run; read everything anew."),
    ),
}
LOG: dict[str, Text] = {
    "captures": _("Read are the changes up to the place %(upto)s of the source's log"),
    "captured": _("%(changes)s changes were in the log"),
}
# After these the job must begin anew; the page of the run offers it.
BEGIN_ANEW = frozenset(
    {"capture_slot_gone", "capture_remade", "capture_truncated", "capture_unreadable"}
)
