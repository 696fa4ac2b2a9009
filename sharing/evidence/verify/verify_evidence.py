"""Verifies an evidence pack of the data sharing portal, offline: no database, no portal.

    python verify_evidence.py PACK.zip [--key PUBLIC-KEY]

Needs Python 3.9 or newer and the package `cryptography`, nothing else. Exit 0 when everything holds, 1 when
something does not, 2 when the pack cannot be read. The public key is that of the portal, 32 bytes in
Base64, as its operators published it *elsewhere*: without it this program can only say that the pack fits
together, and which key signed it.
"""

from __future__ import annotations

import argparse
import base64
import binascii
import hashlib
import json
import re
import sys
import zipfile
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

OUTSIDE = {"manifest.json", "manifest.sig"}
MOST_BYTES = 1 << 30
NOTE = re.compile(
    r"(?P<origin>[^\n]+)\n(?P<size>\d+)\n(?P<root>[A-Za-z0-9+/]{43}=)\nnumber (?P<number>\d+)\n"
    r"time [0-9T:.-]+Z\nhash (?P<hash>sha256|sm3)\nprevious [0-9a-f]{64}\n"
)


class Wrong(Exception):
    """Something in the pack does not hold."""


def digest(algorithm: str, content: bytes) -> bytes:
    made = hashes.Hash(hashes.SHA256() if algorithm == "sha256" else hashes.SM3())
    made.update(content)
    return made.finalize()


def is_signed(key: bytes, signature: bytes, content: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, content)
    except (InvalidSignature, ValueError):
        return False
    return True


def read_head(note: str, keys: list[bytes]) -> dict[str, Any]:
    """What a head says, when one of `keys` signed it."""
    text, _, below = note.partition("\n\n")
    found = NOTE.fullmatch(text + "\n")
    if not found:
        raise Wrong("a head is unreadable")
    named = "head " + found["number"]
    for line in below.splitlines():
        signed = base64.b64decode(line.split(" ")[-1])
        for key in keys:
            hint = hashlib.sha256(found["origin"].encode() + b"\n\x01" + key).digest()[:4]
            if signed[:4] == hint and is_signed(key, signed[4:], (text + "\n").encode()):
                return {
                    "number": int(found["number"]),
                    "size": int(found["size"]),
                    "root": base64.b64decode(found["root"]),
                    "hash": found["hash"],
                    "origin": found["origin"],
                }
    raise Wrong(named + ": none of its signatures holds")


def includes(head: dict[str, Any], index: int, leaf: bytes, path: list[bytes]) -> bool:
    """RFC 9162, 2.1.3.2."""
    if not 0 <= index < head["size"]:
        return False
    at, last, known = index, head["size"] - 1, leaf
    for beside in path:
        if last == 0:
            return False
        if at & 1 or at == last:
            known = digest(head["hash"], b"\x01" + beside + known)
            while at and not at & 1:
                at, last = at >> 1, last >> 1
        else:
            known = digest(head["hash"], b"\x01" + known + beside)
        at, last = at >> 1, last >> 1
    return bool(last == 0 and known == head["root"])


def grows(old: dict[str, Any], new: dict[str, Any], path: list[bytes]) -> bool:
    """RFC 9162, 2.1.4.2."""
    if old["size"] == new["size"]:
        return bool(not path and old["root"] == new["root"])
    if not 0 < old["size"] < new["size"] or not path:
        return False
    steps = list(path)
    if old["size"] & (old["size"] - 1) == 0:
        steps.insert(0, old["root"])
    at, last = old["size"] - 1, new["size"] - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    of_old = of_new = steps[0]
    for beside in steps[1:]:
        if last == 0:
            return False
        if at & 1 or at == last:
            of_old = digest(new["hash"], b"\x01" + beside + of_old)
            of_new = digest(new["hash"], b"\x01" + beside + of_new)
            while at and not at & 1:
                at, last = at >> 1, last >> 1
        else:
            of_new = digest(new["hash"], b"\x01" + of_new + beside)
        at, last = at >> 1, last >> 1
    return bool(last == 0 and of_old == old["root"] and of_new == new["root"])


def verify(files: dict[str, bytes], trusted: bytes | None) -> list[str]:
    """The lines that tell what holds. Raises `Wrong` for the first thing that does not."""
    missing = {"manifest.json", "manifest.sig"} - set(files)
    if missing:
        raise Wrong(min(missing) + " is missing")
    manifest = json.loads(files["manifest.json"])
    listed = manifest["files"]
    if strange := sorted(set(files) - set(listed) - OUTSIDE):
        raise Wrong(strange[0] + " is not in the manifest")
    for name, expected in sorted(listed.items()):
        if name not in files:
            raise Wrong(name + " is missing")
        if hashlib.sha256(files[name]).hexdigest() != expected:
            raise Wrong(name + " was changed")
    keys = {one["key"]: base64.b64decode(one["public"]) for one in json.loads(files["keys.json"])}
    for name, key in keys.items():
        if hashlib.sha256(key).hexdigest()[:16] != name:
            raise Wrong("key " + name + " is another than its name says")
    known = [trusted] if trusted else list(keys.values())
    content = b"evidence pack\n" + files["manifest.json"]
    signers = [
        one["key"]
        for one in json.loads(files["manifest.sig"])
        if any(is_signed(key, base64.b64decode(one["signature"]), content) for key in known)
    ]
    if not signers:
        raise Wrong("the manifest is not signed by " + ("the key given" if trusted else "its keys"))
    told = json.loads(files["heads.json"])
    last = read_head(told["proving"], known)
    earlier = {}
    for one in told["earlier"]:
        # An older key may have signed it; the proof that it grew into the last head vouches for it.
        head = read_head(one["note"], [*known, *keys.values()])
        if not grows(head, last, [bytes.fromhex(words) for words in one["path"]]):
            raise Wrong("head {} is no beginning of head {}".format(head["number"], last["number"]))
        earlier[head["number"]] = head
    events = json.loads(files["events.json"])
    unsealed, places = check_events(events, last, earlier)
    if len(events) != manifest["events"]:
        raise Wrong("there are {} events instead of {}".format(len(events), manifest["events"]))
    lines = [
        "case {} of {}, made {}".format(manifest["case"], last["origin"], manifest["made_at"]),
        "{} files as the manifest says, signed by key {}".format(len(listed), ", ".join(signers)),
        "{} events lie unchanged under head {} of {} entries".format(
            len(places), last["number"], last["size"]
        ),
    ]
    if unsealed:
        lines.append(f"{unsealed} events were not sealed yet: nothing proves them")
    if manifest["left_out"]:
        lines.append("{} older events are not in this pack".format(manifest["left_out"]))
    if not trusted:
        lines.append("NOT CHECKED: whose key that is. Give the key that you know, with --key")
    return lines


def check_events(
    events: list[dict[str, Any]], last: dict[str, Any], earlier: dict[int, dict[str, Any]]
) -> tuple[int, set[int]]:
    """How many are not sealed, and the places of those that are."""
    unsealed = 0
    places: set[int] = set()
    for event in events:
        named = "event {}".format(event["entry"])
        if json.loads(event["content"])["id"] != event["entry"]:
            raise Wrong(named + " has the content of another")
        if not event["sealed"]:
            unsealed += 1
            continue
        leaf = digest(last["hash"], b"\x00" + event["content"].encode())
        path = [bytes.fromhex(words) for words in event["path"]]
        if not includes(last, event["index"], leaf, path):
            raise Wrong(named + " is not what was sealed")
        first = earlier.get(event["sealed_by"], last)
        if event["index"] >= first["size"]:
            raise Wrong(named + " was not sealed by head {}".format(event["sealed_by"]))
        if event["index"] in places:
            raise Wrong(named + " is there twice")
        places.add(event["index"])
    return unsealed, places


def read_pack(path: str) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as pack:
        if len(set(pack.namelist())) != len(pack.namelist()):
            raise Wrong("a file is there twice")
        if sum(info.file_size for info in pack.infolist()) > MOST_BYTES:
            raise Wrong("the pack is larger than any that the portal makes")
        return {name: pack.read(name) for name in pack.namelist()}


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description="Verify an evidence pack, offline.")
    parser.add_argument("pack")
    parser.add_argument("--key", help="the portal's public key as you know it: 32 bytes in Base64")
    given = parser.parse_args(arguments)
    try:
        trusted = base64.b64decode(given.key, validate=True) if given.key else None
        if trusted is not None and len(trusted) != 32:
            raise ValueError("a public key has 32 bytes")
        files = read_pack(given.pack)
    except (OSError, ValueError, zipfile.BadZipFile, binascii.Error) as error:
        sys.stderr.write(f"cannot be read: {error}\n")
        return 2
    except Wrong as wrong:
        sys.stdout.write(f"FALSE: {wrong}\n")
        return 1
    try:
        lines = verify(files, trusted)
    except Wrong as wrong:
        sys.stdout.write(f"FALSE: {wrong}\n")
        return 1
    except (KeyError, TypeError, ValueError, IndexError) as error:
        sys.stdout.write(f"FALSE: the pack is not made as it should be: {error!r}\n")
        return 1
    sys.stdout.write("\n".join(lines) + "\nWHOLE\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
