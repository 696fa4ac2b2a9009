"""Saved searches: one's own, with notice of what is new."""

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.utils import timezone

from audit.models import Entry
from catalog import tasks
from catalog.models import Resource, SavedSearch
from catalog.selectors import tasks_for
from catalog.selectors.saved_searches import saved_searches_of
from catalog.services import saved_searches
from portal.common.errors import Invalid, NotFound
from tests.catalog.conftest import at
from tests.catalog.finding.conftest import put
from tests.factories import UserFactory


@pytest.fixture(autouse=True)
def _no_notices():
    yield
    cache.clear()


def saved(user, q="户籍", chosen=None, name="我的检索") -> SavedSearch:
    made = saved_searches.save(name=name, q=q, chosen=chosen or {}, by=user)
    SavedSearch.objects.filter(pk=made.pk).update(seen_at=timezone.now() - timedelta(days=1))
    made.refresh_from_db()
    return made


def new(name: str, **fields) -> Resource:
    return put(name=name, published_at=timezone.now(), **fields)


def test_what_is_published_after_the_last_look_is_new(cast):
    # given
    saved(cast.stranger, chosen={"grade": ["L1"], "freshness": ["no_rows"]})
    new("户籍人口", department=cast.civil)
    new("户籍地址", department=cast.civil, grade="L2")
    new("婚姻登记", department=cast.civil)
    new("户籍草稿", department=cast.civil, state="draft")
    put(
        name="户籍旧目录",
        department=cast.civil,
        published_at=timezone.now() - timedelta(days=2),
    )
    hidden = new("户籍内部", department=cast.civil)
    Resource.objects.filter(pk=hidden.pk).update(visible_to=[cast.civil.group_id])

    # then
    assert [one.new_hits for one in saved_searches_of(cast.stranger)] == [1]


def test_the_beat_puts_a_notice_among_the_tasks_once(cast, django_capture_on_commit_callbacks):
    # given
    search = saved(cast.stranger)
    saved(cast.stranger, q="婚姻", name="另一个")
    new("户籍人口", department=cast.civil)

    # when: it may run twice
    for _ in range(2):
        with django_capture_on_commit_callbacks(execute=True):
            tasks.count_new_hits()

    # then
    (task,) = tasks_for(cast.stranger)
    assert (task.kind, task.title, task.url) == (
        "catalog.saved_search",
        "我的检索",
        search.get_absolute_url(),
    )
    assert tasks_for(cast.steward) == []

    # when it is looked at, the notice goes
    with django_capture_on_commit_callbacks(execute=True):
        saved_searches.mark_seen(search=search, by=cast.stranger)
    assert tasks_for(cast.stranger) == []
    assert [one.new_hits for one in saved_searches_of(cast.stranger)] == [0, 0]


def test_a_count_that_comes_after_a_look_is_void(cast):
    search = saved(cast.stranger)
    counted = {search.pk: (search.seen_at, 5)}
    saved_searches.mark_seen(search=search, by=cast.stranger)

    saved_searches.note_new_hits(user=cast.stranger, counted=counted)

    search.refresh_from_db()
    assert search.new_hits == 0


def test_notices_cost_the_inbox_no_query(cast, django_assert_num_queries):
    person = UserFactory()
    assert not person.duties

    with django_assert_num_queries(0):
        assert tasks_for(person) == []


def test_the_list_is_two_queries(cast, django_assert_num_queries):
    for n in range(5):
        saved(cast.stranger, name=f"检索{n}", chosen={"grade": ["L1"]})
    person = type(cast.stranger).objects.select_related("department").get(pk=cast.stranger.pk)
    saved_searches_of(person)

    with django_assert_num_queries(2):
        assert len(saved_searches_of(person)) == 5


def test_every_change_is_recorded_and_ones_own(cast):
    search = saved(cast.stranger)
    saved_searches.rename(search=search, name="新名", by=cast.stranger)

    for act in (
        lambda: saved_searches.rename(search=search, name="别人的", by=cast.steward),
        lambda: saved_searches.delete(search=search, by=cast.steward),
        lambda: saved_searches.mark_seen(search=search, by=cast.steward),
    ):
        with pytest.raises(NotFound):
            act()

    search.refresh_from_db()
    assert search.name == "新名"
    saved_searches.delete(search=search, by=cast.stranger)
    assert not SavedSearch.objects.exists()
    assert list(Entry.objects.order_by("id").values_list("action", flat=True)) == [
        f"catalog.saved_search.{how}" for how in ("create", "rename", "delete")
    ]


@pytest.mark.parametrize("name", ["", "  ", "长" * 61, "<b>粗", "反\u202e向", "我的检索"])
def test_names_that_will_not_do_are_refused(cast, name):
    saved(cast.stranger)
    count = Entry.objects.count()

    with pytest.raises(Invalid) as refused:
        saved_searches.save(name=name, q="甲", chosen={}, by=cast.stranger)

    assert refused.value.fields["name"]
    assert (SavedSearch.objects.count(), Entry.objects.count()) == (1, count)


def test_nothing_and_too_many_are_refused(cast):
    with pytest.raises(Invalid):
        saved_searches.save(name="空", q="", chosen={}, by=cast.stranger)
    for n in range(saved_searches.MOST_SEARCHES):
        saved(cast.stranger, name=f"检索{n}")
    with pytest.raises(Invalid):
        saved(cast.stranger, name="再一个")
    assert SavedSearch.objects.count() == saved_searches.MOST_SEARCHES


# Pages


def test_a_search_is_saved_from_its_results_renamed_looked_at_and_deleted(cast, signed_in):
    client = signed_in(cast.stranger)
    new("户籍人口", department=cast.civil)

    page = client.get(at("resource_list"), {"q": "户籍", "grade": "L1"})
    url = page.context["save_url"]
    assert url == at("saved_search_create") + "?q=%E6%88%B7%E7%B1%8D&grade=L1"
    assert client.post(url, {"name": "户籍一级"}).status_code == 302
    (search,) = SavedSearch.objects.all()
    assert (search.user, search.q, search.chosen) == (cast.stranger, "户籍", {"grade": ["L1"]})

    assert client.post(url, {"name": "户籍一级"}).status_code == 422
    assert client.post(at("saved_search_rename", search.pk), {"name": ""}).status_code == 422
    assert client.post(at("saved_search_rename", search.pk), {"name": "新"}).status_code == 302
    looked = client.post(at("saved_search", search.pk))
    assert looked.url == at("resource_list") + "?q=%E6%88%B7%E7%B1%8D&grade=L1&order=recent"
    assert client.get(looked.url).context["found"].total == 1
    assert client.get(at("saved_search", search.pk)).status_code == 200
    assert client.post(at("saved_search_delete", search.pk)).status_code == 302
    assert not SavedSearch.objects.exists()


def test_anothers_search_is_not_there(cast, signed_in):
    search = saved(cast.stranger)
    client = signed_in(cast.steward)

    assert client.get(at("saved_search", search.pk)).status_code == 404
    for name in ("saved_search", "saved_search_rename", "saved_search_delete"):
        assert client.post(at(name, search.pk), {"name": "x"}).status_code == 404
    assert search.name not in client.get(at("saved_search_list")).content.decode()


def test_visitors_are_offered_no_saving(cast, client):
    page = client.get(at("resource_list"), {"q": "户籍"})

    assert page.context["save_url"] == ""
    assert at("saved_search_list") not in page.content.decode()
