"""What the audit trail is sealed with, and how often."""

import re

import environ

from portal import embedded
from portal.settings.storing import storage_of

env = environ.Env()

# Keys that sign its heads, newest first; all of them sign. The demonstration makes one for itself.
AUDIT_SIGNING_KEYS = env.list("AUDIT_SIGNING_KEYS", default=[]) or [
    embedded.development_signing_key()
]
# The hash of its tree, which a trail keeps for life; and its name in its heads, by PORTAL_URL unless given.
AUDIT_HASH = env.str("AUDIT_HASH", default="sha256")
if AUDIT_HASH not in {"sha256", "sm3"}:
    raise environ.ImproperlyConfigured('AUDIT_HASH is "sha256" or "sm3"')
AUDIT_ORIGIN = env.str("AUDIT_ORIGIN", default="")
# The queue of its own tasks. With a role of the database for web and workers that may only insert, the
# worker on this queue is the one that works as the owner of the trail.
AUDIT_QUEUE = env.str("AUDIT_QUEUE", default="celery")
CELERY_TASK_ROUTES = {"audit.*": {"queue": AUDIT_QUEUE}}
AUDIT_SEAL_SECONDS = env.float("AUDIT_SEAL_SECONDS", default=5.0)

# Witnesses, outside places that keep its heads: a file, another system (POST, signed with the secret), a
# log server ("udp://host:514" or "tcp://host:601"). Empty: there is none.
AUDIT_WITNESS_FILE = env.str("AUDIT_WITNESS_FILE", default="")
AUDIT_WITNESS_WEBHOOK = env.str("AUDIT_WITNESS_WEBHOOK", default="")
AUDIT_WITNESS_SECRET = env.str("AUDIT_WITNESS_SECRET", default="")
if AUDIT_WITNESS_WEBHOOK and not re.fullmatch(
    r"whsec_[A-Za-z0-9+/]{32,}={0,2}", AUDIT_WITNESS_SECRET
):
    raise environ.ImproperlyConfigured(
        'AUDIT_WITNESS_SECRET is "whsec_" and Base64: the webhook of a witness is signed with it'
    )
AUDIT_WITNESS_SYSLOG = env.str("AUDIT_WITNESS_SYSLOG", default="")
if AUDIT_WITNESS_SYSLOG and not AUDIT_WITNESS_SYSLOG.startswith(("udp://", "tcp://")):
    raise environ.ImproperlyConfigured("AUDIT_WITNESS_SYSLOG is udp://host:port or tcp://host:port")
# Another portal of this kind that keeps them: the address under which it takes the heads of this one
# (…/api/v1/audit/others/NAME/heads/), and the API key that it gave to this one.
AUDIT_WITNESS_PORTAL = env.str("AUDIT_WITNESS_PORTAL", default="")
AUDIT_WITNESS_PORTAL_KEY = env.str("AUDIT_WITNESS_PORTAL_KEY", default="")
if AUDIT_WITNESS_PORTAL and not re.fullmatch(
    r"https?://.+/api/v1/audit/others/[-\w]+/heads/", AUDIT_WITNESS_PORTAL
):
    raise environ.ImproperlyConfigured(
        "AUDIT_WITNESS_PORTAL is https://…/api/v1/audit/others/NAME/heads/"
    )
if AUDIT_WITNESS_PORTAL and not AUDIT_WITNESS_PORTAL_KEY:
    raise environ.ImproperlyConfigured("AUDIT_WITNESS_PORTAL needs AUDIT_WITNESS_PORTAL_KEY")

# Delivery stops when sealing or witnessing is behind by more than this many seconds; 0: never.
AUDIT_STOP_AFTER = env.int("AUDIT_STOP_AFTER", default=0)

# How often the rules of watching look at what came into the trail.
WATCH_SECONDS = env.float("WATCH_SECONDS", default=30.0)

# A search for words, which no index knows, tells after so many seconds how far back it has looked.
AUDIT_SEARCH_SECONDS = env.float("AUDIT_SEARCH_SECONDS", default=3.0)

# Entries stay in the database for so many years, at least three; then their months are in files alone:
# on a disk of this machine, or in a bucket that speaks S3.
AUDIT_KEPT_YEARS = env.int("AUDIT_KEPT_YEARS", default=3)
if AUDIT_KEPT_YEARS < 3:
    raise environ.ImproperlyConfigured("AUDIT_KEPT_YEARS is 3 or more")
AUDIT_ARCHIVE_STORAGE = storage_of(
    "AUDIT_ARCHIVE",
    folder=embedded.data_dir() / "audit",
    folder_variable="AUDIT_ARCHIVE_DIR",
    overwrites=False,
)
