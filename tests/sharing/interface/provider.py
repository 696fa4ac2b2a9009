"""A provider's own HTTP interface, as small as one can be and real: it answers what it is told to."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

PERSONS = [
    {"code": "000000000001", "name": "张三", "parent_code": "1", "salary": 9000},
    {"code": "000000000002", "name": "李四", "parent_code": "2", "salary": 8000},
    {"code": "000000000003", "name": "王五", "parent_code": "1", "salary": 7000},
]


@dataclass
class Asked:
    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Provider:
    """`answers` come first, one a call; after them each call gets `persons` with status 200."""

    persons: Any = field(default_factory=lambda: list(PERSONS))
    answers: list[tuple[int, dict[str, str], bytes]] = field(default_factory=list)
    delay: float = 0
    meanwhile: Callable[[], None] = lambda: None
    asked: list[Asked] = field(default_factory=list)
    address: str = ""

    def answer(self) -> tuple[int, dict[str, str], bytes]:
        if self.answers:
            return self.answers.pop(0)
        body = json.dumps(self.persons, ensure_ascii=False).encode()
        return 200, {"Content-Type": "application/json"}, body


@contextmanager
def serving() -> Iterator[Provider]:
    provider = Provider()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            provider.asked.append(Asked(self.command, self.path, dict(self.headers), body))
            provider.meanwhile()
            time.sleep(provider.delay)
            status, headers, content = provider.answer()
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            if "Content-Length" not in headers:
                self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_POST = do_GET

        def handle_one_request(self) -> None:
            try:
                super().handle_one_request()
            except ConnectionError:
                self.close_connection = True  # the portal did not wait

        def log_message(self, *_words: object) -> None:
            """Not into the output of the tests."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    provider.address = f"http://127.0.0.1:{server.server_port}/v2"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield provider
    server.shutdown()
    server.server_close()
