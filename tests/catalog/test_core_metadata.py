"""An entry with all the core metadata of the compiling guide: written, derived, refused, never lost."""

from dataclasses import fields, replace
from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from audit.models import Entry
from catalog.completeness import gaps
from catalog.entry import EntryData, ItemData, derive, entry_of, item_of
from catalog.models import STRICTNESS, DataItem, Grade, NationalGrade, Resource, Visibility
from catalog.services import resources
from portal.common.errors import Invalid
from portal.organisation.models import DutyKind
from sharing.permissions import may_request
from tests.catalog.conftest import an_entry
from tests.factories import DepartmentFactory, RegionFactory, ResourceFactory, UserFactory

ATTRIBUTES = st.sampled_from(STRICTNESS)
GRADES = st.sampled_from(Grade.values)
ONE_LINE = {"name": "<b>名称</b>", "control": "a\x07b", "mark": "abc\u202edef", "half": "\ud800"}
ENTRY_TEXTS = (
    "name",
    "name_en",
    "abstract",
    "tags",
    "source_system",
    "collection_basis",
    "sharing_scope",
    "sharing_purpose",
    "sharing_conditions",
    "not_shared_reason",
    "basis_title",
    "basis_article",
    "open_conditions",
    "contact_name",
    "contact_phone",
)
ITEM_TEXTS = ("name", "description")


def an_item(**about) -> ItemData:
    return ItemData(**{"name": "代码", "column": "code", "type": "C", "is_key": True, **about})


@pytest.fixture
def steward(db):
    return UserFactory(duties=[DutyKind.STEWARD])


@pytest.fixture
def full(steward):
    """An entry of which every field states something."""
    related = ResourceFactory(state="published")
    other = DepartmentFactory()
    return EntryData(
        name="区划代码",
        name_en="Division codes",
        resource_class="3",
        classification="07012001",
        data_format="3",
        update_frequency="6",
        sharing_attribute="conditional",
        grade="L2",
        abstract="省、市、县三级代码",
        tags=("区划", "代码"),
        source_department_id=other.pk,
        source_system="地名库",
        collection_basis="行政区划管理条例第八条",
        spatial_code="990000",
        temporal_from=date(2020, 1, 1),
        temporal_to=date(2025, 12, 31),
        sharing_scope="民政",
        sharing_purpose="核对",
        sharing_conditions="不得转交",
        not_shared_reason="",
        basis_kind="",
        sharing_modes=("interface", "file"),
        visibility=Visibility.LISTED,
        audience_departments=(other.pk,),
        audience_regions=(RegionFactory().pk,),
        national_grade=NationalGrade.IMPORTANT,
        related_codes=(related.code,),
        contact_name="数据服务科",
        contact_phone="0000-0000000",
        contact_email="data@example.org",
    )


def test_what_was_written_is_read_back_whole(full, steward):
    item = an_item(
        is_minor=True,
        identifier_kind="resident_id",
        masking_rule="resident_id",
        sharing_attribute="conditional",
        grade="L4",
    )

    made = resources.create_draft(entry=full, items=[item], by=steward)

    made.refresh_from_db()
    assert entry_of(made) == replace(full, grade="L4")
    kept = item_of(made.items.get())
    assert kept == replace(item, is_personal=True, is_sensitive=True, is_nullable=False)


def test_the_form_loses_nothing_of_an_entry_saved_as_it_was_shown(full, steward, client):
    # given
    items = [an_item(), an_item(name="姓名", column="person", is_key=False, grade="L3")]
    made = resources.create_draft(entry=full, items=items, by=steward)
    made.refresh_from_db()
    before = (entry_of(made), [item_of(one) for one in made.items.all()], made.version)
    client.force_login(steward)
    shown = client.get(f"/catalog/{made.pk}/edit/").context

    # when: the browser sends what it was shown
    sent: dict[str, object] = {"version": made.version, "save": "1"}
    forms = [shown["form"], shown["rows"].management_form, *shown["rows"].forms]
    for form in forms:
        for bound in form:
            value = bound.value()
            if value is True:
                value = "on"
            elif hasattr(value, "isoformat"):
                value = value.isoformat()
            if value not in (None, False):
                sent[bound.html_name] = value
    answer = client.post(f"/catalog/{made.pk}/edit/", sent)

    # then
    assert answer.status_code == 302
    made.refresh_from_db()
    assert (entry_of(made), [item_of(one) for one in made.items.all()], made.version) == before


def test_a_stricter_item_is_named_when_the_draft_is_saved(steward, client):
    # given
    made = resources.create_draft(
        entry=an_entry(sharing_attribute="unconditional", sharing_scope="", sharing_purpose=""),
        items=[an_item(), an_item(name="姓名", column="person", is_key=False)],
        by=steward,
    )
    client.force_login(steward)
    client.cookies["django_language"] = "en"
    entry = entry_of(made)

    # when
    answer = client.post(
        f"/catalog/{made.pk}/edit/",
        {
            "version": made.version,
            "name": entry.name,
            "resource_class": entry.resource_class,
            "classification": entry.classification,
            "data_format": entry.data_format,
            "update_frequency": entry.update_frequency,
            "sharing_attribute": "unconditional",
            "visibility": "departments",
            "national_grade": "general",
            "grade": "L1",
            "items-TOTAL_FORMS": "2",
            "items-INITIAL_FORMS": "2",
            "items-0-name": "代码",
            "items-0-column": "code",
            "items-0-type": "C",
            "items-1-name": "姓名",
            "items-1-column": "person",
            "items-1-type": "C",
            "items-1-sharing_attribute": "conditional",
            "save": "1",
        },
        follow=True,
    )

    # then
    made.refresh_from_db()
    assert made.sharing_attribute == "conditional"
    assert "because of these items: 姓名." in answer.content.decode()


@given(
    stated=ATTRIBUTES,
    grade=GRADES,
    own=st.lists(
        st.tuples(st.one_of(st.just(""), ATTRIBUTES), st.one_of(st.just(""), GRADES)), min_size=1
    ),
)
def test_an_entry_is_as_strict_as_its_strictest_item(stated, grade, own):
    entry = EntryData(
        name="x",
        resource_class="1",
        classification="07012001",
        data_format="1",
        update_frequency="1",
        sharing_attribute=stated,
        grade=grade,
    )
    items = [
        an_item(sharing_attribute=attribute, grade=level).as_item(place, entry)
        for place, (attribute, level) in enumerate(own)
    ]
    resource = Resource()
    entry.write_to(resource)

    derive(resource, items)

    places = [STRICTNESS.index(attribute or stated) for attribute, _ in own]
    assert STRICTNESS.index(resource.sharing_attribute) == max(places)
    assert resource.grade == max(level or grade for _, level in own)
    # and a second time changes nothing
    before = (resource.sharing_attribute, resource.grade)
    derive(resource, items)
    assert (resource.sharing_attribute, resource.grade) == before


@pytest.mark.parametrize("field", ENTRY_TEXTS)
@pytest.mark.parametrize("bad", ONE_LINE.values(), ids=ONE_LINE)
def test_markup_and_hidden_characters_are_refused_in_every_text_of_an_entry(steward, field, bad):
    value = (bad,) if field == "tags" else bad

    with pytest.raises(Invalid) as refused:
        resources.create_draft(entry=an_entry(**{field: value}), items=[an_item()], by=steward)

    assert field in refused.value.fields
    assert Resource.objects.count() == 0
    assert Entry.objects.count() == 0


@pytest.mark.parametrize("field", ITEM_TEXTS)
@pytest.mark.parametrize("bad", ONE_LINE.values(), ids=ONE_LINE)
def test_markup_and_hidden_characters_are_refused_in_every_text_of_an_item(steward, field, bad):
    with pytest.raises(Invalid) as refused:
        resources.create_draft(entry=an_entry(), items=[an_item(**{field: bad})], by=steward)

    assert set(refused.value.fields) == {f"items.0.{field}"}
    assert Resource.objects.count() == 0


def test_every_text_of_an_entry_is_tried_above():
    free = {one.name for one in fields(EntryData) if one.type in (str, tuple[str, ...])}
    closed = {
        "resource_class",
        "classification",
        "data_format",
        "update_frequency",
        "sharing_attribute",
        "grade",
        "spatial_code",
        "basis_kind",
        "sharing_modes",
        "visibility",
        "national_grade",
        "related_codes",
        "contact_email",
    }
    assert free - closed == set(ENTRY_TEXTS)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=60))
def test_plain_text_of_any_script_is_let_in(text):
    from portal.common.plain_text import DIRECTION, MARKUP, UNSEEN, fault_of

    is_plain = not (DIRECTION | UNSEEN).intersection(text) and not MARKUP.search(text)
    assert bool(fault_of(text)) is not is_plain
    assert fault_of("12 < 18 且 a > b") == ""


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": "长" * 300}, "name"),
        ({"spatial_code": "35A"}, "spatial_code"),
        ({"temporal_from": date(2025, 1, 2), "temporal_to": date(2025, 1, 1)}, "temporal_to"),
        ({"tags": tuple(f"标签{n}" for n in range(21))}, "tags"),
        ({"tags": ("长" * 31,)}, "tags"),
        ({"source_department_id": 999_999}, "source_department_id"),
        ({"audience_departments": (999_999,)}, "audience_departments"),
        ({"audience_regions": (999_999,)}, "audience_regions"),
        ({"related_codes": ("307012001/999999",)}, "related_codes"),
        ({"contact_email": "nobody"}, "contact_email"),
        ({"national_grade": "secret"}, "national_grade"),
        ({"visibility": "nobody"}, "visibility"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_wrong_value_is_named_and_nothing_is_saved(steward, changes, field):
    with pytest.raises(Invalid) as refused:
        resources.create_draft(entry=an_entry(**changes), items=[an_item()], by=steward)

    assert set(refused.value.fields) == {field}
    assert Resource.objects.count() == 0


def test_a_code_of_an_entry_that_the_provider_cannot_see_is_as_unknown_as_one_that_is_none(steward):
    hidden = ResourceFactory(state="draft")

    with pytest.raises(Invalid) as refused:
        resources.create_draft(
            entry=an_entry(related_codes=(hidden.code,)), items=[an_item()], by=steward
        )

    assert hidden.code in str(refused.value.fields["related_codes"])
    assert hidden.name not in str(refused.value.fields)


@pytest.mark.parametrize(
    ("about", "items", "field"),
    [
        ({"is_open": True, "sharing_attribute": "not_shared"}, [], "is_open"),
        ({"is_open": True, "national_grade": "important"}, [], "is_open"),
        ({"is_open": True, "visibility": "reviewers"}, [], "is_open"),
        ({"is_open": True}, [{"is_personal": True}], "is_open"),
        ({"open_conditions": "注明来源"}, [], "open_conditions"),
        ({"national_grade": "core"}, [], "sharing_modes"),
        ({"visibility": "listed"}, [], "audience_departments"),
        ({"audience_departments": [1]}, [], "audience_departments"),
    ],
)
def test_what_contradicts_itself_is_told_before_submission(about, items, field):
    resource = Resource(
        abstract="有",
        **{
            "sharing_attribute": "unconditional",
            "sharing_modes": ["file"],
            "national_grade": "general",
            "visibility": "departments",
            **about,
        },
    )

    found = gaps(resource, [DataItem(name="甲", **one) for one in items or [{}]], [])

    assert field in {gap.field for gap in found}


def test_core_data_is_not_requested(db):
    resource = ResourceFactory(state="published", national_grade="core")
    applicant = UserFactory(duties=[DutyKind.STAFF])

    decision = may_request(applicant, resource)

    assert not decision
    assert "核心数据" in str(decision.reason) or "Core data" in str(decision.reason)


def test_related_entries_that_the_reader_may_not_see_are_left_out(db, client):
    # given
    shown, hidden = ResourceFactory(state="published"), ResourceFactory(state="draft")
    resource = ResourceFactory(state="published", related_codes=[shown.code, hidden.code])
    client.force_login(UserFactory())

    # when
    words = client.get(f"/catalog/{resource.pk}/").content.decode()

    # then
    assert shown.name in words
    assert hidden.code not in words
