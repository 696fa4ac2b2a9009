"""Gives the tests a PostgreSQL and a Valkey of their own, before Django reads its settings.

Loaded by `-p tests.servers`. `DATABASE_URL` and `REDIS_URL` in the environment replace them.
Each process of a run with `-n` has servers of its own: tests empty the broker and watch its queues.
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
from tests import migrated

compile_catalogues(Path(__file__).resolve().parents[1])

_STARTED = (
    "PORTAL_TESTS_STARTED"  # which addresses are not given from outside, but another process's
)

for _name in os.environ.pop(_STARTED, "").split():
    del os.environ[_name]

if not (os.environ.get("DATABASE_URL") and os.environ.get("REDIS_URL")):
    _place = Path(tempfile.mkdtemp(prefix="portal-tests-"))
    os.environ["PORTAL_DATA_DIR"] = str(_place)
    if not os.environ.get("DATABASE_URL"):
        migrated.copy_to(_place)
        os.environ["TEST_DATABASE_TEMPLATE"] = "portal"
    _servers = embedded.start(_place, throw_away=True)
    _urls = {"DATABASE_URL": _servers.database_url, "REDIS_URL": _servers.redis_url}
    os.environ[_STARTED] = " ".join(_urls.keys() - os.environ.keys())
    os.environ |= _urls | os.environ

    def _end() -> None:
        _servers.stop()
        shutil.rmtree(_place, ignore_errors=True)

    atexit.register(_end)
