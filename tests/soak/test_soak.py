"""What `python -m tests.soak` does, as long as SOAK_SECONDS says."""

import os
import shutil
import signal
import subprocess
import sys

import pytest

from portal.embedded.place import CHECKOUT

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        "SOAK_SECONDS" not in os.environ,
        reason="it finds by chance what is seldom of the change at hand: make soak",
    ),
    pytest.mark.skipif(
        shutil.which("mariadbd") is None and os.environ.get("REQUIRE_SERVERS") != "1",
        reason="no mariadbd: apt-get install mariadb-server",
    ),
]
# What comes before the first kill and after the last one, on a machine with much else to do.
BESIDE = 300


def test_whatever_is_killed_readers_see_old_rows_or_new_and_everything_ends_true() -> None:
    # given servers of its own: those of the other tests live on
    seconds = float(os.environ["SOAK_SECONDS"])
    given = {
        name: value
        for name, value in os.environ.items()
        if name not in {"DATABASE_URL", "REDIS_URL", "PORTAL_DATA_DIR", "PORTAL_TESTS_STARTED"}
    }
    soak = subprocess.Popen(
        [sys.executable, "-m", "tests.soak"],
        cwd=CHECKOUT,
        env={**given, "SOAK_SECONDS": str(seconds)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )

    # when
    try:
        said, _nothing = soak.communicate(timeout=seconds + BESIDE)
    finally:
        if soak.poll() is None:
            soak.send_signal(signal.SIGINT)  # as Ctrl-C: it stops what it started
            soak.wait(60)

    # then
    assert soak.returncode == 0, said[-10_000:]
