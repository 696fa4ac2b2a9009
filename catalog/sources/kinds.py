"""The kinds of sources: what each asks for, where it listens, what it can do. The one table of this.

A new kind is a value of `SourceKind`, a connector and an entry here; form, page and API follow.
"""

from django.utils.translation import gettext_lazy as _

from catalog.models import JobMode, Source, SourceKind
from portal.common.text import Text

from .file_kinds import FILE_KINDS
from .kind import DATABASE, FIELDS, HOST, PORT, RELATION, USERNAME, Kind, Secret, Setting

__all__ = [
    "DATABASE",
    "FIELDS",
    "HOST",
    "KINDS",
    "PORT",
    "RELATION",
    "USERNAME",
    "Kind",
    "Secret",
    "Setting",
    "kind_of",
    "place_words",
]

DIALECTS: tuple[tuple[str, Text], ...] = (
    ("oracle+oracledb", "Oracle"),
    ("mssql+pymssql", "SQL Server"),
    ("dm+dmPython", _("DM (达梦)")),
    ("postgresql+psycopg", _("PostgreSQL's protocol (人大金仓, openGauss)")),
    ("mysql+pymysql", _("MySQL's protocol (OceanBase, TiDB)")),
)
BY_WATERMARK = (JobMode.FULL, JobMode.INCREMENTAL, JobMode.APPEND)

KINDS: dict[str, Kind] = {
    kind.value: kind
    for kind in (
        Kind(
            value=SourceKind.POSTGRESQL,
            path="catalog.sources.postgresql.PostgreSQL",
            words=_("A PostgreSQL database, and what speaks its protocol."),
            modes=(*BY_WATERMARK, JobMode.CAPTURE),
            default_port=5432,
        ),
        Kind(
            value=SourceKind.MYSQL,
            path="catalog.sources.mysql.MySQL",
            words=_("A MySQL or MariaDB database, and what speaks their protocol."),
            modes=BY_WATERMARK,
            default_port=3306,
            settings=(
                Setting(
                    name="tls",
                    label=_("Encryption"),
                    choices=(
                        ("preferred", _("when the server offers it")),
                        ("checked", _("always, with a certificate for its name")),
                    ),
                    initial="preferred",
                    names_place=True,
                ),
                Setting(
                    name="zero_dates",
                    label=_("Dates 0000-00-00"),
                    help_text=_("What such a date means is for those to say who know the table."),
                    choices=(
                        ("refused", _("stop the run")),
                        ("empty", _("mean that there is no date")),
                    ),
                    initial="refused",
                ),
            ),
        ),
        Kind(
            value=SourceKind.SQLALCHEMY,
            path="catalog.sources.dialects.Dialect",
            words=_("Oracle, SQL Server, DM and others, by their driver for SQLAlchemy."),
            modes=BY_WATERMARK,
            settings=(
                Setting(
                    name="dialect",
                    label=_("Dialect and driver"),
                    help_text=_("The driver must be installed beside the portal."),
                    choices=DIALECTS,
                    names_place=True,
                ),
                Setting(
                    name="schema",
                    label=_("Schema"),
                    help_text=_("Empty means the one of the user."),
                    is_required=False,
                    max_length=128,
                ),
            ),
        ),
        *FILE_KINDS,
    )
}


def kind_of(value: str) -> Kind:
    return KINDS[value]


def place_words(source: Source) -> tuple[str, str]:
    """Where a source is, for lists: what is read there, and the computer or address."""
    kind = kind_of(source.kind)
    addresses = [one.name for one in kind.settings if one.names_place and not one.choices]
    named = [source.settings.get(name, "") for name in addresses]
    host = f"{source.host}:{source.port}" if source.port else source.host
    parts = [part for part in (source.database, host, *named) if part]
    return (parts[0], " ".join(parts[1:])) if parts else (kind.label, "")
