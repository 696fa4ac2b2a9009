"""`manage.py audit_others`: the portals whose heads this one keeps, and the keys by which it knows them."""

import base64
import binascii
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser

from audit import others
from audit.models import OtherPortal
from audit.signing import PublicKey
from portal.common.errors import NotFound


class Command(BaseCommand):
    """Its words are English whatever the language of the pages, since scripts read them."""

    help = "Keep the heads of another portal's audit trail, or tell which are kept."

    def add_arguments(self, parser: CommandParser) -> None:
        acts = parser.add_subparsers(dest="act", required=True)
        acts.add_parser("list", help="what is kept of whom")
        add = acts.add_parser("add", help="begin to keep a portal's heads")
        add.add_argument("name", help="its name in the address that it pushes to")
        add.add_argument("--label", required=True, help="its name for people")
        add.add_argument("--origin", required=True, help="the first line of its heads")
        trust = acts.add_parser("trust", help="believe a further key of a portal that lost its own")
        trust.add_argument("name")
        for parser_ in (add, trust):
            parser_.add_argument("--key", required=True, help="its public key, 32 bytes in Base64")

    def handle(self, *args: Any, **options: Any) -> None:
        acts = {"list": self._list, "add": self._add, "trust": self._trust}
        acts[options["act"]](options)

    def _list(self, options: Any) -> None:
        for portal in others.portals():
            last = others.last_of(portal)
            held = f"head {last.number} over {last.size} entries" if last else "no head yet"
            forks = f"; CONTRADICTED {portal.forks.count()} times" if portal.forks.exists() else ""
            self.stdout.write(f"{portal.name} ({portal.origin}): {held}{forks}")

    def _add(self, options: Any) -> None:
        key = _key(options["key"])
        given = OtherPortal(name=options["name"], label=options["label"], origin=options["origin"])
        try:
            given.full_clean()
        except ValidationError as error:
            raise CommandError("; ".join(error.messages)) from error
        others.add(name=given.name, label=given.label, origin=given.origin, key=key, by=None)
        self.stdout.write(f"{given.name} pushes to /api/v1/audit/others/{given.name}/heads/")

    def _trust(self, options: Any) -> None:
        key = _key(options["key"])
        try:
            portal = others.portal_named(options["name"])
        except NotFound as error:
            raise CommandError(f"there is no portal {options['name']}") from error
        others.trust(portal=portal, key=key, by=None)
        self.stdout.write(f"{portal.name} is known by {key.key_id}")


def _key(words: str) -> PublicKey:
    try:
        raw = base64.b64decode(words, validate=True)
    except binascii.Error:
        raw = b""
    if len(raw) != 32:
        raise CommandError(
            "the key is 32 bytes in Base64, as the other portal's sealing board shows"
        )
    return PublicKey(raw)
