"""Servers on loopback from which files and rows are fetched, with the bad manners of real ones."""

import contextlib
import json
import os
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest

CSV = "code,name,parent_code\n1,甲,\n2,乙,1\n".encode()
Handling = Callable[["Handler"], None]


class Handler(BaseHTTPRequestHandler):
    """Asks the server's table what to do for a path, and writes down what it was asked."""

    def do_GET(self) -> None:
        self.server.asked.append((self.path, dict(self.headers)))
        self.server.paths[urlsplit(self.path).path](self)

    def answer(
        self, body: bytes, *, status: int = 200, length: int | None = None, **headers
    ) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        self.end_headers()
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            self.wfile.write(body)

    def redirect(self, target: str) -> None:
        self.answer(b"", status=302, Location=target)

    @property
    def query(self) -> dict[str, str]:
        return dict(parse_qsl(urlsplit(self.path).query))

    def log_message(self, *_: object) -> None:
        """Nothing: what was asked is kept."""


class WebServer(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, host: str = "127.0.0.1") -> None:
        super().__init__((host, 0), Handler)
        self.paths: dict[str, Handling] = {}
        self.asked: list[tuple[str, dict[str, str]]] = []

    def handle_error(self, *_: object) -> None:
        """Nothing: clients of these tests go away in the middle."""

    @property
    def url(self) -> str:
        return f"http://{self.server_address[0]}:{self.server_port}"

    @contextlib.contextmanager
    def running(self) -> Iterator["WebServer"]:
        thread = threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield self
        finally:
            self.shutdown()
            thread.join()
            self.server_close()


def trickle(handler: Handler) -> None:
    handler.send_response(200)
    handler.end_headers()
    with contextlib.suppress(OSError):
        for _ in range(200):
            handler.wfile.write(b"x")
            handler.wfile.flush()
            time.sleep(0.02)


def as_json(data: object, **headers: str) -> Handling:
    body = json.dumps(data).encode()
    return lambda handler: handler.answer(body, Content_Type="application/json", **headers)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def answers(port: int, within: float = 15) -> bool:
    ends = time.monotonic() + within
    while time.monotonic() < ends:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return True
        time.sleep(0.05)
    return False


SSHD = shutil.which("sshd", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
SETTINGS = """
ListenAddress 127.0.0.1
Port {port}
HostKey {folder}/host
PidFile none
AuthorizedKeysFile {folder}/user.pub
StrictModes no
UsePAM no
PasswordAuthentication no
PermitRootLogin yes
Subsystem sftp internal-sftp
ForceCommand internal-sftp
"""


@dataclass
class SftpServer:
    """Logs the user of this process in with the key `user`; its files are those of the folder."""

    folder: Path
    port: int
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def private_key(self) -> str:
        return (self.folder / "user").read_text()

    @property
    def fingerprint(self) -> str:
        shown = subprocess.run(
            ["ssh-keygen", "-l", "-f", self.folder / "host.pub"], capture_output=True, check=True
        )
        return shown.stdout.decode().split()[1]

    def make_key(self, name: str) -> None:
        for old in (self.folder / name, self.folder / f"{name}.pub"):
            old.unlink(missing_ok=True)
        subprocess.run(
            ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", self.folder / name], check=True
        )

    def start(self) -> None:
        settings = self.folder / "sshd_config"
        settings.write_text(SETTINGS.format(folder=self.folder, port=self.port))
        Path("/run/sshd").mkdir(exist_ok=True)
        command = [str(SSHD), "-D", "-q", "-f", str(settings)]
        self.processes.append(subprocess.Popen(command))
        assert answers(self.port)

    def stop(self) -> None:
        for process in self.processes:
            process.terminate()
            process.wait(timeout=10)
        self.processes.clear()


@contextlib.contextmanager
def sftp_server(folder: Path) -> Iterator[SftpServer]:
    if SSHD is None or shutil.which("ssh-keygen") is None:
        words = "sshd is not installed: apt-get install openssh-server"
        if os.environ.get("REQUIRE_SERVERS") == "1":
            pytest.fail(words)
        pytest.skip(words)
    server = SftpServer(folder, free_port())
    server.make_key("host")
    server.make_key("user")
    server.start()
    try:
        yield server
    finally:
        server.stop()
