"""A cursor kept in a file that is whole after any crash."""

import os
from pathlib import Path


class CursorFile:
    """Written beside and moved into place, so that it holds the cursor before or the one after."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def read(self) -> str:
        return self.path.read_text("ascii").strip() if self.path.exists() else ""

    def write(self, cursor: str) -> None:
        beside = self.path.with_name(f"{self.path.name}.new")
        with beside.open("w", encoding="ascii") as file:
            file.write(f"{cursor}\n")
            file.flush()
            os.fsync(file.fileno())
        beside.replace(self.path)
