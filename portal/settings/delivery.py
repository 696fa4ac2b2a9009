"""How long a delivery may take, and where prepared exports lie."""

import environ

from portal import embedded
from portal.settings.storing import storage_of

env = environ.Env()
DELIVERY_STATEMENT_TIMEOUT = env.int("DELIVERY_STATEMENT_TIMEOUT", default=3600)  # seconds
# After so many seconds without a sign of its process a stream is taken for dead: it is noted as broken,
# and its place among the exports at once is free.
DELIVERY_LEASE_SECONDS = env.float("DELIVERY_LEASE_SECONDS", default=30.0)
# Connections as the reader that one web process or worker keeps at most; a pull more waits for seconds.
DELIVERY_CONNECTIONS = env.int("DELIVERY_CONNECTIONS", default=16)
# Changes of rows are known for so many days; who comes later takes an export. And how many calls may
# wait for changes at once in one web process: each keeps one of its threads.
CHANGES_KEPT_DAYS = env.int("CHANGES_KEPT_DAYS", default=30)
CHANGES_MOST_WAITING = env.int("CHANGES_MOST_WAITING", default=4)
# Calls that are passed on to providers' interfaces: how many wait at once in one web process, each
# with a thread of it, and the largest answer.
INTERFACE_MOST_AT_ONCE = env.int("INTERFACE_MOST_AT_ONCE", default=4)
INTERFACE_MOST_BYTES = env.int("INTERFACE_MOST_BYTES", default=8 * 1024 * 1024)
# Prepared exports: on the local disk, or in a bucket that speaks S3, then with its access in the
# environment. Days until a file is removed.
PREPARED_KEPT_DAYS = env.int("PREPARED_KEPT_DAYS", default=7)
PREPARED_STORAGE = storage_of(
    "PREPARED",
    folder=embedded.data_dir() / "prepared",
    folder_variable="PREPARED_DIR",
    overwrites=True,
)
# Longest of one statement in a requester's database, into which rows are pushed.
PUSH_STATEMENT_TIMEOUT = env.int("PUSH_STATEMENT_TIMEOUT", default=3600)  # seconds
