"""Departments' own systems: secrets, networks, and what is taken from them at most."""

import environ

env = environ.Env()
# Keys that seal the secrets of sources, newest first, and by which cipher (fernet or sm4); networks that
# the portal may connect to.
SOURCE_CREDENTIAL_KEYS = env.list("SOURCE_CREDENTIAL_KEYS", default=[])
SOURCE_CREDENTIAL_CIPHER = env.str("SOURCE_CREDENTIAL_CIPHER", default="fernet")
SOURCE_ALLOWED_NETWORKS = env.list("SOURCE_ALLOWED_NETWORKS", default=["127.0.0.0/8", "::1/128"])
# The security administrator opens further networks for sources, within these alone.
SOURCE_NETWORKS_BOUND = env.list("SOURCE_NETWORKS_BOUND", default=["0.0.0.0/0", "::/0"])
# How long a source may be silent, how long a file may take, and the least bytes a second.
SOURCE_READ_SECONDS = env.int("SOURCE_READ_SECONDS", default=30)
SOURCE_FETCH_SECONDS = env.int("SOURCE_FETCH_SECONDS", default=3600)
SOURCE_SLOWEST_BYTES = env.int("SOURCE_SLOWEST_BYTES", default=1000)
SOURCE_RATE_SECONDS = env.int("SOURCE_RATE_SECONDS", default=20)
# Where fetched files lie while they are read (the system's folder for such files when empty), and
# a file with certificates of authorities that sources are trusted by beside the system's.
SOURCE_FETCH_DIR = env.str("SOURCE_FETCH_DIR", default="") or None
SOURCE_CA_FILE = env.str("SOURCE_CA_FILE", default="")
# What a file from a source may weigh: as it comes, unpacked, in one row, in one page of a
# web interface, and in the texts that a workbook keeps apart from its sheets and in memory.
SOURCE_FILE_MOST_BYTES = env.int("SOURCE_FILE_MOST_BYTES", default=2 * 1024**3)
# What is fetched of a file while somebody waits for a page that shows what is in it.
SOURCE_LOOK_MOST_BYTES = env.int("SOURCE_LOOK_MOST_BYTES", default=32 * 1024**2)
SOURCE_UNPACKED_MOST_BYTES = env.int("SOURCE_UNPACKED_MOST_BYTES", default=20 * 1024**3)
SOURCE_ROW_MOST_BYTES = env.int("SOURCE_ROW_MOST_BYTES", default=512 * 1024)
SOURCE_PAGE_MOST_BYTES = env.int("SOURCE_PAGE_MOST_BYTES", default=16 * 1024**2)
SOURCE_MOST_ROWS = env.int("SOURCE_MOST_ROWS", default=20_000_000)
SOURCE_SHARED_TEXTS_MOST_BYTES = env.int("SOURCE_SHARED_TEXTS_MOST_BYTES", default=64 * 1024**2)

# How many datasets another portal's catalogue may have, and how long a walk through it may take.
HARVEST_MOST_DATASETS = env.int("HARVEST_MOST_DATASETS", default=20_000)
HARVEST_SECONDS = env.int("HARVEST_SECONDS", default=1800)

# Of a run that reads what changed alone: so many bad rows are set apart without failing it, unless
# the job allows none at all.
SYNC_DELTA_BAD_ROWS = env.int("SYNC_DELTA_BAD_ROWS", default=10)
# How many sync runs may read from one source at the same time.
SYNC_RUNS_PER_SOURCE = env.int("SYNC_RUNS_PER_SOURCE", default=2)

# From how many bytes of log on, kept at a source for one slot, its stewards are told each day.
SYNC_KEPT_LOG_ALARM = env.int("SYNC_KEPT_LOG_ALARM", default=1024**3)
