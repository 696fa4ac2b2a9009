"""Where the demonstration answers: 127.0.0.1 and `PORT`. Needs no Django."""

import os
import socket
from http.client import HTTPConnection, HTTPException

HOST = "127.0.0.1"
STANDARD_PORT = 8000


class PortUnusableError(Exception):
    """`PORT` is no port, or somebody else listens on it."""


def port() -> int:
    given = os.environ.get("PORT") or str(STANDARD_PORT)
    if not given.isdigit() or not 0 < int(given) < 65536:
        raise PortUnusableError(f"PORT={given} is not a port: give a number from 1 to 65535.")
    return int(given)


def url() -> str:
    return f"http://{HOST}:{port()}/"


def make_known() -> None:
    """Let links in e-mails, webhooks and the like begin with this address, unless told otherwise.

    Before the settings are read.
    """
    os.environ.setdefault("PORTAL_URL", url())


def refuse_unusable() -> None:
    """Look before anything is started, so that nothing has to be undone."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port()))
        except OSError as error:
            reason = (error.strerror or str(error)).lower()
            raise PortUnusableError(
                f"Port {port()} of {HOST} cannot be used: {reason}.\n"
                "Stop the program that listens there, or choose another port: "
                f"PORT={port() + 1 if port() < 65535 else STANDARD_PORT} make demo"
            ) from error


def answers() -> bool:
    """Whether the portal answers there by now."""
    connection = HTTPConnection(HOST, port(), timeout=1)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()
