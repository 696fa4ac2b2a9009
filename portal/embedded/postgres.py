"""The bundled PostgreSQL on one data directory: made, started, stopped, brought back."""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import psycopg
from psycopg import sql

from portal.embedded import processes, programs
from portal.embedded.account import Account, own
from portal.embedded.errors import ServersError
from portal.embedded.place import Place

SUPERUSER = "postgres"
NAME = "portal"  # of the portal's role and of its database
START_SECONDS = 300  # recovery after a crash replays what was written since the last checkpoint
FAST, IMMEDIATE, KILL = signal.SIGINT, signal.SIGQUIT, signal.SIGKILL
STOP: processes.Stages = ((FAST, 30), (IMMEDIATE, 10), (KILL, 10))
SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "100",
    "shared_buffers": "256MB",
    "effective_cache_size": "1GB",
    "work_mem": "16MB",
    "maintenance_work_mem": "128MB",
    "max_wal_size": "2GB",
    "random_page_cost": "1.1",
    "wal_level": "logical",
    # A replication slot that nobody reads any more must not fill the disk: from here on it is lost.
    "max_slot_wal_keep_size": "1GB",
    "jit": "off",
    "log_line_prefix": "%m [%p] %q%u@%d ",
}
# For data that go with their test: nothing is lost that anybody would miss.
THROW_AWAY = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


class Postgres:
    """One server; `start` and `stop` are for the owner of the data directory (see `lock.Owner`)."""

    def __init__(self, place: Place, account: Account | None, *, throw_away: bool = False) -> None:
        self.place = place
        self.account = account
        self.throw_away = throw_away
        self.settings = SETTINGS | (THROW_AWAY if throw_away else {})
        self.programs = programs.postgres(account)
        self.port = 0
        self._process: subprocess.Popen[bytes] | None = None
        self._log_start = 0

    @property
    def url(self) -> str:
        return f"postgres://{NAME}:{self.place.password(NAME)}@127.0.0.1:{self.port}/{NAME}"

    def start(self) -> None:
        """Up and answering, with the portal's role and database in it."""
        if not self.place.postgres.exists():
            self._create()
        self._refuse_other_version()
        self._end_earlier()
        for _ in range(3):  # another program may take the port between the look and the start
            self.port = processes.free_port(self.place.last_port("postgres"))
            if self._launch():
                break
        else:
            raise self._failed("no port could be taken")
        self.place.keep_port("postgres", self.port)
        self._prepare()

    def stop(self) -> None:
        """Sessions end, a checkpoint is written; harder only if that takes too long."""
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
        self._end_earlier()

    def failure(self) -> str | None:
        """Why it runs no longer; None while it does."""
        if self._process is None or self._process.poll() is None:
            return None
        return str(self._failed(f"it ended with status {self._process.returncode}"))

    @contextmanager
    def _as_directory(self, directory: Path) -> Iterator[tuple[str, list[int]]]:
        """The directory as the server's account can name it, and the descriptors to hand over.

        Root's own directories are often closed to that account (`/root`). PostgreSQL then gets the
        directory as an open descriptor, which every process it forks inherits.
        """
        if self.account is None or not Path("/proc/self/fd").is_dir():
            yield str(directory), []
            return
        descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
        try:
            yield f"/proc/self/fd/{descriptor}", [descriptor]
        finally:
            os.close(descriptor)

    def _create(self) -> None:
        """A new cluster, put in place only when it is whole."""
        for unfinished in self.place.root.glob("postgres.new-*"):
            shutil.rmtree(unfinished)
        new = Path(tempfile.mkdtemp(prefix="postgres.new-", dir=self.place.root))
        own(new, self.account)
        version = programs.postgres_version(self.programs)
        locale = (
            ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
            if version >= 17  # the release that brought the built-in provider
            else ["--locale-provider=libc", "--locale=C.UTF-8"]
        )
        with (
            self._as_directory(new) as (name, descriptors),
            tempfile.TemporaryFile() as password,
            tempfile.TemporaryFile() as said,
        ):
            password.write(self.place.password(SUPERUSER).encode())
            password.flush()
            password.seek(0)
            if self.account is not None:
                os.fchown(password.fileno(), self.account.uid, self.account.gid)
            status = processes.spawn(
                [
                    self.programs / "initdb",
                    f"--pgdata={name}",
                    f"--username={SUPERUSER}",
                    f"--pwfile=/dev/fd/{password.fileno()}",
                    "--auth=scram-sha-256",
                    "--encoding=UTF8",
                    *locale,
                    *(["--no-sync"] if self.throw_away else []),
                ],
                account=self.account,
                descriptors=[*descriptors, password.fileno()],
                output=said,
            ).wait()
            said.seek(0)
            if status:
                shutil.rmtree(new, ignore_errors=True)
                text = said.read().decode(errors="replace").strip()
                raise ServersError(f"PostgreSQL could not make its data directory:\n{text}")
        new.rename(self.place.postgres)

    def _refuse_other_version(self) -> None:
        made_by = (self.place.postgres / "PG_VERSION").read_text().strip()
        version = programs.postgres_version(self.programs)
        if made_by != str(version):
            raise ServersError(
                f"{self.place.postgres} was made by PostgreSQL {made_by}, but {self.programs} "
                f"holds PostgreSQL {version}.\n"
                "Move the data over with pg_dump, or remove the directory."
            )

    def _launch(self) -> bool:
        """Start the server and wait for it; False when somebody took the port."""
        log = self.place.log("postgres")
        self._log_start = log.stat().st_size if log.exists() else 0
        settings = {"cluster_name": processes.mark(self.place.postgres), **self.settings}
        options = [word for key, value in settings.items() for word in ("-c", f"{key}={value}")]
        with self._as_directory(self.place.postgres) as (name, descriptors), log.open("ab") as out:
            self._process = processes.spawn(
                [self.programs / "postgres", "-D", name, "-p", str(self.port), *options],
                account=self.account,
                death_signal=FAST,
                descriptors=descriptors,
                output=out,
            )
        until = time.monotonic() + START_SECONDS
        while not self._is_ready(self._process.pid):
            if self._process.poll() is not None:
                if "could not create any TCP/IP sockets" in self._said():
                    return False
                raise self._failed(f"it ended with status {self._process.returncode}")
            if time.monotonic() > until:
                self.stop()
                raise self._failed(f"it was not ready after {START_SECONDS} seconds")
            time.sleep(0.02)
        return True

    def _is_ready(self, pid: int) -> bool:
        """As `pg_ctl` sees it: the eighth line of the server's own pid file."""
        lines = self._pid_file()
        return len(lines) > 7 and lines[0] == str(pid) and lines[7].strip() == "ready"

    def _pid_file(self) -> list[str]:
        try:
            return (self.place.postgres / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return []

    def _prepare(self) -> None:
        """The portal's role owns its database and may make others; it is no superuser."""
        with psycopg.connect(
            host="127.0.0.1",
            port=self.port,
            user=SUPERUSER,
            password=self.place.password(SUPERUSER),
            dbname="postgres",
            autocommit=True,
        ) as connection:
            role = sql.Identifier(NAME)
            if not connection.execute(
                "SELECT 1 FROM pg_roles WHERE rolname = %s", [NAME]
            ).fetchone():
                connection.execute(
                    sql.SQL("CREATE ROLE {} LOGIN CREATEDB CREATEROLE PASSWORD {}").format(
                        role, sql.Literal(self.place.password(NAME))
                    )
                )
            # So that it can hand databases to roles that it makes and work in their name.
            connection.execute(
                sql.SQL("ALTER ROLE {} SET createrole_self_grant = 'set, inherit'").format(role)
            )
            known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [NAME])
            if not known.fetchone():
                connection.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(role, role))

    def _end_earlier(self) -> None:
        """End what an unclean stop left running, so that the data can be opened again."""
        left = processes.running(program="postgres", directory=self.place.postgres)
        lines = self._pid_file()
        head = [process for process in left if lines and str(process.pid) == lines[0]]
        # While the first process lives it ends the others in order. Without it they have nothing to
        # save: what they shared is lost, and the log is replayed at the next start.
        processes.end(head, STOP)
        left = processes.running(program="postgres", directory=self.place.postgres)
        processes.end(left, ((IMMEDIATE, 2), (KILL, 10)))
        self._forget_reused_pid()

    def _forget_reused_pid(self) -> None:
        """Remove a pid file naming a stranger's process, which PostgreSQL would take for its own.

        A pid file whose process is gone is PostgreSQL's to judge.
        """
        lines = self._pid_file()
        if not lines or not lines[0].isdigit() or not psutil.pid_exists(int(lines[0])):
            return
        segments = Path("/proc/sysvipc/shm")
        if segments.exists() and len(lines) > 6 and lines[6].split():
            number = lines[6].split()[-1]
            for row in segments.read_text().splitlines()[1:]:
                columns = row.split()
                if columns[1] == number and int(columns[6]) > 0:
                    raise ServersError(
                        f"A PostgreSQL that cannot be identified still works on "
                        f"{self.place.postgres} (shared memory {number}). End it first."
                    )
        (self.place.postgres / "postmaster.pid").unlink()

    def _said(self) -> str:
        log = self.place.root / "logs" / "postgres.log"
        return processes.last_lines(log, since=self._log_start)

    def _failed(self, reason: str) -> ServersError:
        log = self.place.root / "logs" / "postgres.log"
        return ServersError(f"PostgreSQL does not run: {reason}. The end of {log}:\n{self._said()}")
