"""Witnesses on real places: a file, an HTTP server and a log server of their own."""

import base64
import hashlib
import hmac
import json
import socket
import threading
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from django.utils import timezone

from audit import notes, proofs, tree
from audit.breaks import Kind
from audit.models import TreeHead, WitnessState
from audit.tasks import seal as seal_task
from audit.verification import verify
from audit.witnesses import push
from tests.audit.conftest import Written
from tests.audit.database import behind_the_portals_back, seal_now

SECRET = "whsec_" + base64.b64encode(b"k" * 32).decode()


class Log:
    """What came in, and what is answered."""

    def __init__(self) -> None:
        self.bodies: list[dict] = []
        self.headers: list[dict[str, str]] = []
        self.status = 204


@pytest.fixture
def server() -> Iterator[tuple[str, Log]]:
    log = Log()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            log.headers.append({**self.headers, "raw": body.decode()})
            if log.status < 300:
                log.bodies.append(json.loads(body))
            self.send_response(log.status)
            self.end_headers()

        def log_message(self, *args: object) -> None:
            return

    http = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=http.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{http.server_port}/heads", log
    http.shutdown()
    thread.join(5)
    http.server_close()


@pytest.fixture(autouse=True)
def _no_state(committed: None) -> Iterator[None]:
    yield
    WitnessState.objects.all().delete()


def sealed_heads(written: Written, count: int) -> list[TreeHead]:
    made = []
    for _ in range(count):
        written(2)
        made.append(seal_now())
    return made


def test_a_file_holds_every_head_and_is_an_anchor(
    written: Written, tmp_path: Path, settings
) -> None:
    # given
    settings.AUDIT_WITNESS_FILE = str(tmp_path / "heads")
    written(1)

    # when
    seal_task.apply().get()
    heads = [TreeHead.objects.get(), *sealed_heads(written, 2)]
    push()
    push()

    # then
    kept = notes.read_all((tmp_path / "heads").read_text())
    assert kept == [head.facts for head in heads]
    assert verify(anchor=kept).is_whole
    state = WitnessState.objects.get(name="file")
    assert (state.head, state.failing_since, state.forked) == (3, None, False)


def test_a_file_that_a_crash_left_unfinished_is_finished(
    written: Written, tmp_path: Path, settings
) -> None:
    # given
    file = tmp_path / "heads"
    settings.AUDIT_WITNESS_FILE = str(file)
    sealed_heads(written, 2)
    push()
    whole = file.read_bytes()
    file.write_bytes(whole[:-40])

    # when
    push()

    # then
    assert file.read_bytes() == whole


def test_a_restored_backup_is_a_fork_for_the_file(
    written: Written, tmp_path: Path, settings
) -> None:
    # given
    file = tmp_path / "heads"
    settings.AUDIT_WITNESS_FILE = str(file)
    sealed_heads(written, 2)
    push()
    kept = file.read_bytes()
    with behind_the_portals_back() as cursor:
        cursor.execute("DELETE FROM audit_treehead WHERE number > 1")
        cursor.execute("DELETE FROM audit_leaf WHERE index > 1")
        cursor.execute("DELETE FROM audit_node WHERE (index + 1) << level > 2")
        cursor.execute("DELETE FROM audit_entry WHERE id NOT IN (SELECT entry_id FROM audit_leaf)")

    # when
    push()

    # then
    state = WitnessState.objects.get(name="file")
    assert state.forked
    assert state.error == "the witness holds head 2, which this trail does not reach"
    sealed_heads(written, 2)
    push()
    state.refresh_from_db()
    assert state.error == "head 2 of the witness is another than that of this trail"
    assert file.read_bytes() == kept
    assert verify().is_whole
    broken = verify(anchor=notes.read_all(kept.decode())).broken
    assert broken is not None
    assert broken.kind == Kind.ANCHOR


def test_a_file_of_something_else_is_left_alone(written: Written, tmp_path: Path, settings) -> None:
    file = tmp_path / "heads"
    file.write_text("x" * 5000)
    settings.AUDIT_WITNESS_FILE = str(file)
    sealed_heads(written, 1)

    push()

    assert WitnessState.objects.get(name="file").forked
    assert file.read_text() == "x" * 5000


def test_a_webhook_is_given_signed_heads_with_the_proof_that_they_grow(
    written: Written, server: tuple[str, Log], settings
) -> None:
    # given
    url, log = server
    settings.AUDIT_WITNESS_WEBHOOK, settings.AUDIT_WITNESS_SECRET = url, SECRET
    first = sealed_heads(written, 1)[0]
    push()

    # when
    last = sealed_heads(written, 2)[-1]
    push()

    # then
    assert [[head["number"] for head in body["heads"]] for body in log.bodies] == [[1], [2, 3]]
    assert "consistency" not in log.bodies[0]
    told = log.bodies[1]["consistency"]
    assert tree.consistent(
        tree.digest("sha256"),
        first=2,
        second=6,
        old=bytes(first.root),
        new=bytes(last.root),
        path=[bytes.fromhex(words) for words in told["path"]],
    )
    assert notes.read(log.bodies[1]["heads"][1]["note"]) == last.facts
    assert log.bodies[1]["keys"] == proofs.keys_as_json()
    headers = {name.lower(): value for name, value in log.headers[1].items()}
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.{headers['raw']}".encode()
    mac = hmac.new(b"k" * 32, signed, hashlib.sha256).digest()
    assert headers["webhook-signature"] == "v1," + base64.b64encode(mac).decode()


def test_a_witness_that_was_away_is_given_all_it_missed(
    written: Written, server: tuple[str, Log], settings
) -> None:
    # given
    url, log = server
    settings.AUDIT_WITNESS_WEBHOOK, settings.AUDIT_WITNESS_SECRET = url, SECRET
    log.status = 500
    sealed_heads(written, 3)
    push()
    away = WitnessState.objects.get(name="webhook")
    assert (away.head, away.forked, away.failing_since is not None) == (0, False, True)
    push()
    since = away.failing_since
    away.refresh_from_db()
    assert away.failing_since == since

    # when
    log.status = 200
    push()

    # then
    assert [[head["number"] for head in body["heads"]] for body in log.bodies] == [[1, 2, 3]]
    away.refresh_from_db()
    assert (away.head, away.error, away.failing_since) == (3, "", None)


def test_a_witness_that_was_away_for_an_hour_is_given_its_heads_in_portions(
    written: Written, server: tuple[str, Log], settings
) -> None:
    # given a head more than goes into one portion
    url, log = server
    settings.AUDIT_WITNESS_WEBHOOK, settings.AUDIT_WITNESS_SECRET = url, SECRET
    log.status = 503
    for _ in range(501):
        written(1)
        seal_now()
    push()
    WitnessState.objects.update(failing_since=timezone.now() - timedelta(hours=1))

    # when
    log.status = 200
    push()

    # then
    assert [[head["number"] for head in body["heads"]] for body in log.bodies] == [
        list(range(1, 501)),
        [501],
    ]
    assert ["consistency" in body for body in log.bodies] == [False, True]
    state = WitnessState.objects.get(name="webhook")
    assert (state.head, state.error, state.failing_since) == (501, "", None)


def test_a_witness_that_answers_409_says_that_it_holds_other_heads(
    written: Written, server: tuple[str, Log], settings
) -> None:
    url, log = server
    settings.AUDIT_WITNESS_WEBHOOK, settings.AUDIT_WITNESS_SECRET = url, SECRET
    log.status = 409
    sealed_heads(written, 1)

    push()

    assert WitnessState.objects.get(name="webhook").forked


def test_the_portal_calls_no_witness_outside_the_allowed_networks(
    written: Written, server: tuple[str, Log], settings
) -> None:
    url, log = server
    settings.AUDIT_WITNESS_WEBHOOK, settings.AUDIT_WITNESS_SECRET = url, SECRET
    settings.AUDIT_WITNESS_SYSLOG = "tcp://127.0.0.1:9"
    settings.WEBHOOK_ALLOWED_NETWORKS = ["10.0.0.0/8"]
    sealed_heads(written, 1)

    push()

    assert not log.headers
    assert set(WitnessState.objects.values_list("name", "error")) == {
        ("webhook", "network_not_allowed"),
        ("syslog", "network_not_allowed"),
    }


@pytest.mark.parametrize("kind", ["udp", "tcp"])
def test_a_log_server_is_sent_every_head(written: Written, settings, kind: str) -> None:
    # given
    style = socket.SOCK_DGRAM if kind == "udp" else socket.SOCK_STREAM
    with socket.socket(socket.AF_INET, style) as listener:
        listener.bind(("127.0.0.1", 0))
        listener.settimeout(10)
        if kind == "tcp":
            listener.listen()
        settings.AUDIT_WITNESS_SYSLOG = f"{kind}://127.0.0.1:{listener.getsockname()[1]}"
        head = sealed_heads(written, 1)[0]

        # when
        push()
        if kind == "udp":
            message = listener.recv(65535)
        else:
            stream, _ = listener.accept()
            with stream:
                count, _, message = stream.recv(65535).partition(b" ")
            assert len(message) == int(count)

    # then
    assert message.startswith(b"<110>1 20")
    told = json.loads(message[message.index(b"{") :])
    assert notes.read(told["note"]) == head.facts
