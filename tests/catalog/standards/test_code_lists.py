"""Code lists: who keeps them, how versions come and stay."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from audit.models import Entry
from catalog.models import CodeList, CodeListEntry, CodeListVersion, VersionState
from catalog.services import standards
from catalog.services.standards import ListData
from catalog.standards.in_force import codes_in_force
from portal.common.errors import Invalid, NotAllowed, StaleVersion, WrongState
from portal.organisation.models import DutyKind, RegionLevel
from tests.catalog.conftest import at_once
from tests.factories import DepartmentFactory, RegionFactory, UserFactory

from .conftest import LONG_AGO, SEXES, a_list, next_version, rows


def actions():
    return list(Entry.objects.order_by("id").values_list("action", flat=True))


def test_a_list_is_added_written_and_published(cast):
    made = a_list(cast.officer, *SEXES)

    version = made.versions.get()
    assert (version.number, version.state, version.entry_count) == (1, "published", 3)
    assert version.published_by == cast.officer
    assert codes_in_force([made.identifier]) == {made.identifier: ["1", "2", "9"]}
    assert actions() == [
        "catalog.code_list.create",
        "catalog.code_list.write",
        "catalog.code_list.publish",
    ]


@pytest.mark.parametrize("who", ["steward", "head", "stranger"])
def test_only_officers_of_the_competent_department_keep_lists(cast, sexes, who):
    by = getattr(cast, who)
    before = Entry.objects.count()

    for act in (
        lambda: standards.create_list(data=ListData(identifier="X-1", name="甲"), by=by),
        lambda: standards.draft_version(code_list=sexes, by=by),
        lambda: standards.write_draft(code_list=sexes, revision=1, rows=rows(("1", "a")), by=by),
        lambda: standards.publish_draft(code_list=sexes, revision=1, valid_from=LONG_AGO, by=by),
        lambda: standards.discard_draft(code_list=sexes, revision=1, by=by),
        lambda: standards.retire_list(code_list=sexes, by=by),
    ):
        with pytest.raises(NotAllowed):
            act()

    assert CodeListVersion.objects.count() == 1
    assert Entry.objects.count() == before


def test_a_city_s_officer_does_not_change_what_binds_the_province(cast):
    city = RegionFactory(code="990100", name="云州市", level=RegionLevel.CITY, parent=cast.province)
    office = DepartmentFactory(region=city, is_competent=True)
    officer = UserFactory(department=office, duties=[DutyKind.COMPETENT_OFFICER])

    with pytest.raises(NotAllowed):
        a_list(officer, *SEXES)

    assert not CodeList.objects.exists()


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"identifier": ""}, "identifier"),
        ({"identifier": "GB/T 2261.1-2003"}, "identifier"),
        ({"identifier": "国标"}, "identifier"),
        ({"identifier": "GB "}, None),
        ({"name": ""}, "name"),
        ({"name": "<b>x</b>"}, "name"),
        ({"note": "a\x00b"}, "note"),
    ],
)
def test_unsound_words_about_a_list_are_refused_at_their_field(cast, sexes, changes, field):
    data = ListData(**{"identifier": "GB/T 1", "name": "甲", **changes})
    if field is None:
        assert standards.create_list(data=data, by=cast.officer).code_list.identifier == "GB"
        return

    with pytest.raises(Invalid) as refused:
        standards.create_list(data=data, by=cast.officer)

    assert list(refused.value.fields) == [field]
    assert CodeList.objects.count() == 1


def test_a_new_version_begins_with_the_codes_of_the_last(cast, sexes):
    draft = standards.draft_version(code_list=sexes, by=cast.officer)

    assert draft.number == 2
    assert list(draft.entries.values_list("code", "name")) == list(SEXES)
    with pytest.raises(WrongState):
        standards.draft_version(code_list=sexes, by=cast.officer)


def test_a_draft_that_changes_nothing_is_not_published(cast, sexes):
    draft = standards.draft_version(code_list=sexes, by=cast.officer)

    with pytest.raises(WrongState):
        standards.publish_draft(
            code_list=sexes, revision=draft.revision, valid_from=LONG_AGO, by=cast.officer
        )

    assert sexes.versions.filter(state=VersionState.DRAFT).exists()


def test_a_draft_without_codes_is_not_published(cast):
    made = a_list(cast.officer)
    with pytest.raises(WrongState):
        standards.publish_draft(code_list=made, revision=1, valid_from=LONG_AGO, by=cast.officer)


def test_a_later_version_does_not_hold_before_the_earlier_one(cast, sexes):
    draft = standards.draft_version(code_list=sexes, by=cast.officer)
    draft = standards.write_draft(
        code_list=sexes, revision=draft.revision, rows=rows(("1", "男")), by=cast.officer
    )

    with pytest.raises(Invalid) as refused:
        standards.publish_draft(
            code_list=sexes,
            revision=draft.revision,
            valid_from=LONG_AGO - timedelta(days=1),
            by=cast.officer,
        )

    assert list(refused.value.fields) == ["valid_from"]


def test_a_version_holds_from_its_first_day(cast, sexes):
    today = timezone.localdate()
    next_version(
        cast.officer, sexes, ("1", "男"), ("2", "女"), valid_from=today + timedelta(days=1)
    )

    assert codes_in_force([sexes.identifier]) == {sexes.identifier: ["1", "2", "9"]}
    next_version(cast.officer, sexes, ("1", "男"), valid_from=today + timedelta(days=1))
    assert sexes.versions.count() == 3


def test_codes_are_asked_in_one_query_and_not_at_all_for_no_list(
    cast, sexes, django_assert_num_queries
):
    other = a_list(cast.officer, ("a", "甲"), identifier="X-1")
    with django_assert_num_queries(1):
        assert codes_in_force([sexes.identifier, other.identifier, "none"]) == {
            "GB/T 2261.1-2003": ["1", "2", "9"],
            "X-1": ["a"],
        }
    with django_assert_num_queries(1):
        assert list(codes_in_force([sexes.identifier, "X-1"], most=2)) == ["X-1"]
    with django_assert_num_queries(0):
        assert codes_in_force([]) == {}


def test_a_small_old_version_does_not_stand_in_for_a_long_one_in_force(cast, sexes):
    next_version(cast.officer, sexes, *((str(i), "甲") for i in range(20)))
    assert codes_in_force([sexes.identifier], most=10) == {}


def test_the_second_of_two_officers_is_told(cast, sexes):
    draft = standards.draft_version(code_list=sexes, by=cast.officer)
    standards.write_draft(
        code_list=sexes, revision=draft.revision, rows=rows(("1", "甲")), by=cast.officer
    )

    with pytest.raises(StaleVersion):
        standards.write_draft(
            code_list=sexes, revision=draft.revision, rows=rows(("2", "乙")), by=cast.officer
        )

    assert list(draft.entries.values_list("code", flat=True)) == ["1"]


def test_a_faulty_table_changes_nothing(cast, sexes):
    draft = standards.draft_version(code_list=sexes, by=cast.officer)

    with pytest.raises(Invalid):
        standards.write_draft(
            code_list=sexes,
            revision=draft.revision,
            rows=rows(("1", "甲"), ("1", "乙")),
            by=cast.officer,
        )

    assert draft.entries.count() == 3
    assert actions()[-1] == "catalog.code_list.draft"


def test_a_draft_is_discarded(cast, sexes):
    draft = standards.draft_version(code_list=sexes, by=cast.officer)
    standards.discard_draft(code_list=sexes, revision=draft.revision, by=cast.officer)

    assert sexes.versions.count() == 1
    assert actions()[-1] == "catalog.code_list.discard"


def test_a_retired_list_gets_no_more_versions(cast, sexes):
    standards.retire_list(code_list=sexes, by=cast.officer)

    for act in (standards.retire_list, standards.draft_version):
        with pytest.raises(WrongState):
            act(code_list=sexes, by=cast.officer)
    assert codes_in_force([sexes.identifier])


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE catalog_codelistversion SET note = 'x' WHERE id = %(version)s",
        "UPDATE catalog_codelistversion SET state = 'draft' WHERE id = %(version)s",
        "DELETE FROM catalog_codelistversion WHERE id = %(version)s",
        "UPDATE catalog_codelistentry SET name = 'x' WHERE version_id = %(version)s",
        "DELETE FROM catalog_codelistentry WHERE version_id = %(version)s",
        "INSERT INTO catalog_codelistentry (version_id, position, code, name, parent_code, note)"
        " VALUES (%(version)s, 99, 'x', 'x', '', '')",
        "UPDATE catalog_codelistentry SET version_id = %(version)s WHERE version_id = %(draft)s",
    ],
)
def test_the_database_refuses_any_change_of_a_published_version(cast, sexes, statement):
    draft = standards.draft_version(code_list=sexes, by=cast.officer)
    keys = {"version": sexes.versions.get(number=1).pk, "draft": draft.pk}

    with (
        pytest.raises(IntegrityError, match="never changed"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement, keys)

    assert list(CodeListEntry.objects.filter(version=keys["version"]).values_list("code")) == [
        ("1",),
        ("2",),
        ("9",),
    ]


class Immutability(TestCase):
    """Whatever is written into drafts afterwards, what was published reads as it did."""

    @given(
        st.lists(
            st.dictionaries(st.sampled_from("abcd"), st.sampled_from(["甲", "乙"]), min_size=1),
            min_size=1,
            max_size=4,
        )
    )
    @settings(max_examples=15, deadline=None)
    def test_published_versions_read_as_they_were_published(self, tables) -> None:
        office = DepartmentFactory(is_competent=True)
        officer = UserFactory(department=office, duties=[DutyKind.COMPETENT_OFFICER])
        held = a_list(officer, ("z", "初"))
        told = {1: [("z", "初")]}
        for table in tables:
            draft = standards.draft_version(code_list=held, by=officer)
            standards.write_draft(
                code_list=held, revision=draft.revision, rows=rows(*table.items()), by=officer
            )
            try:
                version = standards.publish_draft(
                    code_list=held,
                    revision=draft.revision + 1,
                    valid_from=LONG_AGO,
                    by=officer,
                )
            except WrongState:
                standards.discard_draft(code_list=held, revision=draft.revision + 1, by=officer)
            else:
                told[version.number] = list(table.items())
        assert {
            version.number: list(version.entries.values_list("code", "name"))
            for version in held.versions.all()
        } == told
        CodeListVersion.objects.filter(state=VersionState.DRAFT).delete()


def test_of_two_officers_who_begin_a_version_at_once_one_is_told(committed_cast):
    held = a_list(committed_cast.officer, *SEXES)

    def begin():
        return standards.draft_version(code_list=held, by=committed_cast.officer)

    done = at_once(begin, begin)

    assert sorted(type(one).__name__ for one in done) == ["CodeListVersion", "WrongState"]
    assert held.versions.count() == 2
