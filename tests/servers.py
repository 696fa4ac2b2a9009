"""Gives the tests a PostgreSQL and a Valkey of their own, before Django reads its settings.

Loaded by `-p tests.servers`. `DATABASE_URL` and `REDIS_URL` in the environment replace them.
"""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

# `import portal` makes the Celery application, which takes the settings named by then.
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings.test")

from portal import embedded
from portal.common.messages_catalogue import compile_catalogues

compile_catalogues(Path(__file__).resolve().parents[1])

if not (os.environ.get("DATABASE_URL") and os.environ.get("REDIS_URL")):
    _place = Path(tempfile.mkdtemp(prefix="portal-tests-"))
    os.environ["PORTAL_DATA_DIR"] = str(_place)
    _servers = embedded.start(_place, throw_away=True)
    os.environ.setdefault("DATABASE_URL", _servers.database_url)
    os.environ.setdefault("REDIS_URL", _servers.redis_url)

    def _end() -> None:
        _servers.stop()
        shutil.rmtree(_place, ignore_errors=True)

    atexit.register(_end)
