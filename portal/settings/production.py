"""For a portal that others can reach: refuses to start on what only suits a demonstration."""

import os

import environ
from django.core.exceptions import ImproperlyConfigured

env = environ.Env()
SHORTEST_KEY = 50


def _missing() -> list[str]:
    """Everything that stands in the way, so that one reading is enough."""
    found = []
    if len(os.environ.get("SECRET_KEY", "")) < SHORTEST_KEY:
        found.append(f"SECRET_KEY: a random text of at least {SHORTEST_KEY} characters")
    if not os.environ.get("DATABASE_URL"):
        found.append("DATABASE_URL: the PostgreSQL database, postgres://user:password@host/name")
    if not os.environ.get("REDIS_URL"):
        found.append("REDIS_URL: the Valkey or Redis server, redis://:password@host:6379/0")
    hosts = env.list("ALLOWED_HOSTS", default=[])
    if not hosts or "*" in hosts:
        found.append("ALLOWED_HOSTS: the portal's host names, separated by commas; not *")
    if not env.list("SOURCE_CREDENTIAL_KEYS", default=[]):
        found.append(
            "SOURCE_CREDENTIAL_KEYS: Fernet keys that seal the sources' passwords, newest first"
        )
    if not env.list("AUDIT_SIGNING_KEYS", default=[]):
        found.append(
            "AUDIT_SIGNING_KEYS: keys that sign the audit trail, newest first; manage.py audit_key makes one"
        )
    if env.bool("DEBUG", default=False):
        found.append("DEBUG: must not be set")
    return found


if problems := _missing():
    raise ImproperlyConfigured(
        "The portal does not start with these settings of the environment missing or unfit:\n"
        + "\n".join(f"  {problem}" for problem in problems)
    )

# Only now: without a key of its own the base would make one for a demonstration.
from portal.settings.base import *  # noqa: E402, F403
from portal.settings.base import PORTAL_DATA_DIR, SECRET_KEY  # noqa: E402
from portal.settings.trail import AUDIT_SIGNING_KEYS  # noqa: E402

_DEVELOPMENT_KEY = PORTAL_DATA_DIR / "secret_key"
_DEVELOPMENT_SIGNING_KEY = PORTAL_DATA_DIR / "audit_signing_key"
if _DEVELOPMENT_SIGNING_KEY.exists() and _DEVELOPMENT_SIGNING_KEY.read_text() in AUDIT_SIGNING_KEYS:
    raise ImproperlyConfigured(
        "AUDIT_SIGNING_KEYS holds the one the demonstration made in"
        f" {_DEVELOPMENT_SIGNING_KEY}: make another."
    )
if _DEVELOPMENT_KEY.exists() and _DEVELOPMENT_KEY.read_text() == SECRET_KEY:
    raise ImproperlyConfigured(
        f"SECRET_KEY is the one the demonstration made in {_DEVELOPMENT_KEY}: make another."
    )

DEBUG = False
DEMO_ACCOUNTS_ALLOWED = False

WEBHOOK_HTTPS_ONLY = True
SESSION_COOKIE_SECURE = True
CSRF_COOKIE_SECURE = True
LANGUAGE_COOKIE_SECURE = True

# The proxy in front ends TLS. Trust its header only where it always sets or removes it.
SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", default=True)
if env.bool("TRUST_FORWARDED_PROTO", default=False):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
# Machines inside the house ask these in the clear.
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$", r"^metrics$"]
SECURE_HSTS_SECONDS = env.int("SECURE_HSTS_SECONDS", default=365 * 24 * 3600)
SECURE_HSTS_INCLUDE_SUBDOMAINS = env.bool("SECURE_HSTS_INCLUDE_SUBDOMAINS", default=True)
# Preloading binds the whole domain for years: its owner decides, not this portal.
SECURE_HSTS_PRELOAD = env.bool("SECURE_HSTS_PRELOAD", default=False)
SILENCED_SYSTEM_CHECKS = ["security.W021"]
