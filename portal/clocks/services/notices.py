"""What a person does with their own notices. Reading is no official act: its time is in the row."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

import audit.services
from portal.clocks.models import Notice, NoticePreference, Posting
from portal.clocks.unread import forget_unread
from portal.common.errors import Invalid, NotFound
from portal.organisation.models import User


@transaction.atomic
def mark_read(*, notice_id: int, by: User) -> Notice:
    """The first time counts. Raises NotFound for a notice of somebody else."""
    held = Notice.objects.select_for_update().filter(pk=notice_id, recipient=by).first()
    if held is None:
        raise NotFound(_("There is no such notice."))
    if held.read_at is None:
        held.read_at = timezone.now()
        held.save(update_fields=["read_at"])
        transaction.on_commit(lambda: forget_unread([by.pk]), robust=True)
    return held


@transaction.atomic
def mark_all_read(*, newest: int, by: User) -> int:
    """All up to the newest that the person has seen; what came after it stays unread."""
    marked = Notice.objects.filter(recipient=by, read_at=None, pk__lte=newest).update(
        read_at=timezone.now()
    )
    transaction.on_commit(lambda: forget_unread([by.pk]), robust=True)
    return marked


@transaction.atomic
def choose_posting(*, posting: str, by: User, tasks: bool = False) -> NoticePreference:
    """How notices come by e-mail from now on, and whether what waits does; in the portal both are.

    What waits to be sent goes by the new choice too.
    """
    if posting not in Posting.values:
        words = _("Choose how notices come by e-mail.")
        raise Invalid(words, fields={"posting": [words]})
    held, _made = NoticePreference.objects.update_or_create(
        user=by, defaults={"posting": posting, "tasks": tasks}
    )
    Notice.objects.filter(recipient=by, mail=None).exclude(posting=Posting.NONE).update(
        posting=posting
    )
    audit.services.record(
        actor=by, action="clocks.posting.change", target=by, posting=posting, tasks=tasks
    )
    return held
