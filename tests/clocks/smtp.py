"""A mail server on the loopback: real enough for smtplib, and as unfriendly as a test wants it."""

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage


@dataclass
class PostOffice:
    """What arrived, in order; `answers` are given to the next messages instead of 250.

    "hang up" closes the connection after the message was taken, before that is said.
    """

    port: int = 0
    arrived: list[EmailMessage] = field(default_factory=list)
    answers: list[str] = field(default_factory=list)


@contextmanager
def post_office() -> Iterator[PostOffice]:
    office = PostOffice()

    class Counter(socketserver.StreamRequestHandler):
        def say(self, words: str) -> None:
            self.wfile.write(f"{words}\r\n".encode())

        def handle(self) -> None:
            self.say("220 post office")
            while line := self.rfile.readline().strip():
                match line.split()[0].upper():
                    case b"EHLO" | b"HELO":
                        self.say("250 post office")
                    case b"DATA":
                        self.say("354 go on")
                        if not self.take():
                            return
                    case b"QUIT":
                        self.say("221 bye")
                        return
                    case _:
                        self.say("250 fine")

        def take(self) -> bool:
            parts = []
            while (line := self.rfile.readline()) != b".\r\n":
                parts.append(line.removeprefix(b".") if line.startswith(b"..") else line)
            answer = office.answers.pop(0) if office.answers else "250 taken"
            if answer.startswith(("250", "hang")):
                office.arrived.append(message_from_bytes(b"".join(parts), policy=policy.default))
            if answer == "hang up":
                return False
            self.say(answer)
            return True

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Counter) as server:
        server.daemon_threads = True
        office.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield office
        finally:
            server.shutdown()
            thread.join(5)
