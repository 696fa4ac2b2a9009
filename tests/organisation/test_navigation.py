"""The navigation says how much waits; no page counts it that need not."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import get_resolver, reverse

from portal.home.rooms import ROOM_OF
from portal.home.selectors import waiting_count
from portal.organisation.models import User
from sharing.services import requests
from tests.sharing.conftest import cast, draft, received, resource, submitted  # noqa: F401

pytestmark = pytest.mark.django_db


def shown_in(page):
    (item,) = [
        one for group in page.context["navigation"] for one in group.items if one.url == "/tasks/"
    ]
    return item.count


def inbox_reads(queries):
    return [
        one["sql"] for one in queries.captured_queries if "sharing_answerextension" in one["sql"]
    ]


def test_the_count_is_that_of_the_tasks_and_is_counted_once(cast, received, client):  # noqa: F811
    # given
    person = User.objects.get(pk=cast.provider_head.pk)
    client.force_login(person)
    client.get("/tasks/")
    with CaptureQueriesContext(connection) as alone:
        assert waiting_count(User.objects.get(pk=person.pk)) == 1

    # when
    with CaptureQueriesContext(connection) as of_tasks:
        tasks = client.get("/tasks/")
    first = client.get("/organisation/calendar/moved/")
    with CaptureQueriesContext(connection) as of_another:
        another = client.get("/organisation/calendar/moved/")

    # then the inbox's own queries stand once in its page, and in no other
    assert [shown_in(page) for page in (tasks, first, another)] == [1, 1, 1]
    assert len(inbox_reads(of_tasks)) == len(inbox_reads(alone))
    assert inbox_reads(of_another) == []


@pytest.mark.parametrize("who", ["provider_head", "officer"])
def test_an_act_that_is_committed_has_it_counted_anew(
    cast,  # noqa: F811
    received,  # noqa: F811
    client,
    who,
    django_capture_on_commit_callbacks,
):
    # given
    client.force_login(getattr(cast, who))
    before = shown_in(client.get("/organisation/calendar/moved/"))

    # when
    with django_capture_on_commit_callbacks(execute=True):
        requests.agree(
            request=received, version=received.version, opinion="同意", by=cast.provider_head
        )

    # then
    with CaptureQueriesContext(connection) as after:
        shown = client.get("/organisation/calendar/moved/")
    assert inbox_reads(after) != []
    assert shown_in(shown) == (waiting_count(User.objects.get(pk=getattr(cast, who).pk)) or None)
    assert before == (1 if who == "provider_head" else None)


def test_an_act_of_others_leaves_the_count_as_it_is(
    cast,  # noqa: F811
    received,  # noqa: F811
    client,
    steward,
    django_capture_on_commit_callbacks,
):
    # given somebody of a department that has no part in it
    client.force_login(steward)
    client.get("/organisation/calendar/moved/")

    # when
    with django_capture_on_commit_callbacks(execute=True):
        requests.agree(
            request=received, version=received.version, opinion="同意", by=cast.provider_head
        )

    # then
    with CaptureQueriesContext(connection) as after:
        client.get("/organisation/calendar/moved/")
    assert inbox_reads(after) == []


def marked_in(page):
    return [
        one.url for group in page.context["navigation"] for one in group.items if one.is_current
    ]


def test_rooms_and_their_pages_are_pages_of_the_portal():
    known = {
        f"{space}:{name}"
        for space, (_prefix, resolver) in get_resolver().namespace_dict.items()
        for name in resolver.reverse_dict
        if isinstance(name, str)
    }

    assert (set(ROOM_OF) | set(ROOM_OF.values())) - known == set()


def test_a_draft_and_its_job_lie_in_other_rooms_than_the_catalogue(cast, draft, client):  # noqa: F811
    # given
    entry = draft.resource
    client.force_login(cast.provider_steward)
    page = reverse("catalog:resource", args=[entry.pk])
    job = reverse("catalog:sync_job", args=[entry.pk])

    # when, then the same entry lies in the catalogue once it is published
    assert marked_in(client.get(page)) == ["/catalog/"]
    assert marked_in(client.get(job)) == ["/catalog/runs/"]
    type(entry).objects.filter(pk=entry.pk).update(state="draft", published_at=None)
    assert marked_in(client.get(page)) == ["/catalog/mine/"]
