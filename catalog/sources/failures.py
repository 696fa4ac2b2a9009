"""Why a source did not give its rows, in a code and its particulars; `words` says it to people."""

from collections.abc import Mapping

# What time may heal: another attempt is worth making.
HEALS = frozenset(
    {
        "unreachable",
        "timed_out",
        "too_many_connections",
        "shutting_down",
        "connection_lost",
        "locked",
        "cancelled",
        "table_busy",
        "answer_cut",
        "fetch_too_slow",
        "http_busy",
        "capture_slot_busy",
        "capture_waits",
        "capture_moving",
    }
)


class SourceFailure(Exception):
    """A source, or what it gave, is not as the job needs it. The store keeps the rows it had.

    Raise it `from None`: errors of the driver hold connection data and values of rows.
    """

    def __init__(self, code: str, **data: str | int) -> None:
        super().__init__(code)
        self.code = code
        self.data: Mapping[str, str | int] = data

    @property
    def heals(self) -> bool:
        return self.code in HEALS
