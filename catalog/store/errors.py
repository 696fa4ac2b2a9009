"""Why the store does not take rows, in a code and its particulars; the words are said elsewhere."""

from collections.abc import Mapping


class StoreRefusal(Exception):
    """The rows, or the shape of their table, cannot be taken. The caller's transaction must go.

    `data` is plain: names of items, numbers of rows, masked keys. It never holds a value that was
    not masked, for it ends in the run's history.
    """

    def __init__(self, code: str, **data: str | int) -> None:
        super().__init__(code)
        self.code = code
        self.data: Mapping[str, str | int] = data
