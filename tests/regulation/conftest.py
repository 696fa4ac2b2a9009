from tests.sharing.conftest import (  # noqa: F401
    agreement,
    cast,
    draft,
    filled,
    freeze,
    received,
    resource,
    submitted,
)
