"""Decree 809, chapter 7: what a system can show of liability (Art. 39 to 42). A test bears its article."""

from datetime import timedelta

import pytest

from audit.models import Entry
from audit.verification import verify
from catalog.models import DuplicateState, PlanState
from catalog.selectors.duplicates import duplicates_of, open_duplicates, register
from catalog.services import collection_plans, duplicates, item_synonyms, source_register
from portal.clocks.models import Lapse
from portal.clocks.services.sweeping import sweep
from portal.common.errors import Invalid
from portal.workdays.clocks import today
from sharing import deadlines
from sharing.models import Deadline
from sharing.services import requests
from tests.audit.database import behind_the_portals_back
from tests.catalog.one_source.repeating import another
from tests.regulation.test_chapter_4_one_datum_one_source import a_plan

pytestmark = pytest.mark.django_db


def test_article_39_a_late_answer_is_a_lapse_for_ever_also_when_it_comes(cast, received, freeze):
    clock = Deadline.objects.get(request=received)
    freeze(clock.due + timedelta(days=1))
    sweep()
    requests.agree(request=received, version=received.version, by=cast.provider_head)

    lapse = Lapse.objects.get()
    assert (lapse.about_id, lapse.due, lapse.article) == (clock.pk, clock.due, 21)
    clock.refresh_from_db()
    assert clock.is_met_late


def test_article_39_an_answer_on_the_last_day_is_no_lapse(cast, received, freeze):
    clock = Deadline.objects.get(request=received)
    freeze(clock.due)
    sweep()
    requests.agree(request=received, version=received.version, by=cast.provider_head)
    freeze(clock.due + timedelta(days=1))
    sweep()
    assert not Lapse.objects.filter(about_id=clock.pk, kind="answer").exists()
    assert deadlines.running_answer_clock(received) is None
    assert today() > clock.due


def test_article_40_what_sharing_can_give_is_found_before_it_is_collected_again(catalogue_cast):
    item_synonyms.load_shipped()
    other = another(catalogue_cast.education)
    plan = collection_plans.create(plan=a_plan("婚姻状况"), by=catalogue_cast.steward)
    with pytest.raises(Invalid):
        collection_plans.file(held=plan, version=1, by=catalogue_cast.steward)
    found = duplicates_of(plan, party=catalogue_cast.steward)
    assert [one.other for one in found] == [other]
    plan.refresh_from_db()
    assert plan.state == PlanState.DRAFT


def test_article_41_until_a_source_is_named_duplicates_stay_before_the_officers(catalogue_cast):
    item_synonyms.load_shipped()
    mine, _other = another(catalogue_cast.civil), another(catalogue_cast.education)
    duplicates.check(subject=mine)
    assert {one.state for one in open_duplicates(catalogue_cast.officer)} == {DuplicateState.OPEN}
    assert not register().exists()

    source_register.appoint(
        name="婚姻状况",
        department=catalogue_cast.civil,
        basis="《婚姻登记条例》",
        by=catalogue_cast.officer,
    )

    assert [one.department for one in register()] == [catalogue_cast.civil]


@pytest.mark.django_db(transaction=True)
def test_article_42_who_did_what_is_on_record_and_a_changed_record_is_found(cast, received):
    acts = set(Entry.objects.values_list("action", "actor_name"))
    assert ("sharing.request.approve", "周处长") in acts
    assert verify().is_whole
    with behind_the_portals_back() as cursor:
        cursor.execute("UPDATE audit_entry SET actor_name = '无名氏' WHERE actor_name = '周处长'")
    assert not verify().is_whole
