"""The evidence pack of a case: what happened, the trail's entries about it, and what proves them."""

import base64
import hashlib
import io
import json
import zipfile
from pathlib import Path
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import Model, Q
from django.utils import timezone

from audit import proofs, signing
from audit.models import Entry, TreeHead
from sharing.models import Agreement, SharingRequest

MOST_EVENTS = 10_000
SIGNED = b"evidence pack\n"
VERIFIER = Path(__file__).parent / "verify" / "verify_evidence.py"
README = """Evidence pack of the data sharing portal

case.json           the request, its opinions and notices, the agreement and its versions, the deliveries
events.json         the audit trail's entries about them: content as it was sealed, and its proof
heads.json          the signed head that proves them, and those that sealed each of them first
keys.json           the public keys that signed heads
manifest.json       the hash of each file; manifest.sig: its signatures
verify_evidence.py  checks all of it, offline: python verify_evidence.py PACK.zip --key PUBLIC-KEY

Take the public key from where the portal's operators published it, not from this pack. A pack proves
that what the trail says in it is unchanged since it was sealed. That nothing was left out can only be seen
in the trail itself.
"""


def build(request: SharingRequest) -> bytes:
    """The pack as it stands now, signed by every key of the environment."""
    agreement = Agreement.objects.filter(request=request).first()
    events, left_out = _events(request, agreement)
    head = proofs.latest()
    files = {
        "case.json": _json(_case(request, agreement)),
        "events.json": _json(_proved(events, head)),
        "heads.json": _json(_heads(events, head)),
        "keys.json": _json(proofs.keys_as_json()),
        "verify_evidence.py": VERIFIER.read_bytes(),
        "README.txt": README.encode(),
    }
    manifest = _json(
        {
            "case": request.number,
            "made_at": timezone.now(),
            "events": len(events),
            "left_out": left_out,
            "files": {name: hashlib.sha256(body).hexdigest() for name, body in files.items()},
        }
    )
    signatures = [
        {
            "key": key.public.key_id,
            "signature": base64.b64encode(key.sign(SIGNED + manifest)).decode(),
        }
        for key in signing.held()
    ]
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as pack:
        for name, body in [
            ("manifest.json", manifest),
            ("manifest.sig", _json(signatures)),
            *files.items(),
        ]:
            pack.writestr(name, body)
    return made.getvalue()


def _events(request: SharingRequest, agreement: Agreement | None) -> tuple[list[Entry], int]:
    """The newest entries about the case, oldest first, and how many older ones are left out."""
    about = Q(target_type=SharingRequest._meta.label_lower, target_id=str(request.pk))
    if agreement is not None:
        about |= Q(target_type=Agreement._meta.label_lower, target_id=str(agreement.pk))
    found = Entry.objects.filter(about)
    newest = list(found.order_by("-at", "-id")[:MOST_EVENTS])
    return newest[::-1], found.count() - len(newest) if len(newest) == MOST_EVENTS else 0


def _proved(events: list[Entry], head: TreeHead | None) -> list[dict[str, Any]]:
    made = []
    sealers = _sealers(events)
    for proof in proofs.inclusions([event.pk for event in events], head):
        told = proof.as_json()
        if proof.index is not None and proof.is_sealed:
            told["sealed_by"] = sealers[proof.entry_id].number
        made.append(told)
    return made


def _heads(events: list[Entry], head: TreeHead | None) -> dict[str, Any]:
    if head is None:
        return {"proving": "", "earlier": []}
    before = {one.number: one for one in _sealers(events).values() if one.number < head.number}
    return {
        "proving": head.facts.note,
        "earlier": [
            {
                "note": one.facts.note,
                "path": [known.hex() for known in proofs.consistency(one, head).path],
            }
            for _, one in sorted(before.items())
        ],
    }


def _sealers(events: list[Entry]) -> dict[int, TreeHead]:
    """The head that sealed each entry first."""
    return proofs.first_heads([event.pk for event in events])


def _case(request: SharingRequest, agreement: Agreement | None) -> dict[str, Any]:
    told = {"request": _whole(request, leave_out={"agreement"})}
    if agreement is not None:
        told["agreement"] = _whole(agreement, leave_out=set())
    return told


def _whole(thing: Model, *, leave_out: set[str]) -> dict[str, Any]:
    """Its columns, and every row that belongs to it, under their names in the model."""
    told = _columns(thing) | {"label": str(thing)}
    for relation in thing._meta.related_objects:
        name = relation.get_accessor_name()
        if not name or name in leave_out:
            continue
        manager = relation.related_model._default_manager
        rows = manager.filter(**{relation.field.name: thing}).order_by("pk")[:MOST_EVENTS]
        told[name] = [_columns(row) for row in rows]
    return told


def _columns(row: Model) -> dict[str, Any]:
    """Its values, people and departments by name beside their numbers; of a file its name alone.

    What is sealed, as the password of a push target, leaves in no pack.
    """
    told: dict[str, Any] = {}
    for field in row._meta.concrete_fields:
        if field.get_internal_type() == "BinaryField":
            continue
        value = getattr(row, field.attname)
        told[field.attname] = str(value) if field.get_internal_type() == "FileField" else value
        if field.is_relation and value is not None:
            told[field.name] = str(getattr(row, field.name))
    return told


def _json(content: Any) -> bytes:
    return json.dumps(content, cls=DjangoJSONEncoder, ensure_ascii=False, indent=1).encode()
