"""The pages of Art. 19, for the steward, the officer and others."""

import pytest

from catalog.models import Duplicate, SourceOfItem
from catalog.services import duplicates
from tests.catalog.conftest import at
from tests.catalog.one_source.repeating import another
from tests.html_checks import problems

pytestmark = pytest.mark.django_db


def test_the_steward_answers_on_the_page_of_the_entry(cast, draft, signed_in):
    other = another(cast.education)
    page = at("entry_duplicates", draft.pk)
    browser = signed_in(cast.steward)
    shown = browser.get(page)
    assert shown.status_code == 200
    assert problems(shown.content.decode()) == []
    assert other.name in shown.content.decode()
    given = {"version": draft.version, "column": "marriage", "other": other.pk, "how": "justify"}
    assert browser.post(page, given).status_code == 422
    assert not Duplicate.objects.exists()
    assert browser.post(page, given | {"words": "法定职责"}).status_code == 302
    assert Duplicate.objects.get().words == "法定职责"
    assert signed_in(cast.stranger).get(page).status_code == 404


def test_the_officer_appoints_and_the_register_shows_it(cast, signed_in):
    browser = signed_in(cast.officer)
    given = {"name": "民族", "department": cast.civil.pk, "basis": "会议纪要"}
    assert browser.post(at("source_appoint"), given | {"basis": ""}).status_code == 422
    assert browser.post(at("source_appoint"), given).status_code == 302
    for name in ("source_register", "source_appoint", "duplicate_list"):
        shown = browser.get(at(name))
        assert shown.status_code == 200
        assert problems(shown.content.decode()) == []
    assert "民族" in browser.get(at("source_register")).content.decode()
    made = SourceOfItem.objects.get()
    assert signed_in(cast.steward).post(at("source_withdraw", made.pk)).status_code == 403
    assert signed_in(cast.stranger).get(at("duplicate_list")).status_code == 403
    assert signed_in(cast.steward).post(at("source_acknowledge", made.pk)).status_code == 302
    made.refresh_from_db()
    assert made.acknowledged_at is not None
    ended = signed_in(cast.officer).post(at("source_withdraw", made.pk), {"reasons": "调整"})
    assert ended.status_code == 302
    made.refresh_from_db()
    assert made.ended_by == cast.officer
    again = signed_in(cast.officer).get(at("source_withdraw", made.pk))
    assert again.status_code == 409
    assert "已终止" in again.content.decode()


def test_the_officer_sees_open_duplicates_of_published_entries(cast, signed_in):
    other, mine = another(cast.education), another(cast.civil)
    duplicates.check(subject=mine)
    shown = signed_in(cast.officer).get(at("duplicate_list")).content.decode()
    assert problems(shown) == []
    assert other.get_absolute_url() in shown
