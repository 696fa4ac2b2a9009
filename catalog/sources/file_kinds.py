"""The kinds of sources that are files, and web interfaces that give rows."""

from collections.abc import Mapping
from dataclasses import replace

from django.utils.translation import gettext_lazy as _

from catalog.models import JobMode, SourceKind
from portal.common.text import Text

from .files.layout import (
    DELIMITERS,
    ENCODINGS,
    FORMATS,
    LONGEST_PATH,
    MOST_HEADER_ROWS,
    NONE,
    QUOTES,
    TAB,
)
from .kind import DATABASE, HOST, PORT, RELATION, USERNAME, Kind, Secret, Setting
from .web import is_address

LONGEST_KEY = 8000

ROWS_PATH = Setting(
    "rows_path",
    _("Path to the rows"),
    _("Of JSON: names joined with dots, for example data.rows. Empty when the answer is the list."),
    is_required=False,
    max_length=LONGEST_PATH,
)
LAYOUT = (
    Setting("format", _("Format"), choices=tuple(FORMATS.items()), initial="csv"),
    Setting(
        "encoding",
        _("Encoding"),
        _("Of CSV and TSV. The others say it themselves."),
        choices=tuple(ENCODINGS.items()),
        initial="utf-8",
    ),
    Setting(
        "delimiter",
        _("Delimiter"),
        _("Of CSV and TSV."),
        choices=tuple((TAB if one == "\t" else one, words) for one, words in DELIMITERS.items()),
        initial=",",
    ),
    Setting(
        "quote",
        _("Quotes"),
        _("Of CSV and TSV: what stands around values that hold the delimiter."),
        choices=tuple((one or NONE, words) for one, words in QUOTES.items()),
        initial='"',
    ),
    Setting(
        "header_row",
        _("Header row"),
        _("Of CSV, TSV and Excel: in which row the names of the columns stand; 0 for none."),
        initial="1",
        max_length=3,
    ),
    ROWS_PATH,
)
ADDRESS = Setting(
    "address",
    _("Address"),
    _("It begins with https:// or http://, without user and password."),
    names_place=True,
    max_length=1000,
)
AUTH = (
    Setting(
        "auth",
        _("Sign-in"),
        choices=(
            ("none", _("none")),
            ("basic", _("user and password (Basic)")),
            ("bearer", _("token (Bearer)")),
            ("header", _("key in a header of its own")),
        ),
        initial="none",
        names_place=True,
    ),
    Setting(
        "auth_header",
        _("Header of the key"),
        _("Only for a key in a header of its own, for example X-Api-Key."),
        is_required=False,
        names_place=True,
        max_length=60,
    ),
)
PAGING = (
    Setting(
        "paging",
        _("Paging"),
        choices=(
            ("none", _("none: all rows at once")),
            ("page", _("page number")),
            ("offset", _("offset: how many rows to skip")),
            ("cursor", _("cursor: each page names the next")),
            ("link", _("link to the next page, in the answer or its Link header")),
        ),
        initial="none",
    ),
    Setting(
        "parameter",
        _("Parameter of page, offset or cursor"),
        _("For example page, offset, cursor."),
        is_required=False,
        max_length=60,
    ),
    Setting("first", _("Number of the first page"), initial="1", is_required=False, max_length=3),
    Setting(
        "size_parameter",
        _("Parameter of the page size"),
        is_required=False,
        max_length=60,
    ),
    Setting("page_size", _("Page size"), initial="1000", is_required=False, max_length=6),
    Setting(
        "next_path",
        _("Path to the next cursor or link"),
        is_required=False,
        max_length=LONGEST_PATH,
    ),
    Setting(
        "total_path",
        _("Path to the number of rows"),
        _("When the interface says how many there are, the run fails if another number comes."),
        is_required=False,
        max_length=LONGEST_PATH,
    ),
)


def _check_layout(settings: Mapping[str, str]) -> dict[str, Text]:
    row = settings.get("header_row", "")
    if not row.isdigit() or int(row) > MOST_HEADER_ROWS:
        return {"header_row": _("Enter a number from 0 to %(most)s.") % {"most": MOST_HEADER_ROWS}}
    return {}


def _check_address(settings: Mapping[str, str]) -> dict[str, Text]:
    if not is_address(settings["address"]):
        return {"address": _("Enter one web address without user and password.")}
    return {}


def _check_auth(settings: Mapping[str, str]) -> dict[str, Text]:
    name = settings["auth_header"]
    if settings["auth"] == "header" and not name.replace("-", "").isalnum():
        return {"auth_header": _("Enter the name of a header: letters, digits and hyphens.")}
    if not name.isascii():
        return {"auth_header": _("Enter the name of a header: letters, digits and hyphens.")}
    return {}


def _check_http(settings: Mapping[str, str]) -> dict[str, Text]:
    return {**_check_layout(settings), **_check_address(settings), **_check_auth(settings)}


def _check_rest(settings: Mapping[str, str]) -> dict[str, Text]:
    found = {**_check_address(settings), **_check_auth(settings)}
    needs = {
        "page": ("parameter", "first"),
        "offset": ("parameter",),
        "cursor": ("parameter", "next_path"),
    }
    for name in needs.get(settings["paging"], ()):
        if not settings[name]:
            found[name] = _("This way of paging needs it.")
    for name in ("first", "page_size"):
        if settings[name] and not settings[name].isdigit():
            found[name] = _("Enter a whole number.")
    return found


def _check_s3(settings: Mapping[str, str]) -> dict[str, Text]:
    return {**_check_layout(settings), **_check_address(settings)}


def _check_harvest(settings: Mapping[str, str]) -> dict[str, Text]:
    return {**_check_address(settings), **_check_auth(settings)}


FILE_LABELS = {RELATION: _("Sheet or file")}
FILE_KINDS = (
    Kind(
        value=SourceKind.UPLOAD,
        path="catalog.sources.uploaded_file.UploadedFile",
        words=_("A file that the department's stewards upload: CSV, Excel, JSON or Parquet."),
        modes=(JobMode.FULL,),
        asks=(),
        secret=Secret.NONE,
        settings=LAYOUT,
        labels=FILE_LABELS,
        check=_check_layout,
    ),
    Kind(
        value=SourceKind.HTTP,
        path="catalog.sources.http_file.HttpFile",
        words=_("A file at a web address."),
        modes=(JobMode.FULL,),
        asks=(),
        may_ask=(USERNAME,),
        secret=Secret.OPTIONAL,
        settings=(ADDRESS, *AUTH, *LAYOUT),
        labels={**FILE_LABELS, "password": _("Password, token or key")},
        check=_check_http,
    ),
    Kind(
        value=SourceKind.SFTP,
        path="catalog.sources.sftp_file.SftpFile",
        words=_("A file on an SFTP server."),
        modes=(JobMode.FULL,),
        default_port=22,
        asks=(HOST, PORT, USERNAME),
        secret_length=LONGEST_KEY,
        secret_has_lines=True,
        settings=(
            Setting("file", _("File"), _("With its folders, as the server calls it.")),
            Setting(
                "host_key",
                _("Fingerprint of the host key"),
                _(
                    "Leave it empty at first: the test of the connection shows the server's key."
                    " Compare it with what its administrator says, then enter it here."
                ),
                is_required=False,
                names_place=True,
                max_length=60,
            ),
            *LAYOUT,
        ),
        labels={**FILE_LABELS, "password": _("Password or private key")},
        check=_check_layout,
    ),
    Kind(
        value=SourceKind.S3,
        path="catalog.sources.s3_file.S3File",
        words=_("An object in S3 or in a storage that speaks its protocol."),
        modes=(JobMode.FULL,),
        asks=(DATABASE, USERNAME),
        settings=(
            replace(ADDRESS, label=_("Address of the storage")),
            Setting("region", _("Region"), is_required=False, max_length=40),
            Setting(
                "which",
                _("Which object"),
                choices=(
                    ("key", _("the one of this name")),
                    ("newest", _("the newest whose name begins so")),
                ),
                initial="key",
            ),
            Setting("key", _("Name, or beginning of it"), max_length=1000),
            *LAYOUT,
        ),
        labels={
            **FILE_LABELS,
            DATABASE: _("Bucket"),
            USERNAME: _("Access key"),
            "password": _("Secret key"),
        },
        check=_check_s3,
    ),
    Kind(
        value=SourceKind.REST,
        path="catalog.sources.rest_rows.RestRows",
        words=_("A web interface that gives rows as JSON, page after page."),
        modes=(JobMode.FULL,),
        asks=(),
        may_ask=(USERNAME,),
        secret=Secret.OPTIONAL,
        settings=(ADDRESS, *AUTH, ROWS_PATH, *PAGING),
        labels={**FILE_LABELS, "password": _("Password, token or key")},
        check=_check_rest,
    ),
    Kind(
        value=SourceKind.CKAN,
        path="catalog.sources.ckan_tables.CkanTables",
        words=_(
            "Another portal that speaks CKAN's interface: tables of its DataStore, and its datasets"
            " for drafts of entries."
        ),
        modes=(JobMode.FULL,),
        walk="catalog.sources.harvest.ckan.walk",
        asks=(),
        secret=Secret.OPTIONAL,
        settings=(replace(ADDRESS, label=_("Address of the portal")),),
        labels={RELATION: _("Table of the portal"), "password": _("Token")},
        check=_check_address,
    ),
    Kind(
        value=SourceKind.DCAT,
        path="catalog.sources.dcat_catalogue.DcatCatalogue",
        words=_(
            "Another portal's catalogue in DCAT (JSON-LD, Turtle, RDF/XML): its datasets for drafts"
            " of entries. It has no rows."
        ),
        modes=(),
        walk="catalog.sources.harvest.dcat.walk",
        asks=(),
        may_ask=(USERNAME,),
        secret=Secret.OPTIONAL,
        lists_relations=False,
        settings=(replace(ADDRESS, label=_("Address of the catalogue")), *AUTH),
        labels={"password": _("Password, token or key")},
        check=_check_harvest,
    ),
)
