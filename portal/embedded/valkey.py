"""The bundled Valkey on one data directory: cache, sessions and the tasks' queue."""

import signal
import subprocess
import time
from pathlib import Path

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from portal.embedded import processes, programs
from portal.embedded.account import Account, own
from portal.embedded.errors import ServersError
from portal.embedded.place import Place

START_SECONDS = 60
STOP: processes.Stages = ((signal.SIGTERM, 10), (signal.SIGKILL, 10))
PROGRAM = "valkey-server"


class Valkey:
    """One server; `start` and `stop` are for the owner of the data directory (see `lock.Owner`)."""

    def __init__(self, place: Place, account: Account | None) -> None:
        self.place = place
        self.account = account
        self.program = programs.valkey(account)
        self.port = 0
        self._process: subprocess.Popen[bytes] | None = None
        self._log_start = 0

    @property
    def url(self) -> str:
        return f"redis://:{self.place.password('valkey')}@127.0.0.1:{self.port}/0"

    def start(self) -> None:
        """Up and answering, with what was written before."""
        own(self.place.valkey, self.account)
        self._end_earlier()
        for _ in range(3):  # another program may take the port between the look and the start
            self.port = processes.free_port(self.place.last_port("valkey"))
            if self._launch():
                break
        else:
            raise self._failed("no port could be taken")
        self.place.keep_port("valkey", self.port)

    def stop(self) -> None:
        if self._process is None:
            return
        for sent, seconds in STOP:
            self._process.send_signal(sent)
            try:
                self._process.wait(seconds)
                break
            except subprocess.TimeoutExpired:
                continue
        self._process = None

    def failure(self) -> str | None:
        """Why it runs no longer; None while it does."""
        if self._process is None or self._process.poll() is None:
            return None
        return str(self._failed(f"it ended with status {self._process.returncode}"))

    def _launch(self) -> bool:
        """Start the server and wait for it; False when somebody took the port."""
        log = self.place.log("valkey")
        self._log_start = log.stat().st_size if log.exists() else 0
        with log.open("ab") as out:
            self._process = processes.spawn(
                # The mark finds the process again; the password goes by the pipe, where no
                # process list shows it.
                [self.program, "-", "--proc-title-template", f"{PROGRAM} {self._mark()}"],
                account=self.account,
                death_signal=signal.SIGTERM,
                directory=self.place.valkey,
                stdin=subprocess.PIPE,
                output=out,
            )
        self._configure(self._process)
        until = time.monotonic() + START_SECONDS
        while not self._answers():
            if self._process.poll() is not None:
                if "Address already in use" in self._said():
                    return False
                raise self._failed(f"it ended with status {self._process.returncode}")
            if time.monotonic() > until:
                self.stop()
                raise self._failed(f"it was not ready after {START_SECONDS} seconds")
            time.sleep(0.02)
        return True

    def _configure(self, process: subprocess.Popen[bytes]) -> None:
        configuration = f"""
bind 127.0.0.1
port {self.port}
requirepass {self.place.password("valkey")}
dir .
save ""
appendonly yes
appendfsync everysec
maxmemory-policy noeviction
"""
        if process.stdin is None:
            raise RuntimeError("the server was started without a pipe to configure it by")
        try:
            process.stdin.write(configuration.encode())
            process.stdin.close()
        except BrokenPipeError:
            process.wait()  # it ended before it read; its log says why

    def _answers(self) -> bool:
        client = redis.Redis.from_url(
            self.url, socket_timeout=1, socket_connect_timeout=1, retry=Retry(NoBackoff(), 0)
        )
        try:
            return bool(client.ping())
        except (redis.ConnectionError, redis.TimeoutError):
            return False
        finally:
            client.close()

    def _mark(self) -> str:
        return processes.mark(self.place.valkey)

    def _end_earlier(self) -> None:
        """End what an unclean stop left running; what it holds is on disk."""
        processes.end(processes.running(program=PROGRAM, directory=self.place.valkey), STOP)

    @property
    def _log(self) -> Path:
        return self.place.root / "logs" / "valkey.log"

    def _said(self) -> str:
        return processes.last_lines(self._log, since=self._log_start)

    def _failed(self, reason: str) -> ServersError:
        return ServersError(
            f"Valkey does not run: {reason}. The end of {self._log}:\n{self._said()}"
        )
