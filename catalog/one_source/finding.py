"""Which items of an entry or a plan other departments provide already (Decree 809, Art. 19).

Only published entries of departments of the same region or of a region above count: what another
city collects is about other people. Callers narrow them to what a party sees by `permitted`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from django.core.exceptions import EmptyResultSet
from django.db import connection

from catalog.models import (
    CollectionPlan,
    Duplicate,
    DuplicateState,
    Resource,
    SourceOfItem,
    ValueOverlap,
)
from catalog.one_source.score import Evidence, Score, score
from catalog.parties import Party
from portal.organisation.models import Region

COMMON = 200
"""So many items of one name in the whole catalogue say nothing about the datum (see `CANDIDATES`)."""
MOST_PAIRS = 5000

# `same` holds each own item with every name of its datum; the functional index finds the others.
#
# Serial numbers and remarks are in thousands of entries, and an entry must not wait for them when it
# is submitted. So of each name at most COMMON items are read. A name that has so many brings no entry
# into the comparison by itself: its rarity counts nothing anyway. It is looked up, by the same index,
# only in entries that hold a rarer item too, where it adds to what is covered, and in those of the
# appointed source department, whose datum it is however often it is copied. That a name is common is
# told by all items, hidden ones included; no figure that anybody sees is. The laterals with OFFSET 0
# keep the planner, which thinks each CTE large, from reading the two big tables as a whole.
CANDIDATES = """
WITH RECURSIVE above(id, parent_id) AS (
    SELECT id, parent_id FROM organisation_region WHERE id = %(region)s
    UNION ALL
    SELECT r.id, r.parent_id FROM organisation_region r JOIN above ON r.id = above.parent_id
), mine AS MATERIALIZED (
    {mine}
), same AS MATERIALIZED (
    SELECT m.id, m.normal, false AS is_reference FROM mine m
    WHERE NOT EXISTS (SELECT FROM catalog_itemsynonym s WHERE s.normal = m.normal)
    UNION ALL
    SELECT m.id, o.normal, s.is_reference FROM mine m
    JOIN catalog_itemsynonym s ON s.normal = m.normal
    JOIN catalog_itemsynonym o ON o.canonical = s.canonical
), named AS MATERIALIZED (
    SELECT same.*, t.item, t.resource_id AS other_id FROM same CROSS JOIN LATERAL (
        SELECT d.id AS item, d.resource_id FROM catalog_dataitem d
        WHERE catalog_item_normal(d.name) = same.normal LIMIT %(common)s
    ) t
), common AS MATERIALIZED (
    SELECT id, normal, is_reference FROM named GROUP BY 1, 2, 3 HAVING count(*) >= %(common)s
), rare AS MATERIALIZED (
    SELECT id, normal, is_reference, item, other_id FROM named
    WHERE NOT EXISTS (SELECT FROM common WHERE common.id = named.id AND common.normal = named.normal)
), entries AS MATERIALIZED (
    SELECT other_id FROM (
        SELECT other_id FROM rare
        UNION
        SELECT r.id FROM common
        JOIN catalog_sourceofitem s ON s.ended_at IS NULL AND s.region_id = %(region)s
            AND s.normal IN (
                SELECT common.normal UNION ALL
                SELECT y.canonical FROM catalog_itemsynonym y WHERE y.normal = common.normal)
        JOIN catalog_resource r ON r.department_id = s.department_id
    ) AS held
    CROSS JOIN LATERAL (
        SELECT department_id FROM catalog_resource WHERE id = other_id
            AND state = 'published' AND revision_of_id IS NULL OFFSET 0
    ) r
    JOIN organisation_department d ON d.id = r.department_id
    WHERE r.department_id <> %(department)s AND d.region_id IN (SELECT id FROM above)
        AND {seen}
), both_kinds AS MATERIALIZED (
    SELECT rare.* FROM rare JOIN entries USING (other_id)
    UNION ALL
    SELECT common.id, common.normal, common.is_reference, t.id, t.resource_id
    FROM entries CROSS JOIN common
    CROSS JOIN LATERAL (
        SELECT d.id, d.resource_id FROM catalog_dataitem d
        WHERE d.resource_id = entries.other_id
            AND catalog_item_normal(d.name) = common.normal OFFSET 0
    ) t
), seen AS MATERIALIZED (
    SELECT m.id, m."column", m.name, t.resource_id AS other_id,
           t."column" AS other_column, t.name AS other_name,
           m.normal = b.normal AS same_name,
           b.is_reference OR m.is_key OR t.is_key
               OR m.identifier_kind <> '' AS is_reference,
           m.type = t.type AS same_type,
           coalesce(m.type = t.type AND m.length = t.length, false) AS same_length,
           coalesce(m.code_list_id = t.code_list_id, false) AS same_code_list,
           EXISTS (SELECT FROM common WHERE common.id = b.id) AS is_common
    FROM both_kinds b JOIN mine m ON m.id = b.id
    CROSS JOIN LATERAL (SELECT * FROM catalog_dataitem d WHERE d.id = b.item OFFSET 0) t
), holders AS (
    SELECT id, CASE WHEN bool_or(is_common) THEN %(common)s
                    ELSE count(DISTINCT other_id) END AS holders
    FROM seen GROUP BY id
), covered AS (
    SELECT other_id, count(DISTINCT id) AS covered FROM seen GROUP BY other_id
)
SELECT "column", name, other_id, other_column, other_name, same_name, is_reference, same_type,
       same_length, same_code_list, holders, covered, (SELECT count(*) FROM mine)
FROM seen JOIN holders USING (id) JOIN covered USING (other_id)
ORDER BY holders, covered DESC, other_id, "column"
LIMIT %(most)s
"""

OF_ENTRY = """
    SELECT id, name, "column", type, length, code_list_id, identifier_kind, is_key,
           catalog_item_normal(name) AS normal
    FROM catalog_dataitem WHERE resource_id = %(subject)s
"""
OF_PLAN = """
    SELECT id, name, name AS "column", '' AS type, NULL::int AS length, NULL::varchar AS code_list_id,
           '' AS identifier_kind, false AS is_key, catalog_item_normal(name) AS normal
    FROM catalog_planneditem WHERE plan_id = %(subject)s
"""

SOURCES = """
SELECT DISTINCT ON (asked.name) asked.name, s.id
FROM unnest(%(names)s::text[]) AS asked(name)
LEFT JOIN catalog_itemsynonym y ON y.normal = catalog_item_normal(asked.name)
LEFT JOIN catalog_itemsynonym o ON o.canonical = y.canonical
JOIN catalog_sourceofitem s
  ON s.normal = coalesce(o.normal, catalog_item_normal(asked.name))
WHERE s.ended_at IS NULL AND s.region_id = %(region)s
ORDER BY asked.name, s.appointed_at
"""


@dataclass(frozen=True, slots=True)
class Candidate:
    """An item of the entry beside the same datum in another department's published entry."""

    column: str
    name: str
    other_id: int
    other_column: str
    other_name: str
    score: Score


@dataclass(frozen=True, slots=True)
class Found:
    """A candidate for the steward's page: the other entry, and what has been done about it."""

    candidate: Candidate
    other: Resource
    settled: Duplicate | None

    @property
    def is_open(self) -> bool:
        return self.settled is None and self.candidate.score.must_be_answered


Subject: TypeAlias = Resource | CollectionPlan


def candidates(subject: Subject, *, party: "Party | None") -> list[Candidate]:
    """The pairs, highest score first; `party` None asks for all, to be recorded and not shown.

    What the party may not see counts in nothing: neither as a holder nor in the score.
    """
    rows = _rows(subject, party)
    sources = source_of([row[1] for row in rows], subject.department.region)
    others = Resource.objects.filter(pk__in={row[2] for row in rows})
    known = _Known(
        department_id=subject.department_id,
        sources=sources,
        provider=dict(others.values_list("pk", "department_id")),
        overlaps=_overlaps(subject),
    )
    found = [known.candidate(row) for row in rows]
    return sorted(found, key=lambda one: (-one.score.points, one.column, one.other_id))


def duplicates_of(subject: Subject, *, party: Party) -> list[Found]:
    """What the page of the entry or plan shows: as many queries for one as for many."""
    pairs = candidates(subject, party=party)
    others = (
        Resource.objects.permitted(party, "view_resource")
        .select_related("department")
        .defer("search", "name_search")
        .in_bulk({one.other_id for one in pairs})
    )
    settled = {
        (one.column, one.other_id, one.other_column): one
        for one in Duplicate.objects.filter(
            **kept_under(subject), state__in=(DuplicateState.LINKED, DuplicateState.JUSTIFIED)
        ).select_related("by")
    }
    return [
        Found(one, others[one.other_id], settled.get((one.column, one.other_id, one.other_column)))
        for one in pairs
        if one.other_id in others
    ]


def kept_under(subject: Subject) -> dict[str, Any]:
    """What duplicates of the subject are recorded of: those of a change are its entry's."""
    if isinstance(subject, Resource):
        return {"resource": subject.revision_of or subject}
    return {"plan": subject}


def _rows(subject: Subject, party: "Party | None") -> list[tuple[Any, ...]]:
    values: dict[str, Any] = {
        "subject": subject.pk,
        "department": subject.department_id,
        "region": subject.department.region_id,
        "most": MOST_PAIRS,
        "common": COMMON,
    }
    seen = "true"
    if party is not None:
        ids = Resource.objects.permitted(party, "view_resource").order_by().values("pk")
        try:
            sql, parameters = ids.query.sql_with_params()
        except EmptyResultSet:  # nobody inactive sees anything
            return []
        seen = "other_id IN (" + _named(sql, parameters, values) + ")"
    mine = OF_ENTRY if isinstance(subject, Resource) else OF_PLAN
    with connection.cursor() as cursor:
        cursor.execute(CANDIDATES.format(mine=mine, seen=seen), values)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows


def _overlaps(subject: Subject) -> dict[tuple[str, int, str], float]:
    """The shares of values that were counted, of a change those of the entry whose rows it has."""
    if not isinstance(subject, Resource):
        return {}
    counted = ValueOverlap.objects.filter(resource=subject.revision_of_id or subject.pk)
    return {
        (one.column, one.other_id, one.other_column): one.shared / one.sampled for one in counted
    }


def source_of(names: Sequence[str], region: Region) -> dict[str, SourceOfItem]:
    """The source department of each datum that has one in the region, by the names asked."""
    if not names:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(SOURCES, {"names": list(dict.fromkeys(names)), "region": region.pk})
        rows = cursor.fetchall()
    found = SourceOfItem.objects.select_related("department").in_bulk({row[1] for row in rows})
    return {name: found[pk] for name, pk in rows}


@dataclass(frozen=True, slots=True)
class _Known:
    """What all pairs of a subject are judged by."""

    department_id: int
    sources: dict[str, SourceOfItem]
    provider: dict[int, int]
    overlaps: dict[tuple[str, int, str], float]

    def candidate(self, row: Sequence[Any]) -> Candidate:
        column, name, other_id, other_column, other_name = row[:5]
        source = self.sources.get(name)
        # The reason points at the entry of the source department, and not at a third one's.
        is_source = (
            source is not None
            and source.department_id != self.department_id
            and source.department_id == self.provider.get(other_id)
        )
        evidence = Evidence(
            same_name=row[5],
            is_reference=row[6],
            same_type=row[7],
            same_length=row[8],
            same_code_list=row[9],
            holders=row[10],
            covered=row[11],
            items=row[12],
            overlap=self.overlaps.get((column, other_id, other_column)),
            source_department=source.department.name if source is not None and is_source else "",
        )
        return Candidate(column, name, other_id, other_column, other_name, score(evidence))


def _named(sql: str, parameters: Sequence[Any], values: dict[str, Any]) -> str:
    """Django's positional parameters under names, so that they fit into a named query."""
    names = [f"seen_{n}" for n in range(len(parameters))]
    values.update(zip(names, parameters, strict=True))
    return sql % tuple(f"%({name})s" for name in names)
