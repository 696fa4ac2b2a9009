"""What an entry or a plan still has to say about data that other departments provide (Art. 19)."""

from django.utils.translation import gettext as _

from catalog.completeness import Gap
from catalog.one_source.finding import Subject, duplicates_of
from portal.organisation.models import User


def one_source_gaps(subject: Subject, *, by: User) -> list[Gap]:
    """One gap for each duplicate that is neither linked nor justified, of those that `by` sees."""
    return [
        Gap(
            "duplicates",
            _(
                '"%(item)s" is provided already by %(department)s in "%(entry)s" (%(score)s of 100):'
                " link to it or justify the repetition (Art. 19)."
            )
            % {
                "item": found.candidate.name,
                "department": found.other.department,
                "entry": found.other,
                "score": found.candidate.score.points,
            },
        )
        for found in duplicates_of(subject, party=by)
        if found.is_open
    ]
