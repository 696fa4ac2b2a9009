from tests.catalog.conftest import cast as catalogue_cast  # noqa: F401 - fixtures
from tests.catalog.profile.conftest import shelf  # noqa: F401
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
