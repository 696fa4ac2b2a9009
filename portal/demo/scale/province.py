"""The tables of the synthetic province, in the order of their references."""

import random
import tomllib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.contrib.auth.models import Group, Permission
from django.db import connection, transaction
from django.utils import timezone
from psycopg import sql

from audit.services import record
from catalog import search
from catalog.models import (
    STRICTNESS,
    DataFormat,
    DataItem,
    Grade,
    ItemType,
    Resource,
    ResourceClass,
    ResourceGroupPermission,
    ResourceState,
    SharingAttribute,
    SharingMode,
    UpdateFrequency,
    Visibility,
)
from catalog.querysets import EVERY_DEPARTMENT, EVERYBODY, competent_department_of
from catalog.store.tables import create_missing, table_of
from portal.common.check_digits import uscc_check_character
from portal.common.errors import DomainError
from portal.demo.rows import DATA
from portal.demo.scale.copying import copy, next_key
from portal.organisation.models import Department, Region, RegionLevel, User

WORDS: dict[str, list[str]] = tomllib.loads((DATA / "scale.toml").read_text(encoding="utf-8"))
FUNCTIONS, PLACES, SUBJECTS, FACTS, TAGS, ITEMS, PERSONAL = (
    WORDS[name]
    for name in ("functions", "places", "subjects", "facts", "tags", "items", "personal")
)
ITEMS_AN_ENTRY = 15
ROWS_A_TABLE = 100_000
LISTED_SHARE = 0.3
READER, STRANGER = "scale_reader", "scale_stranger"
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Size:
    departments: int
    resources: int
    grants: int
    rows: int


@transaction.atomic
def seed(size: Size, *, say: Say, seed_number: int = 809) -> None:
    """Fill an empty database; all of it or nothing.

    Nearly a third of the entries are shown to listed departments only and carry most of the grants;
    `scale_reader` belongs to the department that holds the most, `scale_stranger` to one without.
    """
    if Department.objects.exists():
        raise DomainError("The database holds departments already: take an empty one.")
    chance = random.Random(seed_number)  # noqa: S311 - a repeatable province, no secret
    departments = _departments(size.departments)
    say(f"{len(departments)} departments")
    plan = _grants_of(size, departments, chance)
    resources = list(_resources(size.resources, departments, plan, chance))
    say(f"{copy(Resource, resources)} resources")
    items = copy(DataItem, (item for resource in resources for item in _items(resource)))
    say(f"{items} data items")
    view = Permission.objects.get(content_type__app_label="catalog", codename="view_resource")
    key = next_key(ResourceGroupPermission)
    grants = _permissions(resources, plan, view=view.pk, key=key)
    say(f"{copy(ResourceGroupPermission, grants)} grants")
    say(f"{_rows(resources, size.rows)} rows")
    record(
        actor=None,
        action="demo.seed_scale",
        target=departments[0],
        departments=size.departments,
        resources=size.resources,
        grants=size.grants,
        rows=size.rows,
    )


def analyse() -> None:
    """Tell the planner what came; outside the transaction that brought it."""
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def _departments(number: int) -> list[Department]:
    """A province and its cities, each with a competent department; a person in two of them."""
    nation = Region.objects.create(code="000000", name="中华人民共和国", level=RegionLevel.NATION)
    province = Region.objects.create(
        code="990000", name="测量省", level=RegionLevel.PROVINCE, parent=nation
    )
    regions = [province]
    for place, name in enumerate(PLACES, start=1):
        code = f"99{place:02d}00"
        city = Region(code=code, name=f"{name}市", level=RegionLevel.CITY, parent=province)
        city.save()
        regions.append(city)
    group, key = next_key(Group), next_key(Department)
    made = []
    for place in range(max(number, 2)):
        region = regions[place % len(regions)]
        function = FUNCTIONS[place // len(regions) % len(FUNCTIONS)]
        again = place // (len(regions) * len(FUNCTIONS))
        short = f"{region.name.rstrip('市省')}{function}局{again or ''}"
        made.append(
            Department(
                pk=key + place,
                name=f"{region.name}{function}局{again or ''}",
                short_name=short,
                uscc=_uscc(place),
                region=region,
                group_id=group + place,
                is_competent=place < len(regions),
            )
        )
    copy(Group, (Group(pk=one.group_id, name=f"department:{one.uscc}") for one in made))
    copy(Department, made)
    for username, department in ((READER, made[-1]), (STRANGER, made[-2])):
        person = User.objects.create_user(username, name=username, department=department)
        person.groups.add(department.group)
    return made


def _uscc(place: int) -> str:
    body = f"12990000{place:09d}"
    return body + uscc_check_character(body)


def _grants_of(
    size: Size, departments: Sequence[Department], chance: random.Random
) -> list[frozenset[int]]:
    """For each entry the groups that it is listed for; empty for those that all departments see.

    The reader's group is in every list, the stranger's in none.
    """
    reader, stranger = departments[-1].group_id, departments[-2].group_id
    others = [one.group_id for one in departments if one.group_id not in (reader, stranger)]
    listed = max(int(size.resources * LISTED_SHARE), 1)
    each, more = divmod(size.grants, listed)
    plan = []
    for place in range(size.resources):
        wanted = (each + (place < more)) if place < listed else 0
        groups = chance.sample(others, min(max(wanted - 1, 0), len(others)))
        plan.append(frozenset([reader, *groups]) if wanted else frozenset())
    chance.shuffle(plan)
    return plan


def _resources(
    number: int,
    departments: Sequence[Department],
    plan: Sequence[frozenset[int]],
    chance: random.Random,
) -> Iterator[Resource]:
    now = timezone.now()
    key = next_key(Resource)
    for place in range(number):
        department = departments[chance.randrange(len(departments))]
        subject, fact = chance.choice(SUBJECTS), chance.choice(FACTS)
        attribute = chance.choices(STRICTNESS, weights=(45, 50, 5))[0]
        is_listed = bool(plan[place])
        changed = now - timedelta(minutes=chance.randrange(500_000))
        is_barred = attribute == SharingAttribute.NOT_SHARED
        is_conditional = attribute == SharingAttribute.CONDITIONAL
        resource = Resource(
            pk=key + place,
            code=f"307012001/{place + 1:06d}",
            name=f"{department.region.name}{subject}{fact}{place:05d}",
            name_en=f"Synthetic dataset {place:05d}",
            abstract=f"{department.name}在履行职责中形成的{subject}{fact}，合成数据，仅用于测量。",
            tags=chance.sample(TAGS, 2),
            department=department,
            resource_class=chance.choice(ResourceClass.values),
            classification="07012001",
            data_format=chance.choice(DataFormat.values),
            update_frequency=chance.choice(UpdateFrequency.values),
            spatial_code=department.region.code,
            sharing_attribute=attribute,
            sharing_scope="负有相关职责的部门" if is_conditional else "",
            sharing_purpose="履行法定职责" if is_conditional else "",
            not_shared_reason="法律规定不得提供" if is_barred else "",
            basis_kind="law" if is_barred else "",
            basis_title="测量法" if is_barred else "",
            basis_article="第一条" if is_barred else "",
            sharing_modes=[] if is_barred else [SharingMode.INTERFACE, SharingMode.BATCH],
            grade=chance.choices(Grade.values, weights=(40, 35, 20, 5))[0],
            is_open=attribute == SharingAttribute.UNCONDITIONAL
            and not is_listed
            and chance.random() < 0.3,
            visibility=Visibility.LISTED if is_listed else Visibility.DEPARTMENTS,
            is_synthetic=True,
            state=ResourceState.PUBLISHED,
            state_since=changed,
            created_at=changed,
            updated_at=changed,
            published_at=changed,
        )
        resource.visible_to = _visible_to(resource, plan[place])
        resource.search = search.document(resource, list(_items(resource)))
        resource.name_search = search.name_document(resource)
        yield resource


def _visible_to(resource: Resource, groups: frozenset[int]) -> list[int]:
    """What `catalog.projection` would write; `tests/demo/test_scale.py` holds them together."""
    if groups:
        department = resource.department
        reviewer = competent_department_of(department.region_id)
        return sorted({*groups, department.group_id, reviewer})
    return [EVERYBODY, EVERY_DEPARTMENT] if resource.is_open else [EVERY_DEPARTMENT]


def _items(resource: Resource) -> Iterator[DataItem]:
    start = resource.pk * 7 % len(ITEMS)
    for place in range(ITEMS_AN_ENTRY):
        name = ITEMS[(start + place) % len(ITEMS)]
        yield DataItem(
            pk=resource.pk * ITEMS_AN_ENTRY + place,
            resource=resource,
            position=place + 1,
            name=name,
            column=f"item_{(start + place) % len(ITEMS)}",
            type=ItemType.CHARACTER,
            length=100,
            is_key=place == 0,
            is_nullable=place != 0,
            is_personal=name in PERSONAL,
            sharing_attribute=resource.sharing_attribute,
            grade=resource.grade,
        )


def _permissions(
    resources: Sequence[Resource], plan: Sequence[frozenset[int]], *, view: int, key: int
) -> Iterator[ResourceGroupPermission]:
    for resource, groups in zip(resources, plan, strict=True):
        for group in groups:
            yield ResourceGroupPermission(
                pk=key, permission_id=view, group_id=group, content_object=resource
            )
            key += 1


def _rows(resources: Sequence[Resource], number: int) -> int:
    """Rows for as many entries as it takes, each with its table in the store."""
    written = 0
    for resource in resources:
        rows = min(ROWS_A_TABLE, number - written)
        if rows <= 0:
            break
        table = table_of(resource)
        with connection.cursor() as cursor:
            create_missing(cursor, table)
            columns = sql.SQL(", ").join(
                sql.SQL("{} || n").format(sql.Literal(f"{column.name} "))
                for column in table.columns
            )
            cursor.execute(
                sql.SQL("INSERT INTO {} SELECT {} FROM generate_series(1, {}) AS n").format(
                    table.identifier, columns, sql.Literal(rows)
                )
            )
        Resource.objects.filter(pk=resource.pk).update(
            row_count=rows, rows_changed_at=timezone.now()
        )
        written += rows
    return written
