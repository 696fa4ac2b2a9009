"""Reads the stored nodes of the tree, leaves among them."""

from collections.abc import Iterable

from django.db import connection

from audit.tree import Place

NODES = """
SELECT node.level, node.index, node.hash FROM audit_node AS node
JOIN unnest(%(levels)s::smallint[], %(indexes)s::bigint[]) AS wanted (level, index)
    ON node.level = wanted.level AND node.index = wanted.index
UNION ALL
SELECT 0, leaf.index, leaf.hash FROM audit_leaf AS leaf WHERE leaf.index = ANY (%(leaves)s::bigint[])
"""


def hashes_of(places: Iterable[Place]) -> dict[Place, bytes]:
    """The hashes that are stored for these places; one that is missing is left out."""
    wanted = set(places)
    above = sorted(place for place in wanted if place[0])
    given = {
        "levels": [level for level, _ in above],
        "indexes": [index for _, index in above],
        "leaves": sorted(index for level, index in wanted if not level),
    }
    with connection.cursor() as cursor:
        cursor.execute(NODES, given)
        return {(level, index): bytes(known) for level, index, known in cursor.fetchall()}
