from tests.sharing.conftest import (  # noqa: F401 - fixtures
    agreement,
    cast,
    draft,
    filled,
    freeze,
    received,
    resource,
    submitted,
)
