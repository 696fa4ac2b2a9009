"""`manage.py demo`: the whole portal with its demonstration province, in one terminal."""

import hashlib
import os
import signal
import sys
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connections
from django.db.migrations.executor import MigrationExecutor

from audit import sealing
from audit.verification import remember, verify
from portal import embedded
from portal.demo import accounts, address
from portal.demo.supervisor import Program, Supervisor
from portal.embedded import processes

WEB_PROCESSES = 2
WEB_THREADS = 8  # so that a few long downloads leave threads for the pages
WORKER_PROCESSES = 2
PROVINCE = "示范省政务数据共享门户"


class Command(BaseCommand):
    help = (
        "Runs the portal with its demonstration province: web, worker and beat; Ctrl-C stops all."
    )

    def handle(self, *args: object, **options: object) -> None:
        from portal.demo import loader  # reads the province's files: only this command needs them

        self._migrate()
        if not loader.is_loaded():
            self.stdout.write("Loading the demonstration province, once ...")
            loader.load()
            sealing.seal()
            remember(verify())
        self._collect_static_files()
        connections.close_all()
        supervisor = Supervisor(
            programs(),
            output=sys.stdout,
            mark=processes.mark(settings.PORTAL_DATA_DIR),
            environment=self._environment(),
            directory=settings.BASE_DIR,
            is_ready=address.answers,
            on_ready=self._welcome,
            failure=embedded.failure,
        )
        if reason := supervisor.run():
            raise CommandError(reason)

    def _migrate(self) -> None:
        executor = MigrationExecutor(connections["default"])
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            self.stdout.write("Preparing the database ...")
            call_command("migrate", interactive=False, verbosity=0)

    def _collect_static_files(self) -> None:
        stamp = Path(settings.STATIC_ROOT) / ".collected"
        present = _static_fingerprint()
        if stamp.exists() and stamp.read_text() == present:
            return
        self.stdout.write("Collecting static files ...")
        call_command("collectstatic", interactive=False, clear=True, verbosity=0)
        stamp.write_text(present)

    @staticmethod
    def _environment() -> dict[str, str]:
        return {
            "LOG_JSON": "false",
            "PORTAL_NAME": PROVINCE,
            # Shows what a witness is; a real one lies on another machine.
            "AUDIT_WITNESS_FILE": str(settings.PORTAL_DATA_DIR / "audit_witness.txt"),
            **os.environ,
            "PYTHONUNBUFFERED": "1",
        }

    def _welcome(self) -> None:
        lines = ["", f"The portal is ready: {address.url()}", "", *accounts.lines(), ""]
        self.stdout.write("\n".join([*lines, "Ctrl-C stops everything.", ""]))
        connections.close_all()


def programs() -> list[Program]:
    """In the order in which they are stopped."""
    tools = Path(sys.executable).parent
    return [
        Program(
            "web",
            [
                *(str(tools / "granian"), "--interface", "wsgi", "--no-ws"),
                *("--host", address.HOST, "--port", str(address.port())),
                *("--workers", str(WEB_PROCESSES), "--blocking-threads", str(WEB_THREADS)),
                *("--respawn-failed-workers", "--workers-kill-timeout", "5"),
                "portal.wsgi:application",
            ],
            ((signal.SIGTERM, 10),),
        ),
        Program(
            "worker",
            [
                *(str(tools / "celery"), "-A", "portal", "worker"),
                *("--concurrency", str(WORKER_PROCESSES), "--loglevel", "INFO"),
                *("--without-gossip", "--without-mingle"),  # there is no second worker to meet
            ],
            # Warm: tasks under way may end; cold: they go back to the queue.
            ((signal.SIGTERM, 20), (signal.SIGQUIT, 5)),
        ),
        Program(
            "beat",
            [str(tools / "celery"), "-A", "portal", "beat", "--loglevel", "INFO", "--pidfile="],
            ((signal.SIGTERM, 5),),
        ),
    ]


def _static_fingerprint() -> str:
    """Changes when any source of a static file does."""
    digest = hashlib.sha256()
    for finder in get_finders():
        for path, storage in finder.list([]):
            status = Path(storage.path(path)).stat()
            digest.update(f"{path} {status.st_size} {status.st_mtime_ns}\n".encode())
    return digest.hexdigest()
