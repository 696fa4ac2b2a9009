"""The base settings on the tests' own servers (see `tests/servers.py`)."""

from portal.settings.base import *  # noqa: F403
from portal.settings.base import DATABASES, STORAGES, env

# A database that is migrated already; without one, the tests begin with an empty one.
DATABASES["default"]["TEST"] = {"TEMPLATE": env.str("TEST_DATABASE_TEMPLATE", default="") or None}

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

# Files straight from where they lie: no collecting before a test, no warning for a missing folder.
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = True
