"""Notices by e-mail, through a mail server on the loopback: each once, whatever dies in between."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from audit.models import Entry
from portal.clocks import tasks
from portal.clocks.models import Mail, Notice, NoticePreference
from portal.clocks.services import mailing, notices
from portal.clocks.services.sweeping import sweep
from portal.settings.base import CELERY_BEAT_SCHEDULE
from sharing.models import Deadline
from tests.catalog.conftest import at_once

from .conftest import ticking
from .smtp import post_office

SHANGHAI = ZoneInfo("Asia/Shanghai")


@pytest.fixture
def office(settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST = "127.0.0.1"
    settings.DEFAULT_FROM_EMAIL = "portal@example.cn"
    settings.PORTAL_URL = "https://portal.example.cn"
    with post_office() as opened:
        settings.EMAIL_PORT = opened.port
        yield opened


@pytest.fixture
def clock_is(monkeypatch):
    """Let it be that moment in Shanghai."""

    def at(*moment: int) -> None:
        now = datetime(*moment, tzinfo=SHANGHAI)
        monkeypatch.setattr(timezone, "now", lambda: now)

    return at


@pytest.fixture
def due_today(cast, clock_is) -> Deadline:
    """A clock on its last day, of which the provider's head has been told; the head has an address."""
    cast.provider_head.email = "sun@civil.example.cn"
    cast.provider_head.save()
    clock = ticking(cast)
    clock_is(2026, 11, 16, 10, 0)
    sweep()
    return clock


def sent_all() -> None:
    mailing.compose()
    for pk in mailing.waiting():
        mailing.send(mail_id=pk)


def test_a_notice_arrives_once_with_words_date_article_and_link(cast, due_today, office):
    sent_all()
    sent_all()

    (mail,) = office.arrived
    text = mail.get_content()
    request = due_today.request
    assert (mail["To"], mail["From"]) == ("sun@civil.example.cn", "portal@example.cn")
    assert mail["Subject"] == f"今天到期: {request}"
    assert f"https://portal.example.cn{request.get_absolute_url()}" in text
    assert "21" in text
    held = Mail.objects.get()
    assert mail["Message-ID"] == f"<notices-{held.pk}@example.cn>"
    assert (held.sent_at is not None, held.attempts) == (True, 1)


def test_an_email_comes_in_the_language_that_its_reader_uses(cast, due_today, office):
    cast.provider_head.language = "en"
    cast.provider_head.save()

    sent_all()

    (mail,) = office.arrived
    text = mail.get_content()
    assert mail["Subject"] == f"Due today: {due_today.request}"
    assert text.startswith(f"{cast.provider_head.name}, the portal tells you:")
    assert "answer the request: Due today, Mon 16 Nov" in text
    assert "Decree 809, Art. 21" in text


def test_what_waits_for_a_person_goes_in_one_mail(cast, due_today, office):
    for _n in range(3):
        ticking(cast)
    sweep()

    sent_all()

    (mail,) = office.arrived
    assert mail.get_content().count("https://portal.example.cn/sharing/") == 4


@pytest.mark.parametrize("posting", ["none", "no address"])
def test_without_mail_the_notice_is_in_the_portal_all_the_same(cast, clock_is, office, posting):
    if posting == "none":
        cast.provider_head.email = "sun@civil.example.cn"
        cast.provider_head.save()
        NoticePreference.objects.create(user=cast.provider_head, posting="none")
    ticking(cast)
    clock_is(2026, 11, 16, 10, 0)
    sweep()

    sent_all()

    assert office.arrived == []
    assert Notice.objects.filter(recipient=cast.provider_head).count() == 1


def test_a_digest_comes_once_a_working_day_from_eight_on(cast, due_today, office, clock_is):
    notices.choose_posting(posting="digest", by=cast.provider_head)
    clock_is(2026, 11, 16, 7, 59)
    sent_all()
    assert office.arrived == []

    clock_is(2026, 11, 16, 8, 0)
    sent_all()
    assert len(office.arrived) == 1

    # what is told later on the same day waits for the next working day
    ticking(cast)
    clock_is(2026, 11, 16, 15, 0)
    sweep()
    sent_all()
    assert len(office.arrived) == 1
    clock_is(2026, 11, 17, 8, 1)
    sent_all()
    assert len(office.arrived) == 2
    assert [one.digest_on for one in Mail.objects.order_by("pk")] == [
        date(2026, 11, 16),
        date(2026, 11, 17),
    ]


def test_no_digest_on_a_day_off(cast, due_today, office, clock_is):
    notices.choose_posting(posting="digest", by=cast.provider_head)

    clock_is(2026, 11, 21, 9, 0)
    sent_all()

    assert office.arrived == []


def test_what_waits_comes_each_working_day_to_who_wants_it(cast, due_today, office, clock_is):
    """Also on a day without a notice, and in one e-mail with the digest on a day with one."""
    notices.choose_posting(posting="digest", tasks=True, by=cast.provider_head)
    for day in (16, 17, 21):
        for minute in (0, 1):
            clock_is(2026, 11, day, 9, minute)
            sent_all()

    assert len(office.arrived) == 2
    for mail in office.arrived:
        assert due_today.request.resource.name in mail.get_content()
        assert (
            f"https://portal.example.cn{due_today.request.get_absolute_url()}" in mail.get_content()
        )


def test_nothing_is_sent_when_nothing_waits(cast, office, clock_is):
    cast.stranger.email = "li@example.cn"
    cast.stranger.save()
    clock_is(2026, 11, 16, 9, 0)
    notices.choose_posting(posting="none", tasks=True, by=cast.stranger)

    sent_all()

    assert office.arrived == []
    assert Mail.objects.get().sent_at is not None


def test_what_the_reader_may_no_longer_see_is_not_in_the_mail(cast, due_today, office):
    cast.provider_head.department = cast.stranger.department
    cast.provider_head.save()

    sent_all()

    (mail,) = office.arrived
    assert due_today.request.number not in mail.as_string() + mail.get_content()
    assert mail["Subject"] not in {"", None}


def test_who_has_left_gets_no_mail(cast, due_today, office):
    cast.provider_head.is_active = False
    cast.provider_head.save()

    sent_all()

    assert office.arrived == []


def test_a_busy_server_is_tried_again_with_longer_and_longer_waits(
    cast, due_today, office, monkeypatch
):
    office.answers = ["451 busy", "421 later"]
    mailing.compose()
    mail = Mail.objects.get()
    now = timezone.now()
    waits = []
    for _attempt in range(3):
        mailing.send(mail_id=mail.pk)
        mailing.send(mail_id=mail.pk)
        mail.refresh_from_db()
        if mail.sent_at is None:
            waits.append(mail.next_at - now)
            now = mail.next_at
            monkeypatch.setattr(timezone, "now", lambda now=now: now)

    assert waits == [timedelta(minutes=1), timedelta(minutes=2)]
    assert (mail.attempts, mail.error, len(office.arrived)) == (3, "", 1)
    assert mail.sent_at is not None


def test_a_server_that_is_away_is_waited_for_and_given_up_in_the_end(
    cast, due_today, settings, monkeypatch
):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    mailing.compose()
    mail = Mail.objects.get()
    for _attempt in range(mailing.MOST_ATTEMPTS):
        assert mailing.waiting() == [mail.pk]
        mailing.send(mail_id=mail.pk)
        mail.refresh_from_db()
        monkeypatch.setattr(timezone, "now", lambda at=mail.next_at: at)

    assert mailing.waiting() == []
    assert (mail.sent_at, mail.failed_at is not None) == (None, True)
    assert "refused" in mail.error
    told = Entry.objects.get(action="clocks.mail.fail")
    assert (told.result, told.data["attempts"]) == ("failed", mailing.MOST_ATTEMPTS)
    assert Notice.objects.filter(mail=mail).count() == 1


def test_an_address_that_is_refused_is_not_tried_again(cast, due_today, office):
    office.answers = ["550 no such mailbox"]

    sent_all()
    sent_all()

    mail = Mail.objects.get()
    assert (mail.attempts, mail.failed_at is not None, office.arrived) == (1, True, [])


class Killed(BaseException):
    pass


@pytest.mark.parametrize(("when", "arrives"), [("before", 1), ("after", 2)])
def test_a_worker_killed_while_it_sends_loses_nothing(
    cast, due_today, office, monkeypatch, when, arrives
):
    """Killed before the server took it: it arrives once. After, before the mark: a second time."""
    send = mailing.EmailMessage.send

    def dying(self, *args):
        if when == "after":
            send(self, *args)
        raise Killed

    monkeypatch.setattr(mailing.EmailMessage, "send", dying)
    with pytest.raises(Killed):
        sent_all()
    monkeypatch.setattr(mailing.EmailMessage, "send", send)

    # nobody else takes it while the lease lasts
    sent_all()
    assert len(office.arrived) == arrives - 1
    later = timezone.now() + mailing.LEASE
    monkeypatch.setattr(timezone, "now", lambda: later)
    sent_all()
    sent_all()

    assert len(office.arrived) == arrives
    assert len({mail["Message-ID"] for mail in office.arrived}) == 1


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_send_each_mail_once(cast, due_today, office):
    at_once(mailing.compose, mailing.compose)
    (pk,) = mailing.waiting()

    results = at_once(lambda: mailing.send(mail_id=pk), lambda: mailing.send(mail_id=pk))

    assert sorted(results) == [False, True]
    assert len(office.arrived) == 1


def test_beat_posts_each_minute(
    cast, due_today, office, settings, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks() as queued:
        tasks.post()

    assert len(queued) == 1
    tasks.send(Mail.objects.get().pk)
    assert len(office.arrived) == 1
    assert CELERY_BEAT_SCHEDULE["clocks.post"] == {"task": tasks.post.name, "schedule": 60.0}
