import pytest

from catalog.services import item_synonyms, resources
from tests.catalog.conftest import an_entry, assess_both

from .repeating import ITEMS


@pytest.fixture
def draft(cast):
    item_synonyms.load_shipped()
    made = resources.create_draft(entry=an_entry(name="婚姻登记"), items=ITEMS, by=cast.steward)
    assess_both(made, cast.steward)
    return made
