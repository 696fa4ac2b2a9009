"""The evidence pack, and the one-file program that verifies it with nothing of the portal."""

import base64
import hashlib
import io
import json
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.test import Client
from django.urls import reverse

from audit import proofs
from audit.models import Entry
from portal.organisation.models import DutyKind
from sharing.delivery import pulls
from sharing.models import Agreement, PullKind, PullResult
from tests.audit.database import behind_the_portals_back
from tests.factories import UserFactory

Files = dict[str, bytes]


def unpacked(content: bytes) -> Files:
    with zipfile.ZipFile(io.BytesIO(content)) as pack:
        return {name: pack.read(name) for name in pack.namelist()}


def verified(tmp_path: Path, files: Files, *words: str) -> tuple[int, str]:
    """What the program in the original pack says of these files, in an interpreter without our paths."""
    pack = tmp_path / "pack.zip"
    with zipfile.ZipFile(pack, "w") as made:
        for name, body in files.items():
            made.writestr(name, body)
    done = subprocess.run(
        [sys.executable, "-I", "verify_evidence.py", str(pack), *words],
        cwd=tmp_path,
        env={},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == ""
    return done.returncode, done.stdout


def taken(number: str, person) -> Files:
    client = Client()
    client.force_login(person)
    response = client.get(reverse("sharing:request_evidence", args=[number]))
    assert response.status_code == 200
    assert response["Content-Disposition"] == f'attachment; filename="evidence-{number}.zip"'
    return unpacked(response.content)


def sealed_anew(files: Files, key: Ed25519PrivateKey | None = None, **manifest: object) -> Files:
    """The manifest made to fit the files again, signed by somebody else, whose key joins keys.json."""
    key = key or Ed25519PrivateKey.generate()
    raw = key.public_key().public_bytes_raw()
    name = hashlib.sha256(raw).hexdigest()[:16]
    keys = [
        *json.loads(files["keys.json"]),
        {"key": name, "public": base64.b64encode(raw).decode()},
    ]
    body = {**files, "keys.json": json.dumps(keys).encode()}
    told = json.loads(files["manifest.json"]) | manifest
    told["files"] = {
        one: hashlib.sha256(content).hexdigest()
        for one, content in body.items()
        if not one.startswith("manifest.")
    }
    body["manifest.json"] = json.dumps(told).encode()
    signature = base64.b64encode(key.sign(b"evidence pack\n" + body["manifest.json"])).decode()
    body["manifest.sig"] = json.dumps([{"key": name, "signature": signature}]).encode()
    return body


def with_events(files: Files, change: Callable[[list[dict]], object]) -> Files:
    events = json.loads(files["events.json"])
    change(events)
    return {**files, "events.json": json.dumps(events).encode()}


def test_a_pack_holds_the_case_verifies_offline_and_tells_every_tampering(
    transactional_db: None, agreement: Agreement, cast, tmp_path: Path
) -> None:
    # given
    call = pulls.begin(number=agreement.number, party=cast.applicant, kind=PullKind.CSV)
    call.note(PullResult.OK)
    number = agreement.request.number

    # when
    files = taken(number, cast.head)
    (tmp_path / "verify_evidence.py").write_bytes(files["verify_evidence.py"])
    key = proofs.keys_as_json()[0]["public"]

    # then
    case = json.loads(files["case.json"])
    assert case["request"]["number"] == number
    assert [step["move"] for step in case["request"]["steps"]][:3] == ["start", "submit", "approve"]
    assert len(case["agreement"]["versions"]) == 1
    assert len(case["agreement"]["pulls"]) == 1
    actions = [json.loads(one["content"])["action"] for one in json.loads(files["events.json"])]
    assert "sharing.request.approve" in actions
    assert "sharing.pull.finish" in actions
    assert actions[-1] == "sharing.evidence.take"
    code, said = verified(tmp_path, files, "--key", key)
    assert code == 0
    assert said.endswith("WHOLE\n")
    assert f"{len(actions)} events lie unchanged under head" in said
    assert "NOT CHECKED" in verified(tmp_path, files)[1]

    # when it is tampered with by somebody without a key
    manifest = files["manifest.json"].replace(number.encode(), b"X", 1)
    forged_head = json.loads(files["heads.json"])
    lines = forged_head["proving"].split("\n")
    lines[1] = str(int(lines[1]) + 1)
    forged_head["proving"] = "\n".join(lines)
    plain = {
        "case.json was changed": {**files, "case.json": files["case.json"] + b" "},
        "events.json was changed": with_events(files, lambda events: events.pop(1)),
        "extra.txt is not in the manifest": {**files, "extra.txt": b"x"},
        "keys.json is missing": {n: b for n, b in files.items() if n != "keys.json"},
        "manifest.sig is missing": {n: b for n, b in files.items() if n != "manifest.sig"},
        "the manifest is not signed by its keys": {**files, "manifest.json": manifest},
        "verify_evidence.py was changed": {**files, "verify_evidence.py": b"print('WHOLE')"},
    }

    # then
    for words, tampered in plain.items():
        assert verified(tmp_path, tampered) == (1, f"FALSE: {words}\n")

    # when manifest and keys are made anew around it
    def other_actor(events: list[dict]) -> None:
        events[2]["content"] = events[2]["content"].replace("周处长", "别人")

    def twice(events: list[dict]) -> None:
        events.append(events[0])

    count = len(actions)
    deep = {
        "is not what was sealed": with_events(files, other_actor),
        "has the content of another": with_events(
            files, lambda events: events[1].update(content=events[0]["content"])
        ),
        "none of its signatures holds": {
            **files,
            "heads.json": json.dumps(forged_head).encode(),
        },
        "events instead of": with_events(files, lambda events: events.pop()),
    }
    for words, tampered in deep.items():
        code, said = verified(tmp_path, sealed_anew(tampered))
        assert (code, said[:7]) == (1, "FALSE: ")
        assert words in said
    repeated = sealed_anew(with_events(files, twice), events=count + 1)
    assert "is there twice" in verified(tmp_path, repeated)[1]
    fewer = sealed_anew(with_events(files, lambda events: events.pop()), events=count - 1)
    assert verified(tmp_path, fewer, "--key", key) == (
        1,
        "FALSE: the manifest is not signed by the key given\n",
    )

    # when the database was changed before the pack was taken
    approved = Entry.objects.get(action="sharing.request.approve")
    with behind_the_portals_back() as cursor:
        cursor.execute("UPDATE audit_entry SET actor_name = 'x' WHERE id = %s", [approved.pk])
    code, said = verified(tmp_path, taken(number, cast.provider_head), "--key", key)

    # then
    assert (code, said) == (1, f"FALSE: event {approved.pk} is not what was sealed\n")


def test_the_pack_is_for_parties_competent_department_and_audit_administrator(
    transactional_db: None, received, cast
) -> None:
    # given
    url = reverse("sharing:request_evidence", args=[received.number])
    auditor = UserFactory(duties=[DutyKind.AUDIT_ADMIN])
    stranger = UserFactory(duties=[DutyKind.WORK_BODY_HEAD])
    client = Client()

    # when
    statuses = []
    for person in (cast.applicant, cast.provider_head, cast.officer, auditor, stranger):
        client.force_login(person)
        statuses.append(client.get(url).status_code)

    # then
    assert statuses == [200, 200, 200, 200, 404]
    looks = Entry.objects.filter(action="sharing.evidence.take", target_id=str(received.pk))
    assert looks.count() == 4
    assert Client().get(url).status_code == 302


def test_what_is_no_pack_cannot_be_read(tmp_path: Path) -> None:
    from sharing.evidence.verify.verify_evidence import main

    (tmp_path / "x.zip").write_text("no pack")

    assert main([str(tmp_path / "x.zip")]) == 2
    assert main([str(tmp_path / "none.zip")]) == 2
    assert main([str(tmp_path / "x.zip"), "--key", "short"]) == 2


@pytest.mark.parametrize("name", ["verify_evidence.py"])
def test_the_program_needs_nothing_of_the_portal(name: str) -> None:
    from sharing.evidence.pack import VERIFIER

    source = VERIFIER.read_text()

    assert VERIFIER.name == name
    assert not any(word in source for word in ("import django", "from audit", "from sharing"))
