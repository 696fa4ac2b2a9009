"""Notices by e-mail: put into a row first, then sent from it, and marked as sent.

Nothing is lost: what a killed worker held is due again when its lease ends. An e-mail can go out twice
in one window only, between the server's taking it and the mark in the row (`LEASE` later, with the
same Message-ID, by which mail readers show it once).
"""

from datetime import date, time, timedelta
from smtplib import SMTPException, SMTPRecipientsRefused, SMTPResponseException

import structlog
from django.conf import settings
from django.core.mail import EmailMessage
from django.db import connection, transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

import audit.services
from audit.models import Result
from portal.clocks.models import Mail, Notice, NoticePreference, Posting
from portal.clocks.registry import tasks_of
from portal.clocks.wording import Line, lines_of
from portal.common.dates import prose_date
from portal.common.tasks import Task
from portal.organisation.models import User
from portal.workdays import is_working_day
from portal.workdays.clocks import today

logger = structlog.get_logger(__name__)
BATCH = 5000
AT_ONCE = 500
MOST_LINES = 50
MOST_ATTEMPTS = 12
LEASE = timedelta(minutes=10)
LONGEST_WAIT = timedelta(hours=2)
DIGEST_FROM = time(8)

COMPOSE = """
    WITH waiting AS (
        SELECT n.id, n.recipient_id FROM clocks_notice n
        WHERE n.mail_id IS NULL AND n.posting = %(posting)s AND NOT n.posting = 'none'
            AND (%(day)s::date IS NULL OR NOT EXISTS (
                SELECT 1 FROM clocks_mail m
                WHERE m.recipient_id = n.recipient_id AND m.digest_on = %(day)s::date
            ))
        ORDER BY n.id LIMIT %(most)s FOR UPDATE SKIP LOCKED
    ),
    made AS (
        INSERT INTO clocks_mail (recipient_id, digest_on, created_at, next_at)
        SELECT DISTINCT recipient_id, %(day)s::date, %(now)s::timestamptz, %(now)s::timestamptz
        FROM waiting
        ON CONFLICT DO NOTHING RETURNING id, recipient_id
    )
    UPDATE clocks_notice n SET mail_id = made.id
    FROM waiting JOIN made USING (recipient_id) WHERE n.id = waiting.id
"""


def compose() -> int:
    """Put all notices that wait into e-mails, one a person; how many notices.

    A person gets one digest a working day; what comes after it waits for the next.
    """
    composed = _compose(Posting.AT_ONCE)
    at = timezone.localtime(timezone=timezone.get_default_timezone())
    if at.time() >= DIGEST_FROM and is_working_day(at.date()):
        composed += _compose(Posting.DIGEST)
        _compose_tasks(at.date())
    return composed


@transaction.atomic
def _compose(posting: Posting) -> int:
    day = today() if posting == Posting.DIGEST else None
    # A digest is one e-mail: it takes all that waits, not a batch of it.
    most = None if day else BATCH
    with connection.cursor() as cursor:
        given = {"posting": posting.value, "day": day, "most": most, "now": timezone.now()}
        cursor.execute(COMPOSE, given)
        composed: int = cursor.rowcount
        return composed


def _compose_tasks(day: date) -> None:
    """An e-mail of the day for who wants to be told what waits; with the digest it is the same one."""
    wanted = NoticePreference.objects.filter(tasks=True, user__is_active=True).exclude(
        user__email=""
    )
    have = Mail.objects.filter(digest_on=day).values("recipient")
    Mail.objects.bulk_create(
        (
            Mail(recipient_id=user, digest_on=day, next_at=timezone.now())
            for user in wanted.exclude(user__in=have).values_list("user", flat=True)
        ),
        ignore_conflicts=True,
    )


def waiting() -> list[int]:
    """The e-mails that are due to be tried, oldest first."""
    due = Mail.objects.filter(sent_at=None, failed_at=None, next_at__lte=timezone.now())
    return list(due.order_by("next_at", "pk").values_list("pk", flat=True)[:AT_ONCE])


def send(*, mail_id: int) -> bool:
    """Send one e-mail, unless it is sent, given up, or somebody else's at the moment."""
    mail = _claim(mail_id)
    if mail is None:
        return False
    try:
        message = _message(mail)
        if message is not None:
            message.send()
    except SMTPRecipientsRefused as refusal:
        _give_up(mail, str(refusal))
    except SMTPResponseException as refusal:
        if refusal.smtp_code >= 500:
            _give_up(mail, str(refusal))
        else:
            _wait(mail, str(refusal))
    except (SMTPException, OSError) as fault:
        _wait(mail, f"{type(fault).__name__}: {fault}")
    else:
        Mail.objects.filter(pk=mail.pk).update(sent_at=timezone.now(), error="")
        return True
    return False


@transaction.atomic
def _claim(mail_id: int) -> Mail | None:
    """The e-mail, held for `LEASE` by moving on when it may be tried."""
    now = timezone.now()
    mail = (
        Mail.objects.select_for_update(of=("self",), skip_locked=True)
        .select_related("recipient__department")
        .filter(pk=mail_id, sent_at=None, failed_at=None, next_at__lte=now)
        .first()
    )
    if mail is not None:
        mail.attempts += 1
        mail.next_at = now + LEASE
        mail.save(update_fields=["attempts", "next_at"])
    return mail


def _message(mail: Mail) -> EmailMessage | None:
    """What the recipient may know of now; None for who has gone or has no address any more."""
    recipient: User = mail.recipient
    if not recipient.is_active or not recipient.email:
        return None
    with translation.override(recipient.language):
        notices = list(Notice.objects.filter(mail=mail).order_by("pk")[: MOST_LINES + 1])
        lines = lines_of(recipient, notices[:MOST_LINES])
        number = Notice.objects.filter(mail=mail).count()
        tasks = _tasks(mail, recipient)
        if not number and not tasks:
            return None
        return EmailMessage(
            subject=_subject(lines, number, len(tasks)),
            body=_body(recipient, lines, number, tasks),
            to=[recipient.email],
            headers={"Message-ID": f"<notices-{mail.pk}@{_host()}>"},
        )


def _tasks(mail: Mail, recipient: User) -> list[Task]:
    """What waits for the recipient now, for an e-mail of the day to who has chosen it."""
    if mail.digest_on is None:
        return []
    wants = NoticePreference.objects.filter(user=recipient, tasks=True).exists()
    return tasks_of(recipient) if wants else []


def _subject(lines: list[Line], number: int, tasks: int) -> str:
    if tasks:
        return ngettext("%(number)s task waits", "%(number)s tasks wait", tasks) % {"number": tasks}
    if number == 1:
        return f"{lines[0].kind}: {lines[0].title}"[:200]
    return ngettext("%(number)s notice", "%(number)s notices", number) % {"number": number}


def _body(recipient: User, lines: list[Line], number: int, tasks: list[Task]) -> str:
    told = [_("%(name)s, the portal tells you:") % {"name": recipient.name}, ""]
    if tasks:
        told += [*_task_lines(tasks), ""]
    for line in lines:
        told.append(f"- {line.kind}: {line.title}")
        told += [f"  {words}" for words in (line.words, line.law) if words]
        if line.url:
            told.append(f"  {settings.PORTAL_URL}{line.url}")
    if number > len(lines):
        told.append(_("and %(number)s more") % {"number": number - len(lines)})
    told += ["", _("All notices: %(address)s") % {"address": f"{settings.PORTAL_URL}/notices/"}]
    return "\n".join(told)


def _task_lines(tasks: list[Task]) -> list[str]:
    told = [_("What waits for you, by due date:")]
    for task in tasks[:MOST_LINES]:
        due = _("due %(day)s") % {"day": prose_date(task.due)} if task.due else _("without a date")
        told.append(f"- {task.title} ({due})")
        if task.consequence:
            told.append(f"  {task.consequence}")
        told.append(f"  {settings.PORTAL_URL}{task.url}")
    if len(tasks) > MOST_LINES:
        told.append(_("and %(number)s more") % {"number": len(tasks) - MOST_LINES})
    return told


def _host() -> str:
    return settings.DEFAULT_FROM_EMAIL.rpartition("@")[2].rstrip(">") or "portal"


def backoff(attempts: int) -> timedelta:
    """How long is waited after so many attempts: a minute, two, four, up to two hours."""
    return min(timedelta(minutes=2 ** (attempts - 1)), LONGEST_WAIT)


def _wait(mail: Mail, error: str) -> None:
    if mail.attempts >= MOST_ATTEMPTS:
        _give_up(mail, error)
        return
    logger.warning("mail_not_sent", mail=mail.pk, attempts=mail.attempts, error=error)
    Mail.objects.filter(pk=mail.pk).update(
        next_at=timezone.now() + backoff(mail.attempts), error=error[:500]
    )


@transaction.atomic
def _give_up(mail: Mail, error: str) -> None:
    """The notices stay in the portal; the trail tells that they did not go out."""
    Mail.objects.filter(pk=mail.pk).update(failed_at=timezone.now(), error=error[:500])
    audit.services.record(
        actor=None,
        action="clocks.mail.fail",
        target=mail.recipient,
        result=Result.FAILED,
        mail=mail.pk,
        attempts=mail.attempts,
    )
