"""Files of entries as HTTP passes them on: block by block, from disk once they are larger."""

import tempfile
from collections.abc import Callable, Iterator
from typing import IO

BLOCK = 256 * 1024
IN_MEMORY = 4 * 1024 * 1024
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def blocks(write: Callable[[IO[bytes]], None]) -> Iterator[bytes]:
    """What `write` writes. Nothing is made before the first block is asked for."""
    with tempfile.SpooledTemporaryFile(IN_MEMORY) as out:
        write(out)
        out.seek(0)
        while block := out.read(BLOCK):
            yield block
