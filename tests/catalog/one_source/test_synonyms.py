"""Officers keep the names that mean one datum; each change is on record and in force at once."""

import pytest

from audit.models import Entry
from catalog.models import ItemSynonym
from catalog.selectors.item_synonyms import group_of, groups
from catalog.services import item_synonyms
from portal.common.errors import Invalid, NotAllowed, NotFound
from tests.catalog.conftest import at
from tests.html_checks import problems

pytestmark = pytest.mark.django_db


def saved(cast, *names, **more):
    return item_synonyms.save(
        names=names or ("车牌号", "号牌号码"), is_reference=False, by=cast.officer, **more
    )


def test_a_group_is_saved_changed_and_deleted_on_record(cast):
    saved(cast)
    (group,) = groups()
    assert (group.names, group.is_reference) == (("车牌号", "号牌号码"), False)
    saved(cast, "号牌号码", "车牌", "车 牌", replaces=group.canonical)
    (group,) = groups("车牌")
    assert group.names == ("号牌号码", "车牌")
    item_synonyms.delete(canonical=group.canonical, by=cast.officer)
    assert groups() == []
    told = Entry.objects.filter(action__startswith="catalog.item_synonym.").order_by("pk")
    assert [one.action.rsplit(".", 1)[1] for one in told] == ["save", "save", "delete"]
    assert told[1].data["before"] == ["车牌号", "号牌号码"]


@pytest.mark.parametrize(
    "names", [("车牌号",), ("车牌号", "车 牌号"), ("车牌号", "！"), ("车牌号", "a\u202eb")]
)
def test_a_group_that_says_nothing_is_refused(cast, names):
    with pytest.raises(Invalid) as refusal:
        saved(cast, *names)
    assert list(refusal.value.fields) == ["names"]
    assert not ItemSynonym.objects.exists()


def test_a_name_stands_in_one_group_alone(cast):
    saved(cast)
    with pytest.raises(Invalid):
        saved(cast, "号牌号码", "牌照")
    assert len(groups()) == 1


def test_nobody_else_keeps_them(cast):
    saved(cast)
    (group,) = groups()
    with pytest.raises(NotAllowed):
        item_synonyms.save(names=["甲", "乙"], is_reference=False, by=cast.steward)
    with pytest.raises(NotAllowed):
        item_synonyms.delete(canonical=group.canonical, by=cast.steward)
    assert groups() == [group]
    with pytest.raises(NotFound):
        group_of(group.pk + 99)


def test_the_pages_show_refuse_and_save(cast, signed_in):
    browser = signed_in(cast.officer)
    assert browser.post(at("item_synonym_create"), {"names": "车牌号"}).status_code == 422
    given = {"names": "车牌号，号牌号码", "is_reference": "on"}
    assert browser.post(at("item_synonym_create"), given).status_code == 302
    (group,) = groups()
    for page in (
        at("item_synonym_list"),
        at("item_synonym_create"),
        at("item_synonym_edit", group.pk),
        at("item_synonym_delete", group.pk),
    ):
        shown = browser.get(page)
        assert (shown.status_code, problems(shown.content.decode())) == (200, [])
    changed = browser.post(at("item_synonym_edit", group.pk), {"names": "车牌号\n牌照"})
    assert changed.status_code == 302
    (group,) = groups()
    assert (group.names, group.is_reference) == (("车牌号", "牌照"), False)
    assert signed_in(cast.steward).get(at("item_synonym_list")).status_code == 200
    assert signed_in(cast.steward).get(at("item_synonym_create")).status_code == 403
    signed_in(cast.officer).post(at("item_synonym_delete", group.pk))
    assert groups() == []
