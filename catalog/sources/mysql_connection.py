"""A connection to a department's MySQL or MariaDB, and its errors in the portal's words."""

import socket
import ssl
from typing import Any

import pymysql

from .connector import Place
from .failures import SourceFailure
from .network import checked_address

CONNECT_SECONDS = 5
TLS = "tls"
TLS_PREFERRED, TLS_CHECKED = "preferred", "checked"

# errno: what it means. https://mariadb.com/kb/en/mariadb-error-codes/
CODES = {
    1040: "too_many_connections",
    1203: "too_many_connections",
    1226: "too_many_connections",
    1044: "login_refused",
    1130: "login_refused",
    1698: "login_refused",
    1045: "wrong_password",
    1049: "database_missing",
    1053: "shutting_down",
    1079: "shutting_down",
    1927: "shutting_down",
    1142: "permission_denied",
    1143: "permission_denied",
    1370: "permission_denied",
    1054: "relation_changed",
    1146: "relation_changed",
    1356: "relation_changed",
    1412: "relation_changed",
    1205: "locked",
    1213: "locked",
    1317: "cancelled",
    1969: "cancelled",
    3024: "cancelled",
    1300: "bad_encoding",
    2006: "connection_lost",
    2013: "connection_lost",
    2026: "tls_refused",
}


def opened(place: Place, *, use_unicode: bool, silence: int) -> "pymysql.Connection[Any]":
    """Connect to the checked address, `silence` seconds being the most between two answers.

    Without `use_unicode` values stay bytes. Raises SourceFailure.
    """
    address = checked_address(place.host, place.port)
    connection: pymysql.Connection[Any] = pymysql.connect(
        host=place.host,
        port=place.port,
        user=place.username,
        password=place.password,
        database=place.database,
        charset="utf8mb4",
        use_unicode=use_unicode,
        read_timeout=silence,
        write_timeout=silence,
        local_infile=False,
        defer_connect=True,
        **_tls(place),
    )
    # Connected to the address that was checked, while TLS checks the name.
    try:
        plug = socket.create_connection((address, place.port), CONNECT_SECONDS)
    except TimeoutError:
        raise SourceFailure("timed_out", host=place.host, port=place.port) from None
    except OSError:
        raise SourceFailure("unreachable", host=place.host, port=place.port) from None
    plug.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    plug.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    try:
        connection.connect(plug)
    except (pymysql.Error, OSError, ssl.SSLError) as error:
        plug.close()
        raise failure_of(place, error) from None
    return connection


def _tls(place: Place) -> dict[str, Any]:
    """Encrypted where the server can; `checked` wants it, and a certificate for its name."""
    if place.settings.get(TLS) == TLS_CHECKED:
        return {"ssl": ssl.create_default_context()}
    return {}


def failure_of(place: Place, error: Exception) -> SourceFailure:
    """What went wrong, by the server's number: its text quotes names and values."""
    where: dict[str, str | int] = {"host": place.host, "port": place.port}
    number = error.args[0] if error.args and isinstance(error.args[0], int) else 0
    if isinstance(error, ssl.SSLError):
        return SourceFailure("tls_refused", host=place.host)
    code = CODES.get(number)
    if code == "tls_refused":
        return SourceFailure(code, host=place.host)
    if code == "bad_encoding":
        return SourceFailure(code, row=0)
    if code is not None:
        return SourceFailure(
            code, **where, user=place.username, database=place.database, relation=""
        )
    if isinstance(error, OSError) or number in {0, 2003}:
        return SourceFailure("connection_lost", **where)
    return SourceFailure("source_error", sqlstate=str(number))


def product_of(version: str) -> str:
    """Which of the two it is, and its number, out of what `SELECT VERSION()` says."""
    number = version.partition("-")[0]
    return f"MariaDB {number}" if "mariadb" in version.lower() else f"MySQL {number}"
