"""Writing notices, each once: the only place that makes rows of `Notice`.

Written in sets, by SQL: one statement tells thousands of people of thousands of clocks. The unique
constraint decides what "once" is, so a statement that runs again tells nobody again.
"""

from collections.abc import Iterable

from django.db import connection, transaction
from django.utils import timezone

from portal.clocks.models import NoticeKind, Posting
from portal.clocks.unread import forget_unread

# How a person of the table u wants it: without an address, or with the choice "none", in the portal
# alone. What the law asks for is always in the portal.
POSTING = f"""
    CASE WHEN u.email = '' THEN '{Posting.NONE}'
         ELSE COALESCE(p.posting, '{Posting.AT_ONCE}') END
"""


def tell(
    *, people: Iterable[int], kind: NoticeKind, about: str, about_id: int, occasion: str
) -> int:
    """Tell each of these active people once; how many were told now. In the act's transaction."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            INSERT INTO clocks_notice (recipient_id, kind, about, about_id, occasion, at, posting)
            SELECT u.id, %s, %s, %s, %s, %s, {POSTING}
            FROM organisation_user u LEFT JOIN clocks_noticepreference p ON p.user_id = u.id
            WHERE u.is_active AND u.id = ANY(%s)
            ON CONFLICT DO NOTHING RETURNING recipient_id
            """,  # noqa: S608 - the parts are ours
            [kind.value, about, about_id, occasion, timezone.now(), sorted(people)],
        )
        told = [row[0] for row in cursor.fetchall()]
    transaction.on_commit(lambda: forget_unread(told), robust=True)
    return len(told)
