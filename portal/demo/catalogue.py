"""The province's catalogue: every entry goes the way that the law asks, up to where it shall stand."""

import tomllib
from dataclasses import replace
from typing import Any

from django.db import transaction

from catalog.entry import EntryData, ItemData, entry_of, item_of
from catalog.models import AssessmentKind, MaskingRule, Resource, ResourceState
from catalog.services import assessments, resources, review, versions
from portal.demo import one_source
from portal.demo.people import Cast
from portal.demo.rows import DATA, SYNTHETIC
from portal.organisation.models import DutyKind, Region, User

# How far an entry goes; each step is taken by another pair of eyes.
WAY = ("draft", "head_review", "competent_review", "published", "withdrawn")
RETURN_REASONS = "数据项中“伤残等级”未标明依据的标准，请补充后重新提交。"
WITHDRAW_REASONS = "职责调整，优待核验改由国家平台统一提供。"

# What is added to the items of an entry that is changed; its first item grows longer, too.
NEW_ITEMS = {
    "医疗机构执业登记信息": ItemData(name="登记变更日期", column="changed_on", type="D"),
}

# Changes of published entries, by how far they went.
CHANGES = {
    "养老机构基本信息": ResourceState.MERGED,
    "医疗机构执业登记信息": ResourceState.MERGED,
    "企业登记基本信息": ResourceState.DRAFT,
    "定点医药机构名录": ResourceState.DISCARDED,
}


def entries() -> list[dict[str, Any]]:
    """The descriptions in `data/catalogue.toml`."""
    with (DATA / "catalogue.toml").open("rb") as file:
        found: list[dict[str, Any]] = tomllib.load(file)["entry"]
    return found


def facts() -> dict[str, Any]:
    """`data/catalogue_facts.toml`: more about each entry, what items identify, their code lists."""
    with (DATA / "catalogue_facts.toml").open("rb") as file:
        return tomllib.load(file)


def is_loaded() -> bool:
    return Resource.objects.filter(department__people__is_demo=True).exists()


@transaction.atomic
def load(cast: Cast) -> None:
    more = facts()
    by_name = {
        group: {name: value for value, names in more[group].items() for name in names}
        for group in ("identifiers", "code_lists")
    }
    for described in entries():
        _load(described | _told(more["facts"][described["name"]]), by_name, cast)
    for name, goal in CHANGES.items():
        _change(name, goal, cast)


def _told(fact: dict[str, Any]) -> dict[str, Any]:
    return {"name_en": fact["en"], "tags": fact["tags"], "is_open": fact.get("open", False)}


def _load(described: dict[str, Any], by_name: dict[str, dict[str, str]], cast: Cast) -> None:
    about = dict(described)
    department, state = about.pop("department"), about.pop("state", ResourceState.PUBLISHED)
    about.pop("rows", None)
    items = [_item(words, by_name) for words in about.pop("items")]
    about["tags"] = tuple(about["tags"])
    about["contact_name"] = "数据服务科（演示）"
    about["sharing_modes"] = tuple(about["sharing_modes"])
    about |= _audience(about, cast)
    about["is_synthetic"] = described.get("rows") in SYNTHETIC
    steward = cast.holder(department, DutyKind.STEWARD)
    resource = resources.create_draft(entry=EntryData(**about), items=items, by=steward)
    goal = "competent_review" if state == ResourceState.RETURNED else state
    if goal != "draft":
        _assess(resource, items, steward)
    steps = WAY[1 : WAY.index(goal) + 1]
    for step in steps:
        resource = _step(resource, step, department, steward, cast)
    if state == ResourceState.RETURNED:
        officer = cast.officer_for(department)
        review.send_back(
            resource=resource, version=resource.version, reasons=RETURN_REASONS, by=officer
        )


def _audience(about: dict[str, Any], cast: Cast) -> dict[str, tuple[int, ...]]:
    """Whom an entry lists, by the keys of departments and the codes of regions in the file."""
    regions = Region.objects.filter(code__in=about.get("audience_regions", ()))
    return {
        "audience_departments": tuple(
            cast.departments[key].pk for key in about.get("audience_departments", ())
        ),
        "audience_regions": tuple(regions.values_list("pk", flat=True)),
    }


def _change(name: str, goal: ResourceState, cast: Cast) -> None:
    """Change a published entry beside itself: said more clearly, with its source system and new items."""
    live = Resource.objects.select_related("department").get(name=name)
    department = next(key for key, one in cast.departments.items() if one == live.department)
    steward = cast.holder(department, DutyKind.STEWARD)
    change = versions.start_revision(resource=live, version=live.version, by=steward)
    if goal == ResourceState.DISCARDED:
        versions.discard_revision(
            resource=change, version=change.version, reasons="与新版业务系统一并修改。", by=steward
        )
        return
    items = [item_of(item) for item in change.items.order_by("position")]
    if name in NEW_ITEMS:
        items[0] = replace(items[0], length=(items[0].length or 0) + 10)
        items.append(NEW_ITEMS[name])
    entry = replace(
        entry_of(change),
        abstract=f"{change.abstract}每月五日前更新上月变化。",
        source_system=f"{live.department.short_name}业务管理系统",
    )
    change = resources.change_draft(
        resource=change, version=change.version, entry=entry, items=items, by=steward
    )
    if goal == ResourceState.MERGED:
        _assess(change, items, steward)
        for step in ("head_review", "competent_review", "published"):
            change = _step(change, step, department, steward, cast)


def _assess(resource: Resource, items: list[ItemData], steward: User) -> None:
    personal = [item.name for item in items if item.is_personal]
    findings = "不含国家秘密和工作秘密，已对照保密事项清单逐项核对。"
    assessments.assess(
        resource=resource,
        version=resource.version,
        kind=AssessmentKind.SECRECY,
        is_present=False,
        is_passed=True,
        findings=findings,
        by=steward,
    )
    findings = (
        f"含个人信息：{'、'.join(personal)}。为履行法定职责所必需，按需提供，全程留痕。"
        if personal
        else "不含个人信息。"
    )
    assessments.assess(
        resource=resource,
        version=resource.version,
        kind=AssessmentKind.PERSONAL_INFORMATION,
        is_present=bool(personal),
        is_passed=True,
        findings=findings,
        by=steward,
    )


def _step(resource: Resource, step: str, department: str, steward: User, cast: Cast) -> Resource:
    match step:
        case "head_review":
            resource = one_source.answered(resource, steward)
            return review.submit(resource=resource, version=resource.version, by=steward)
        case "competent_review":
            head = cast.holder(department, DutyKind.DEPARTMENT_HEAD)
            return review.approve(
                resource=resource, version=resource.version, opinion="同意编目。", by=head
            )
        case "published":
            officer = cast.officer_for(department)
            return review.publish(
                resource=resource, version=resource.version, opinion="审核通过。", by=officer
            )
    officer = cast.officer_for(department)
    return review.withdraw(
        resource=resource, version=resource.version, reasons=WITHDRAW_REASONS, by=officer
    )


def _item(words: str, by_name: dict[str, dict[str, str]]) -> ItemData:
    """An item from its line: name, column, type letter with length, then flags."""
    name, column, kind, *flags = words.split()
    identifies = by_name["identifiers"].get(name, "")
    is_masked = not {"personal", "sensitive", "masked"}.isdisjoint(flags)
    return ItemData(
        identifier_kind=identifies,
        code_list=by_name["code_lists"].get(name, ""),
        masking_rule=identifies if is_masked and identifies in MaskingRule.values else "",
        name=name,
        column=column,
        type=kind[0],
        length=int(kind[1:]) if kind[1:] else None,
        is_key="key" in flags,
        is_nullable="key" not in flags,
        is_personal="personal" in flags,
        is_sensitive="sensitive" in flags,
    )
