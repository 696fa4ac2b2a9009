from collections.abc import Iterator

import pytest
from django.db import connection

from tests.audit.database import let_tests_flush


@pytest.fixture(scope="session", autouse=True)
def _flushable() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        let_tests_flush(patch)
        yield
