"""A network between a client and the portal that breaks when it is told to."""

import re
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import urlsplit

HEAD_END = b"\r\n\r\n"


@dataclass
class Network:
    """Hands every call on, one a connection, and keeps its head.

    `cuts` has for the first calls to paths that match `on` how many bytes of the answer's body come
    before the line breaks, None for all. `during` is called when the first byte of such a body has come.
    """

    portal: str
    on: str = ""
    cuts: list[int | None] = field(default_factory=list)
    during: Callable[[], None] | None = None
    heads: list[str] = field(default_factory=list)
    url: str = ""

    @property
    def asked(self) -> list[str]:
        """The heads of the calls that `on` is about."""
        return [head for head in self.heads if self._is_meant(head)]

    def _is_meant(self, head: str) -> bool:
        return re.search(self.on, head.split("\r\n")[0]) is not None

    def serve(self, caller: socket.socket) -> None:
        with caller:
            asked = _read_call(caller)
            if not asked:
                return
            head = asked.partition(HEAD_END)[0].decode()
            self.heads.append(head)
            cut, during = None, None
            if self._is_meant(head):
                cut = self.cuts.pop(0) if self.cuts else None
                during, self.during = self.during, None
            to = urlsplit(self.portal)
            # One call a connection: the end of the answer is the end of the line.
            asked = asked.replace(b"\r\n", b"\r\nConnection: close\r\n", 1)
            with socket.create_connection((to.hostname, to.port)) as portal:
                portal.sendall(asked)
                self._hand_back(portal, caller, cut, during)

    def _hand_back(self, portal, caller, cut, during) -> None:
        got, sent = b"", 0
        while piece := portal.recv(16 * 1024):
            got = got + piece if HEAD_END not in got else got
            if HEAD_END not in got:
                continue
            if during is not None:
                during()
                during = None
            head = got.index(HEAD_END) + len(HEAD_END)
            whole = got if sent == 0 else piece
            left = len(whole) if cut is None else min(len(whole), max(head + cut - sent, 0))
            caller.sendall(whole[:left])
            sent += left
            if left < len(whole):
                return


@contextmanager
def network(portal: str, **how: object) -> Iterator[Network]:
    made = Network(portal, **how)
    with socket.create_server(("127.0.0.1", 0)) as door:
        made.url = f"http://127.0.0.1:{door.getsockname()[1]}"
        threading.Thread(target=_let_in, args=(door, made), daemon=True).start()
        yield made
        door.shutdown(socket.SHUT_RDWR)


def _let_in(door: socket.socket, made: Network) -> None:
    while True:
        try:
            caller, _address = door.accept()
        except OSError:
            return  # the test is over
        threading.Thread(target=_serve, args=(made, caller), daemon=True).start()


def _serve(made: Network, caller: socket.socket) -> None:
    try:
        made.serve(caller)
    except ConnectionError:
        return  # who called has hung up


def _read_call(caller: socket.socket) -> bytes:
    got = b""
    while HEAD_END not in got:
        piece = caller.recv(65_536)
        if not piece:
            return b""
        got += piece
    head, _end, body = got.partition(HEAD_END)
    length = re.search(rb"(?i)content-length: *(\d+)", head)
    while length and len(body) < int(length[1]):
        body += caller.recv(65_536)
    return head + HEAD_END + body
