"""In which line of a file the first thing is that no reader can take: a second look, after a failure."""

import codecs

from .glimpse import Held
from .opening import unpacked

CHUNK = 1024 * 1024


def first_bad_line(held: Held, encoding: str) -> int:
    """The line, counted from 1, with the first bytes that are not in the encoding; 0 for none."""
    decoder = codecs.getincrementaldecoder(encoding)()
    line = 1
    with unpacked(held) as stream:
        while block := stream.read(CHUNK):
            state = decoder.getstate()
            try:
                line += decoder.decode(block).count("\n")
            except UnicodeDecodeError:
                decoder.setstate(state)
                return line + _lines_before(decoder, block)
        try:
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return line
    return 0


def _lines_before(decoder: codecs.IncrementalDecoder, block: bytes) -> int:
    """How many line ends lie before the bytes that cannot be decoded."""
    lines = 0
    for one in block.splitlines(keepends=True):
        try:
            lines += decoder.decode(one).count("\n")
        except UnicodeDecodeError:
            return lines
    return lines
