"""Several programs in one terminal: started, watched, started again, and stopped together.

Needs no Django. Every program gets a session of its own, so that Ctrl-C reaches only the
supervisor, which ends them in order; if the supervisor is killed the kernel tells them (Linux), and
what survives even that carries a mark in its environment by which the next start finds it.
"""

import os
import selectors
import signal
import subprocess
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import TextIO

import psutil

from portal.embedded import processes

MARK = "PORTAL_DEMO"
QUICK_DEATHS = 5
LINES_KEPT = 20
LONGEST_LINE = 64 * 1024
STOPPED_BY = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@dataclass(frozen=True, slots=True)
class Program:
    """What to run and how to end it: each signal with the seconds it is given; then SIGKILL."""

    name: str
    command: Sequence[str]
    stages: processes.Stages = ((signal.SIGTERM, 10),)


@dataclass(slots=True)
class _Child:
    """A program and its present process."""

    program: Program
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    due: float = 0.0
    quick_deaths: int = 0
    partial: bytes = b""
    lines: deque[str] = field(default_factory=lambda: deque(maxlen=LINES_KEPT))


def end_leftovers(mark: str) -> None:
    """End what an earlier supervisor with this mark left behind when it was killed."""
    left = []
    for process in psutil.process_iter():
        try:
            if process.environ().get(MARK) == mark and process.pid != os.getpid():
                left.append(process)
        except (psutil.AccessDenied, psutil.NoSuchProcess, psutil.ZombieProcess):
            continue  # not of this user, or gone
    processes.end(left, ((signal.SIGTERM, 3), (signal.SIGKILL, 5)))


class Supervisor:
    """Runs the programs until a signal asks it to stop, or one of them cannot be kept running."""

    def __init__(
        self,
        programs: Sequence[Program],
        *,
        output: TextIO,
        mark: str,
        environment: Mapping[str, str],
        directory: Path,
        is_ready: Callable[[], bool],
        on_ready: Callable[[], None],
        failure: Callable[[], str | None] = lambda: None,
        quick_seconds: float = 10,
        pause_seconds: float = 0.5,
    ) -> None:
        self._children = [_Child(program) for program in programs]
        self._output: TextIO | None = output
        self._mark = mark
        self._environment = {**environment, MARK: mark}
        self._directory = directory
        self._is_ready = is_ready
        self._on_ready = on_ready
        self._failure = failure
        self._quick_seconds = quick_seconds
        self._pause_seconds = pause_seconds
        self._selector = selectors.DefaultSelector()
        self._signals = 0
        self._width = max(len(program.name) for program in programs)

    def run(self) -> str | None:
        """Return why it had to stop; None when it was asked to."""
        with self._listening():
            try:
                return self._watch()
            finally:
                self._stop()

    def _watch(self) -> str | None:
        said_ready = False
        next_question = 0.0
        while not self._signals:
            now = time.monotonic()
            for child in self._children:
                if child.process is None and now >= child.due:
                    self._start(child)
            self._pump(0.2)
            for child in self._children:
                if reason := self._look_after(child):
                    return reason
            if reason := self._failure():
                return reason
            if not said_ready and now >= next_question:
                next_question = now + 0.3
                if said_ready := self._is_ready():
                    self._on_ready()
        return None

    def _start(self, child: _Child) -> None:
        child.process = processes.spawn(
            child.program.command,
            death_signal=signal.SIGTERM,
            directory=self._directory,
            environment=self._environment,
            output=subprocess.PIPE,
            umask=0o022,
        )
        child.started = time.monotonic()
        if child.process.stdout is not None:
            os.set_blocking(child.process.stdout.fileno(), False)
            self._selector.register(child.process.stdout, selectors.EVENT_READ, child)

    def _look_after(self, child: _Child) -> str | None:
        """Plan a dead program's next start; say why when there will be none."""
        if child.process is None or not self._has_ended(child.process):
            return None
        status = self._bury(child)
        quick = time.monotonic() - child.started < self._quick_seconds
        child.quick_deaths = child.quick_deaths + 1 if quick else 0
        name = child.program.name
        if child.quick_deaths >= QUICK_DEATHS:
            lines = "\n".join(f"    {line}" for line in child.lines)
            return (
                f"{name} ended {QUICK_DEATHS} times right after its start, last with {status}. "
                f"Its last lines:\n{lines}"
            )
        pause = min(self._pause_seconds * 2**child.quick_deaths, 10)
        self._say(f"{name} ended with {status}; it is started again in {pause:g} s")
        child.due = time.monotonic() + pause
        return None

    @staticmethod
    def _has_ended(process: subprocess.Popen[bytes]) -> bool:
        """Without reaping it: until then its process group keeps its number."""
        options = os.WEXITED | os.WNOHANG | os.WNOWAIT
        return os.waitid(os.P_PID, process.pid, options) is not None

    def _bury(self, child: _Child) -> str:
        """End what is left of the program's group, read its last words, reap it."""
        process = child.process
        if process is None:
            return ""
        # Only the dead first process may be left in it (macOS says "not permitted" then).
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        self._read(child)
        if child.partial:
            self._line(child, child.partial)
            child.partial = b""
        self._forget_output(child)
        status = process.wait()
        child.process = None
        return f"signal {-status}" if status < 0 else f"status {status}"

    def _stop(self) -> None:
        """In the given order, each with its own patience; a second signal ends all patience."""
        if any(child.process for child in self._children):
            self._say("stopping (once more to stop at once)")
        for child in self._children:
            for sent, seconds in (*child.program.stages, (signal.SIGKILL, 10)):
                if child.process is None or self._has_ended(child.process):
                    break
                self._end(child.process, sent, seconds)
            if child.process is not None:
                self._bury(child)
                self._say(f"{child.program.name} stopped")
        end_leftovers(self._mark)
        self._selector.close()

    def _end(self, process: subprocess.Popen[bytes], sent: signal.Signals, seconds: float) -> None:
        """Send and wait; a signal to ourselves meanwhile ends the wait."""
        so_far = self._signals
        process.send_signal(signal.SIGKILL if so_far > 1 else sent)
        until = time.monotonic() + seconds
        while time.monotonic() < until and self._signals == so_far:
            if self._has_ended(process):
                return
            self._pump(0.1)

    def _pump(self, seconds: float) -> None:
        for key, _ in self._selector.select(seconds):
            if isinstance(key.data, _Child):
                if not self._read(key.data):
                    self._forget_output(key.data)
            else:
                os.read(key.fd, 512)

    def _read(self, child: _Child) -> bool:
        """Show what the program wrote; False at the end of its output."""
        if child.process is None or child.process.stdout is None or child.process.stdout.closed:
            return False
        while True:
            try:
                data = os.read(child.process.stdout.fileno(), LONGEST_LINE)
            except BlockingIOError:
                return True
            *lines, child.partial = (child.partial + data).split(b"\n")
            for line in lines:
                self._line(child, line)
            if len(child.partial) > LONGEST_LINE:
                self._line(child, child.partial)
                child.partial = b""
            if not data:
                return False

    def _forget_output(self, child: _Child) -> None:
        if child.process and child.process.stdout and not child.process.stdout.closed:
            self._selector.unregister(child.process.stdout)
            child.process.stdout.close()

    def _line(self, child: _Child, line: bytes) -> None:
        text = line.decode(errors="replace").rstrip("\r")
        child.lines.append(text)
        self._write(f"{child.program.name:<{self._width}} | {text}\n")

    def _say(self, text: str) -> None:
        self._write(f"{'demo':<{self._width}} | {text}\n")

    def _write(self, text: str) -> None:
        if self._output is None:
            return
        try:
            self._output.write(text)
            self._output.flush()
        except (OSError, ValueError):
            self._output = None  # the terminal is gone; what is to be stopped must still be stopped

    @contextmanager
    def _listening(self) -> Iterator[None]:
        """Count the signals that ask to stop, and wake the loop by a pipe."""

        def count(number: int, frame: FrameType | None) -> None:
            self._signals += 1

        read, write = os.pipe()
        os.set_blocking(write, False)
        self._selector.register(read, selectors.EVENT_READ)
        woken_before = signal.set_wakeup_fd(write)
        before = {name: signal.signal(name, count) for name in STOPPED_BY}
        try:
            yield
        finally:
            for name, handler in before.items():
                signal.signal(name, handler)
            signal.set_wakeup_fd(woken_before)
            os.close(read)
            os.close(write)
