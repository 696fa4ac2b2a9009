"""An entry, and entries of other departments that repeat one of its items."""

from catalog.entry import ItemData
from tests.factories import ResourceFactory

ITEMS = (
    ItemData(name="登记号", column="number", type="C", length=20, is_key=True),
    ItemData(name="婚姻状况", column="marriage", type="C", length=10),
)
OTHERS = [
    {"name": "档案号", "column": "file", "length": 20, "is_key": True, "is_nullable": False},
    {"name": "婚姻 状态", "column": "married", "length": 10},
]


def another(department, **changes):
    return ResourceFactory(
        **{"department": department, "name": "婚姻档案", "state": "published", "items": OTHERS}
        | changes
    )
