"""Notices in the portal: counted in the head of each page, read, followed, and never more than allowed."""

from datetime import date

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from portal.clocks.models import Notice, NoticeKind, NoticePreference
from portal.clocks.services import notices, telling
from portal.clocks.services.sweeping import sweep
from portal.clocks.unread import count_all, unread_of
from portal.common.errors import NotFound

from .conftest import ticking

ENGLISH = {"accept-language": "en"}


@pytest.fixture
def reminded(cast, clock, freeze, django_capture_on_commit_callbacks) -> Notice:
    freeze(date(2026, 11, 11))
    with django_capture_on_commit_callbacks(execute=True):
        sweep()
    return Notice.objects.get()


def page_of(client, user, address: str = "") -> str:
    client.force_login(user)
    page = client.get(address or reverse("clocks:notice_list"), headers=ENGLISH)
    assert page.status_code == 200
    return page.content.decode()


def test_the_page_names_the_thing_the_date_and_the_article(cast, reminded, clock, client, freeze):
    shown = page_of(client, cast.provider_head)

    assert clock.request.number in shown
    assert "Soon due" in shown
    assert "3 working days left" in shown
    assert "due Mon 16 Nov" in shown
    assert "Decree 809, Art. 21" in shown


def test_every_page_says_how_many_are_unread(cast, reminded, client):
    assert unread_of(cast.provider_head.pk) == 1
    assert unread_of(cast.head.pk) == 0

    shown = page_of(client, cast.provider_head, reverse("organisation:calendar"))

    assert '<span class="nav-count is-due">1<span class="visually-hidden"> unread</span>' in shown


def test_following_marks_as_read_and_leads_there(
    cast, reminded, clock, client, django_capture_on_commit_callbacks
):
    client.force_login(cast.provider_head)
    with django_capture_on_commit_callbacks(execute=True):
        answer = client.post(reverse("clocks:follow", args=[reminded.pk]))

    assert (answer.status_code, answer["Location"]) == (302, clock.request.get_absolute_url())
    reminded.refresh_from_db()
    assert reminded.read_at is not None
    assert unread_of(cast.provider_head.pk) == 0


def test_a_notice_is_nobody_else_s(cast, reminded, client):
    client.force_login(cast.head)

    assert client.post(reverse("clocks:follow", args=[reminded.pk])).status_code == 404
    with pytest.raises(NotFound):
        notices.mark_read(notice_id=reminded.pk, by=cast.officer)
    reminded.refresh_from_db()
    assert reminded.read_at is None
    assert clockless(page_of(client, cast.head))


def clockless(shown: str) -> bool:
    return "No notice here" in shown


def test_who_may_see_a_thing_is_asked_when_it_is_read(cast, reminded, clock, client):
    cast.provider_head.department = cast.stranger.department
    cast.provider_head.save()

    shown = page_of(client, cast.provider_head)
    answer = client.post(reverse("clocks:follow", args=[reminded.pk]))

    assert clock.request.number not in shown
    assert str(clock.request.resource) not in shown
    assert "Something that you may no longer see" in shown
    assert answer["Location"] == reverse("clocks:notice_list")


def test_all_are_marked_as_read_but_those_that_came_since(cast, reminded, client, freeze):
    ticking(cast)
    sweep()
    client.force_login(cast.provider_head)

    client.post(reverse("clocks:read_all"), {"newest": reminded.pk})

    unread = Notice.objects.filter(read_at=None)
    assert unread.count() == 1
    assert not unread.filter(pk=reminded.pk).exists()


def test_a_page_of_notices_asks_no_more_for_many(cast, reminded, client, freeze):
    client.force_login(cast.provider_head)
    # What waits for oneself is counted once and remembered.
    client.get(reverse("clocks:notice_list"))
    asked = []
    for _round in range(2):
        with CaptureQueriesContext(connection) as queries:
            client.get(reverse("clocks:notice_list"))
        asked.append(len(queries))
        for _n in range(20):
            ticking(cast)
        sweep()

    assert asked[0] == asked[1]


def test_the_database_holds_each_notice_once(reminded):
    with pytest.raises(IntegrityError), transaction.atomic():
        Notice.objects.create(
            recipient=reminded.recipient,
            kind=reminded.kind,
            about=reminded.about,
            about_id=reminded.about_id,
            occasion=reminded.occasion,
        )


def test_telling_twice_tells_once_and_nobody_who_has_left(cast, clock):
    cast.head.is_active = False
    cast.head.save()
    people = [cast.head.pk, cast.applicant.pk]
    said = {"kind": NoticeKind.CHANGED, "about": "sharing.agreement", "about_id": 7}

    counts = [telling.tell(people=people, occasion="2", **said) for _n in range(2)]

    assert counts == [1, 0]


def test_a_choice_is_kept_and_the_portal_itself_always_tells(cast, client, freeze):
    client.force_login(cast.provider_head)
    assert client.post(reverse("clocks:posting"), {"posting": "none"}).status_code == 302
    assert NoticePreference.objects.get().posting == "none"
    assert client.post(reverse("clocks:posting"), {"posting": "by pigeon"}).status_code == 422

    ticking(cast)
    freeze(date(2026, 11, 16))
    sweep()

    assert Notice.objects.filter(recipient=cast.provider_head).count() == 1


def test_a_lost_cache_is_counted_again(cast, reminded):
    from django.core.cache import cache

    cache.clear()
    assert unread_of(cast.provider_head.pk) == 0

    count_all()

    assert unread_of(cast.provider_head.pk) == 1


def test_a_date_that_has_moved_since_says_so(cast, reminded, clock, client, freeze):
    from portal.clocks.services import running

    with transaction.atomic():
        running.extend(clock, 5)

    assert "the date has moved since" in page_of(client, cast.provider_head)
