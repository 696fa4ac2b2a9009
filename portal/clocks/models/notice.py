from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class NoticeKind(models.TextChoices):
    """Why a person is told. The first five are the stages of a clock."""

    REMINDER = "reminder", _("Soon due")
    DUE = "due", _("Due today")
    LAPSED = "lapsed", _("Lapsed")
    HEAD = "head", _("Lapsed: told to you as head")
    COMPETENT = "competent", _("Lapsed: told to the competent department")
    MOVED = "moved", _("Due date moved")
    CHANGED = "changed", _("An agreed entry has changed")
    MESSAGE = "message", _("A message on a request")
    SYNC_FAILED = "failed", _("A sync run failed")
    SYNC_SHRUNK = "shrunk", _("A sync run stopped: far fewer rows came")
    ALERT = "alert", _("A rule of watching has raised an alert")
    SYNC_LATE = "late", _("The rows of a resource are late")
    PUSH_FAILED = "push", _("A push into the requester's table failed")
    PUSH_DIFFERS = "differs", _("The requester's table differs from what was agreed")
    VANISHED = "vanished", _("Datasets have vanished from another portal")
    HARVEST_FAILED = "harvest", _("A harvest of another portal failed")
    SYNC_LOG = "log", _("A source keeps much of its log for a sync job")


class Posting(models.TextChoices):
    """How a person wants notices by e-mail. In the portal they always are."""

    AT_ONCE = "at_once", _("at once")
    DIGEST = "digest", _("once a working day, together")
    NONE = "none", _("not by e-mail")


class Mail(models.Model):
    """An e-mail with one or more notices, from the moment it is to be sent.

    `next_at` is when it may be tried (again); who tries moves it on first, so that nobody else
    tries at the same time. `digest_on` is the day of a digest, of which a person gets one.
    """

    recipient = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("recipient")
    )
    digest_on = models.DateField(null=True)
    created_at = models.DateTimeField(_("made"), default=timezone.now, db_default=Now())
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0, db_default=0)
    next_at = models.DateTimeField(default=timezone.now, db_default=Now())
    sent_at = models.DateTimeField(_("sent"), null=True)
    failed_at = models.DateTimeField(_("given up"), null=True)
    error = models.CharField(_("error"), max_length=500, blank=True, default="", db_default="")

    class Meta:
        verbose_name = _("e-mail")
        verbose_name_plural = _("e-mails")
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["recipient", "digest_on"],
                condition=Q(digest_on__isnull=False),
                name="one_digest_a_person_and_day",
            ),
        ]
        indexes = [
            models.Index(
                fields=["next_at"],
                condition=Q(sent_at=None, failed_at=None),
                name="mail_to_send",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.recipient_id} {self.created_at}"


class Notice(models.Model):
    """One thing that one person is told, once.

    `about` is the label of the model that it is about, `about_id` the key there; title and link are
    asked for when it is read, by who reads, so a notice never shows what its reader may not see.
    `occasion` tells one telling from another: the due date of a clock, the version of an entry.
    """

    recipient = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="notices",
        verbose_name=_("recipient"),
    )
    kind = models.CharField(_("kind"), max_length=10, choices=NoticeKind)
    about = models.CharField(max_length=50)
    about_id = models.BigIntegerField()
    occasion = models.CharField(max_length=20)
    at = models.DateTimeField(_("told"), default=timezone.now, db_default=Now())
    read_at = models.DateTimeField(_("read"), null=True)
    posting = models.CharField(_("by e-mail"), max_length=10, choices=Posting, default=Posting.NONE)
    mail = models.ForeignKey(Mail, models.PROTECT, null=True, related_name="notices")

    class Meta:
        verbose_name = _("notice")
        verbose_name_plural = _("notices")
        default_permissions = ()
        ordering = ["-at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["recipient", "about", "about_id", "kind", "occasion"],
                name="each_notice_once",
            ),
        ]
        indexes = [
            models.Index(fields=["recipient", "-at", "-id"], name="notice_recipient"),
            models.Index(fields=["recipient"], condition=Q(read_at=None), name="notice_unread"),
            models.Index(
                fields=["posting", "recipient"],
                condition=Q(mail=None) & ~Q(posting=Posting.NONE),
                name="notice_to_post",
            ),
            models.Index(fields=["mail"], condition=Q(mail__isnull=False), name="notice_of_mail"),
        ]

    def __str__(self) -> str:
        return f"{self.recipient_id} {self.kind} {self.about} {self.about_id}"


class NoticePreference(models.Model):
    """A person's choice of e-mails; who has chosen nothing gets them at once."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="notice_preference"
    )
    posting = models.CharField(
        _("Notices by e-mail"), max_length=10, choices=Posting, default=Posting.AT_ONCE
    )
    tasks = models.BooleanField(
        _("What waits for me, by e-mail each working day"), default=False, db_default=False
    )

    class Meta:
        verbose_name = _("choice of e-mails")
        verbose_name_plural = _("choices of e-mails")
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.user_id} {self.posting}"
