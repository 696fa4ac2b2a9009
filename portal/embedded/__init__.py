"""The bundled PostgreSQL and Valkey: what the portal runs on when the environment names no other.

`DATABASE_URL` and `REDIS_URL` each replace one of them. Needs no Django. `docs/adr/0001` says why.
"""

from portal.embedded.errors import ServersError
from portal.embedded.place import data_dir
from portal.embedded.servers import (
    Servers,
    administrator_url,
    database_url,
    development_secret_key,
    development_signing_key,
    failure,
    needs_servers,
    provided,
    redis_url,
    start,
)

__all__ = [
    "Servers",
    "ServersError",
    "administrator_url",
    "data_dir",
    "database_url",
    "development_secret_key",
    "development_signing_key",
    "failure",
    "needs_servers",
    "provided",
    "redis_url",
    "start",
]
