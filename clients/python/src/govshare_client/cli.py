"""The command `govshare`. Address and credential come from the environment, never from the command line:

GOVSHARE_URL, and GOVSHARE_CLIENT_ID with GOVSHARE_CLIENT_SECRET, or GOVSHARE_API_KEY.
"""

import argparse
import json
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from .copy import LocalCopy
from .errors import GovshareError
from .portal import Portal
from .shapes import FORMATS

FOLLOW_WAIT = 30


class UsageError(GovshareError):
    """The command line or the environment is not right."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit code 0 when all is well, 1 when the portal refuses or is away, 2 when the command is wrong."""
    given = _parser().parse_args(arguments)
    try:
        given.act(_portal(os.environ, language=given.language), given)
    except UsageError as wrong:
        sys.stderr.write(f"govshare: {wrong}\n")
        return 2
    except GovshareError as refusal:
        sys.stderr.write(f"govshare: {refusal}\n")
        return 1
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # The reader has seen enough, as `head` has; nothing more may be written, at exit neither.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    return 0


def _portal(environment: Mapping[str, str], *, language: str) -> Portal:
    address = environment.get("GOVSHARE_URL", "")
    if not address:
        raise UsageError("set GOVSHARE_URL to the address of the portal")
    try:
        return Portal(
            address,
            client_id=environment.get("GOVSHARE_CLIENT_ID", ""),
            client_secret=environment.get("GOVSHARE_CLIENT_SECRET", ""),
            api_key=environment.get("GOVSHARE_API_KEY", ""),
            ca_certs=environment.get("GOVSHARE_CA_CERTS") or None,
            language=language,
        )
    except ValueError as wrong:
        words = "set GOVSHARE_CLIENT_ID and GOVSHARE_CLIENT_SECRET, or GOVSHARE_API_KEY"
        raise UsageError(f"{wrong} ({words})") from wrong


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="govshare", description=__doc__)
    parser.add_argument("--language", default="zh-hans", help="of refusals: zh-hans or en")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    search = commands.add_parser("search", help="find resources in the catalogue")
    search.add_argument("words", nargs="*")
    search.add_argument("--most", type=int, default=20, help="how many at most (20)")
    search.set_defaults(act=_search)

    agreements = commands.add_parser("agreements", help="list the agreements of your department")
    agreements.add_argument("--state", default="active")
    agreements.set_defaults(act=_agreements)

    rows = _under(commands, "rows", "print rows, a JSON object a line")
    _question(rows)
    rows.add_argument("--order", default="", help="an indexed column; --order=-column from the end")
    rows.add_argument("--most", type=int, help="how many at most")
    rows.set_defaults(act=_rows)

    export = _under(commands, "export", "take all rows as a file, whole or not at all")
    _question(export)
    export.add_argument("output", type=Path)
    export.add_argument("--format", choices=FORMATS, help="usually what the file's name ends in")
    export.add_argument(
        "--prepared", action="store_true", help="have it prepared: what breaks off goes on"
    )
    export.add_argument("--encoding", choices=["utf-8", "gb18030"], help="of CSV")
    export.add_argument("--excel", action="store_true", help="CSV for spreadsheets")
    export.set_defaults(act=_export)

    files = _under(commands, "files", "list the files that are shared as they are")
    files.set_defaults(act=_files)

    download = _under(commands, "download", "take such a file; what breaks off goes on")
    download.add_argument("name", help="of the file")
    download.add_argument("output", type=Path, nargs="?", help="usually the file's own name, here")
    download.add_argument("--version", type=int, help="usually the newest")
    download.set_defaults(act=_download)

    verify = _under(commands, "verify", "ask whether keys are there and values match")
    verify.add_argument("keys", nargs="*", help="without any: JSON lines from the standard input")
    verify.set_defaults(act=_verify)

    changes = _under(commands, "changes", "print what has changed, a JSON object a line")
    changes.add_argument("--cursor", type=Path, required=True, help="file that keeps the place")
    changes.add_argument("--follow", action="store_true", help="go on waiting for changes")
    changes.set_defaults(act=_changes)

    apply = _under(commands, "apply", "keep a copy of the rows in SQLite up to date")
    apply.add_argument("database", type=Path)
    apply.add_argument("--follow", action="store_true", help="go on waiting for changes")
    apply.set_defaults(act=_apply)
    return parser


def _under(commands: Any, name: str, help: str) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = commands.add_parser(name, help=help)
    parser.add_argument("number", help="of the agreement")
    return parser


def _question(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--fields", default="", help="columns, separated by commas")
    parser.add_argument("--filter", default="", help="JSON, as the API takes it")


def _asked(given: argparse.Namespace) -> dict[str, Any]:
    return {
        "fields": [name for name in given.fields.split(",") if name],
        "filter": _json(given.filter, "--filter") if given.filter else None,
    }


def _search(portal: Portal, given: argparse.Namespace) -> None:
    for resource in _first(portal.search(" ".join(given.words)), given.most):
        _say("\t".join([str(resource.id), resource.code, resource.name, resource.department]))


def _agreements(portal: Portal, given: argparse.Namespace) -> None:
    for terms in portal.agreements(state=given.state):
        _say("\t".join([terms.number, terms.state, terms.ends_on, terms.resource_name]))


def _rows(portal: Portal, given: argparse.Namespace) -> None:
    size = min(given.most, 1_000) if given.most else 1_000
    found = portal.agreement(given.number).rows(page_size=size, order=given.order, **_asked(given))
    for row in _first(found, given.most):
        _print(row)


def _export(portal: Portal, given: argparse.Namespace) -> None:
    kind = given.format or given.output.suffix.removeprefix(".")
    if kind not in FORMATS:
        raise UsageError(f"--format is one of {', '.join(FORMATS)}")
    options: dict[str, Any] = {}
    if given.encoding:
        options["encoding"] = given.encoding
    if given.excel:
        options["excel"] = "1"
    agreement = portal.agreement(given.number)
    take = agreement.export_prepared if given.prepared else agreement.export
    exported = take(given.output, format=kind, **_asked(given), **options)
    _print(asdict(exported))


def _files(portal: Portal, given: argparse.Namespace) -> None:
    for one in portal.agreement(given.number).files():
        _say("\t".join([one.name, str(one.version), str(one.size), one.sha256]))


def _download(portal: Portal, given: argparse.Namespace) -> None:
    # A name is the portal's word: it must not lead out of this directory.
    place = given.output or Path(Path(given.name).name)
    agreement = portal.agreement(given.number)
    _print(asdict(agreement.download(given.name, place, version=given.version)))


def _verify(portal: Portal, given: argparse.Namespace) -> None:
    entries = given.keys or (_json(line, "the input") for line in sys.stdin if line.strip())
    for one in portal.agreement(given.number).verify(entries):
        _print(asdict(one))


def _changes(portal: Portal, given: argparse.Namespace) -> None:
    wait = FOLLOW_WAIT if given.follow else 0
    agreement = portal.agreement(given.number)
    for change in agreement.changes(cursor_file=given.cursor, follow=given.follow, wait=wait):
        _print(asdict(change))


def _apply(portal: Portal, given: argparse.Namespace) -> None:
    agreement, copy = portal.agreement(given.number), LocalCopy(given.database)
    _print(asdict(copy.update(agreement)))
    while given.follow:
        applied = copy.update(agreement, wait=FOLLOW_WAIT)
        if applied.changes or applied.is_anew:
            _print(asdict(applied))


def _first(found: Iterator[Any], most: int | None) -> Iterator[Any]:
    for count, one in enumerate(found, start=1):
        yield one
        if count == most:
            return


def _json(text: str, where: str) -> Any:
    try:
        return json.loads(text)
    except ValueError as wrong:
        raise UsageError(f"{where}: not JSON ({wrong})") from wrong


def _print(document: Mapping[str, Any]) -> None:
    _say(json.dumps(document, ensure_ascii=False, default=_spelt))


def _spelt(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    raise TypeError(type(value).__name__)


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()
