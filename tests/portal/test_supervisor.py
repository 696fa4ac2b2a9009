"""Several programs in one terminal, with programs so small that each test takes a moment."""

import os
import signal
import subprocess
import sys
import time

import psutil
import pytest

from portal.demo import supervisor
from portal.embedded.place import CHECKOUT
from tests.portal.conftest import environment, gone

SUPERVISE = """
import os, signal, sys
from pathlib import Path
from portal.demo.supervisor import Program, Supervisor
mark, *commands = sys.argv[1:]
programs = [
    Program(name, ["/bin/sh", "-c", command], ((signal.SIGTERM, 0.5),))
    for name, command in (word.split("=", 1) for word in commands)
]
reason = Supervisor(
    programs, output=sys.stdout, mark=mark, environment=dict(os.environ), directory=Path("/"),
    is_ready=lambda: True, on_ready=lambda: print("ready", flush=True), pause_seconds=0.02,
).run()
print(f"reason: {reason}", flush=True)
"""
FOREVER = "while :; do sleep 600; done"


@pytest.fixture
def supervise(tmp_path):
    started = []

    def start(*commands: str, **options) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-c", SUPERVISE, str(tmp_path), *commands],
            stdout=options.get("stdout", subprocess.PIPE),
            env=environment(),
            cwd=CHECKOUT,
            text=True,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()
    supervisor.end_leftovers(str(tmp_path))


def _until(process, text):
    lines = []
    for line in process.stdout:
        lines.append(line)
        if text in line:
            return lines
    raise AssertionError(f"{text!r} never came: {lines}")


def _below(process, names):
    """The processes below it, as soon as they bear these names."""
    until = time.monotonic() + 15
    while time.monotonic() < until:
        living = psutil.Process(process.pid).children(recursive=True)
        if sorted(_name(child) for child in living) == sorted(names):
            return living
        time.sleep(0.05)
    raise AssertionError([_name(child) for child in living])


def _name(process):
    try:
        return process.name()
    except psutil.NoSuchProcess:
        return ""


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_stops_everything_in_order_and_leaves_nothing(supervise, sent):
    # given programs with programs of their own
    process = supervise(*(f"{name}=sleep 600 & {FOREVER}" for name in ("web", "worker", "beat")))
    living = _below(process, ["sh"] * 3 + ["sleep"] * 6)

    # when
    process.send_signal(sent)
    output, _ = process.communicate(timeout=20)

    # then
    assert gone(living, 0)
    assert [line for line in output.splitlines() if line.endswith("stopped")] == [
        "demo   | web stopped",
        "demo   | worker stopped",
        "demo   | beat stopped",
    ]
    assert output.endswith("reason: None\n")


def test_what_does_not_hear_is_killed(supervise):
    process = supervise(f"deaf=trap '' TERM; echo deaf; {FOREVER}")
    _until(process, "| deaf")
    living = _below(process, ["sh", "sleep"])

    process.terminate()
    output, _ = process.communicate(timeout=20)

    assert gone(living, 0)
    assert "deaf stopped" in output


def test_lines_are_shown_with_the_name_of_their_program(supervise):
    process = supervise(f"web=echo one; printf 三; {FOREVER}", f"worker=echo two >&2; {FOREVER}")
    lines = _until(process, "ready")
    for word in ("| one", "| two"):
        if not any(word in line for line in lines):
            lines += _until(process, word)
    time.sleep(0.5)

    process.terminate()
    output = "".join(lines) + process.communicate(timeout=20)[0]

    assert "web    | one\n" in output
    assert "worker | two\n" in output
    assert "web    | 三\n" in output


def test_a_program_that_ends_is_started_again(supervise, tmp_path):
    count = tmp_path / "count"
    process = supervise(
        f"web=echo x >> {count}; test $(wc -l < {count}) -gt 2 && {FOREVER}; exit 7"
    )

    lines = _until(process, "it is started again in 0.08 s")

    assert any("web ended with status 7; it is started again in 0.04 s" in line for line in lines)
    end = time.monotonic() + 20
    while count.read_text() != "x\nx\nx\n" and time.monotonic() < end:
        time.sleep(0.05)
    time.sleep(0.5)
    assert process.poll() is None
    assert count.read_text() == "x\nx\nx\n"


def test_after_five_quick_deaths_it_stops_and_shows_the_last_lines(supervise):
    process = supervise(f"web={FOREVER}", "worker=echo the reason; exit 3")

    output, _ = process.communicate(timeout=20)

    assert output.endswith(
        "reason: worker ended 5 times right after its start, last with status 3. "
        "Its last lines:\n" + "\n".join(["    the reason"] * 5) + "\n"
    )
    assert "web stopped" in output


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel tells children on Linux")
def test_the_programs_end_when_the_supervisor_is_killed(supervise):
    process = supervise("web=exec sleep 600", "worker=exec sleep 600")
    living = _below(process, ["sleep", "sleep"])

    process.kill()

    assert gone(living)


def test_what_outlived_a_killed_supervisor_is_found_by_its_mark(supervise, tmp_path):
    # given a program that does not hear, and a stranger
    process = supervise(f"deaf=trap '' TERM; echo deaf; {FOREVER}")
    _until(process, "| deaf")
    living = _below(process, ["sh", "sleep"])
    stranger = subprocess.Popen(["/bin/sleep", "600"])
    process.kill()
    process.wait()
    assert not gone(living, 0.3)

    # when
    supervisor.end_leftovers(str(tmp_path))

    # then
    assert gone(living, 0)
    assert stranger.poll() is None
    stranger.kill()
    stranger.wait()


def test_it_stops_in_order_though_its_terminal_is_gone(supervise):
    read, write = os.pipe()
    process = supervise("web=while :; do echo line; sleep 0.05; done", stdout=write)
    os.close(write)
    os.read(read, 100)
    web, *_ = psutil.Process(process.pid).children()

    os.close(read)
    time.sleep(0.3)
    process.send_signal(signal.SIGHUP)

    process.wait(20)
    assert gone([web], 0)
