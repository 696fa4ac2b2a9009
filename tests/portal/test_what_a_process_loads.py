"""What a process of the portal has in memory before anybody asked for anything."""

import subprocess
import sys

# Each is tens of megabytes in every process, for work that few of them ever do.
HEAVY = {
    "adbc_driver_postgresql",
    "boto3",
    "pandas",
    "paramiko",
    "pyarrow",
    "pypinyin",
    "sqlalchemy",
}
START = """
import sys
import django
django.setup()
import portal.urls
from portal.celery import app
app.loader.import_default_modules()
print(*sorted({name.partition(".")[0] for name in sys.modules}))
"""


def test_web_and_worker_start_without_what_few_of_them_need():
    # given a process that has loaded all pages, the whole API and all tasks
    started = subprocess.run(
        [sys.executable, "-c", START], capture_output=True, text=True, check=True, timeout=120
    )
    # then the heavy libraries wait until somebody needs them
    loaded = set(started.stdout.split())
    assert loaded >= {"portal", "catalog", "sharing", "audit", "celery"}
    assert loaded & HEAVY == set()
