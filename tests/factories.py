"""The cast: regions, departments, people and what they have, each valid as it is."""

from datetime import timedelta
from typing import Any

import factory
from django.contrib.auth.models import Group
from django.utils import timezone

from catalog.models import (
    ENDED,
    DataFormat,
    DataItem,
    Grade,
    ItemType,
    Resource,
    ResourceClass,
    SharingAttribute,
    SharingMode,
    Source,
    UpdateFrequency,
)
from portal.common.check_digits import uscc_check_character
from portal.organisation.models import (
    Department,
    Duty,
    InformationSystem,
    Region,
    RegionLevel,
    User,
)

PASSWORD = "correct horse 9 battery"


def uscc(n: int) -> str:
    body = f"11990000{n:09d}"
    return body + uscc_check_character(body)


class RegionFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Region
        django_get_or_create = ("code",)

    code = "990000"
    name = "示范省"
    level = RegionLevel.PROVINCE
    parent = factory.Maybe(
        "is_nation",
        yes_declaration=None,
        no_declaration=factory.SubFactory(
            "tests.factories.RegionFactory",
            code="000000",
            name="中华人民共和国",
            level=RegionLevel.NATION,
            is_nation=True,
        ),
    )

    class Params:
        is_nation = False


class DepartmentFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Department

    name = factory.Sequence(lambda n: f"示范省第{n}厅")
    short_name = factory.Sequence(lambda n: f"省{n}厅")
    uscc = factory.Sequence(uscc)
    region = factory.SubFactory(RegionFactory)
    group = factory.LazyAttribute(lambda d: Group.objects.create(name=f"department {d.uscc}"))
    work_body = "数据共享处"


class UserFactory(factory.django.DjangoModelFactory):
    """`UserFactory(duties=[DutyKind.STEWARD])`; the password is `PASSWORD`."""

    class Meta:
        model = User
        skip_postgeneration_save = True

    username = factory.Sequence(lambda n: f"person{n}")
    name = factory.Sequence(lambda n: f"张{n}")
    job_number = factory.Sequence(lambda n: f"{n:06d}")
    department = factory.SubFactory(DepartmentFactory)

    @factory.post_generation
    def password(self: User, create: bool, extracted: str | None, **kwargs: object) -> None:
        self.set_password(extracted or PASSWORD)
        self.save(update_fields=["password"])

    @factory.post_generation
    def duties(self: User, create: bool, extracted: list[str] | None, **kwargs: object) -> None:
        self.groups.add(self.department.group)
        for kind in extracted or []:
            Duty.objects.create(user=self, department=self.department, kind=kind)
        self.__dict__.pop("duties", None)


class InformationSystemFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = InformationSystem

    name = factory.Sequence(lambda n: f"业务系统{n}")
    department = factory.SubFactory(DepartmentFactory)


class ResourceFactory(factory.django.DjangoModelFactory):
    """A conditional resource in draft. Publish it through the services, or pass `state`.

    A `state` given here is a shortcut: the projection `visible_to` is written to match it. Only a
    change of a published entry is merged or discarded, so these states bring such an entry along.
    """

    class Meta:
        model = Resource
        skip_postgeneration_save = True

    code = factory.Sequence(lambda n: f"307012001/{n + 1:06d}")
    name = factory.Sequence(lambda n: f"区划代码{n}")
    abstract = "全国统计用区划代码。"
    department = factory.SubFactory(DepartmentFactory)
    resource_class = ResourceClass.DEPARTMENT
    classification = "07012001"
    data_format = DataFormat.DATABASE
    update_frequency = UpdateFrequency.YEARLY
    sharing_attribute = SharingAttribute.CONDITIONAL
    sharing_scope = "负有统计、教育、救助职责的部门"
    sharing_purpose = "履行法定职责所需的地区代码核对"
    sharing_modes = factory.LazyFunction(lambda: [SharingMode.INTERFACE, SharingMode.FILE])
    grade = Grade.L1
    revision_of = factory.LazyAttribute(
        lambda o: (
            ResourceFactory(department=o.department, state="published")
            if getattr(o, "state", None) in ENDED
            else None
        )
    )

    @factory.post_generation
    def items(self: Resource, create: bool, extracted: list[dict] | None, **kwargs: object) -> None:
        given = extracted
        if given is None:
            given = [
                {
                    "name": "代码",
                    "column": "code",
                    "length": 12,
                    "is_key": True,
                    "is_nullable": False,
                },
                {"name": "名称", "column": "name", "length": 100},
                {"name": "上级代码", "column": "parent_code", "length": 12},
            ]
        for position, item in enumerate(given, 1):
            DataItemFactory(resource=self, position=position, **item)

    @factory.post_generation
    def projection(self: Resource, create: bool, extracted: object, **kwargs: object) -> None:
        from catalog.search import index
        from catalog.services.visibility import project

        project(self)
        index(self, list(self.items.order_by("position")))


class DataItemFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = DataItem

    resource = factory.SubFactory(ResourceFactory, items=[])
    position = factory.Sequence(lambda n: n % 30000 + 1)
    name = factory.Sequence(lambda n: f"数据项{n}")
    column = factory.Sequence(lambda n: f"item_{n}")
    type = ItemType.CHARACTER
    sharing_attribute = factory.SelfAttribute("resource.sharing_attribute")
    grade = factory.SelfAttribute("resource.grade")


class SourceFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Source

    department = factory.SubFactory(DepartmentFactory)
    name = factory.Sequence(lambda n: f"业务库{n}")
    host = "127.0.0.1"
    port = 5432
    database = "business"
    username = "reader"
    sealed_password = b""


def in_days(n: int):
    return timezone.localdate() + timedelta(days=n)


def from_today(values: dict[str, Any]) -> dict[str, Any]:
    """The values with each time span of them as that day from today.

    What parametrises a test is made when tests are collected: a date there would be of the day
    before in a run that goes over midnight.
    """
    return {
        name: timezone.localdate() + value if isinstance(value, timedelta) else value
        for name, value in values.items()
    }
