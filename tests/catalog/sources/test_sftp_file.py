"""Files by SFTP, from OpenSSH's own server on loopback."""

import getpass

import pyarrow as pa
import pytest
from pyarrow import parquet

from catalog.services import sources
from catalog.sources.connector import connect
from catalog.sources.failures import SourceFailure
from catalog.sources.files.glimpse import Piece
from tests.catalog.sources.fetching import failure_in, file_source, rows_of
from tests.catalog.sources.file_servers import CSV, sftp_server


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sftp")
    (folder / "a.csv").write_bytes(CSV)
    with sftp_server(folder) as started:
        yield started


@pytest.fixture
def source(resource, server):
    def make(**given):
        known = {
            "host": "127.0.0.1",
            "port": server.port,
            "username": getpass.getuser(),
            "secret": server.private_key,
            "file": f"{server.folder}/a.csv",
            "host_key": server.fingerprint,
        }
        return file_source(resource.department, "sftp", **{**known, **given})

    return make


def test_the_rows_of_the_file_arrive(source):
    found = source()

    assert rows_of(found) == "1\t甲\t\n2\t乙\t1\n"
    with connect(found) as connector:
        assert connector.check() == f"SFTP · {len(CSV)} B"


def test_the_first_host_key_is_a_proposal(source, server, steward):
    # given a source without an accepted key
    found = source(host_key="")

    # when
    result = sources.test_source(source=found, by=steward)

    # then the steward reads the key, to compare and to enter it
    assert server.fingerprint in result.failure.what
    assert failure_in(found) == ("host_key_unknown", {"key": server.fingerprint})


def test_a_server_with_another_host_key_gets_no_password(source, server):
    found = source(host_key="SHA256:" + "A" * 43)

    assert failure_in(found) == ("host_key_changed", {"key": server.fingerprint})


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"secret": "wrong"}, "wrong_password"),
        (
            {"secret": "-----BEGIN PRIVATE KEY-----\nxx\n-----END PRIVATE KEY-----\n"},
            "private_key_unreadable",
        ),
        ({"file": "/no/such/file"}, "file_missing"),
        ({"port": 1}, "unreachable"),
        ({"host": "192.0.2.7"}, "network_not_allowed"),
    ],
)
def test_a_failure_is_told_by_its_code(source, given, code):
    assert failure_in(source(**given))[0] == code


def test_a_file_that_is_too_large_is_not_fetched(source, settings):
    settings.SOURCE_FILE_MOST_BYTES = 10

    assert failure_in(source()) == ("file_too_large", {"most": 10})


def test_a_look_asks_for_pieces_and_reads_the_structure_at_the_end_of_the_file(source, server):
    # given a file of a form whose structure stands at its end
    table = pa.table({"code": [str(n) for n in range(5000)], "name": ["名"] * 5000})
    parquet.write_table(table, server.folder / "a.parquet", compression="none")
    found = source(file=f"{server.folder}/a.parquet", format="parquet")
    size = (server.folder / "a.parquet").stat().st_size
    content = (server.folder / "a.parquet").read_bytes()

    # when
    with connect(found, looks=True) as connector:
        columns = [one.name for one in connector.columns("rows")]
        (relation,) = connector.relations()
        middle = connector.piece(1000, 64)
        end = connector.piece(size - 8, 64)
        beyond = connector.piece(size + 10, 8)

    # then
    assert columns == ["code", "name"]
    assert relation.estimate == 5000
    assert middle == Piece(1000, content[1000:1064], size)
    assert end == Piece(size - 8, content[-8:], size)
    assert beyond == Piece(size + 10, b"", size)


def test_a_look_at_a_file_that_is_gone_says_so(source):
    with (
        connect(source(file="/no/such/file"), looks=True) as connector,
        pytest.raises(SourceFailure) as failure,
    ):
        connector.columns("rows")
    assert failure.value.code == "file_missing"
