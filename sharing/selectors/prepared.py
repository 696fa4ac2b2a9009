from django.db.models import Exists, OuterRef, QuerySet

from portal.organisation.models import InformationSystem, User
from sharing.models import Agreement, PreparedExport


def exports_for(party: User | InformationSystem, number: str) -> QuerySet[PreparedExport] | None:
    """The agreement's prepared exports, newest first, `is_given` being whether this party may have
    the file now; None when the agreement is none of the party's business.
    """
    agreement = Agreement.objects.permitted(party).filter(number=number).first()
    if agreement is None:
        return None
    ready = PreparedExport.objects.ready_for(party).filter(pk=OuterRef("pk"))
    return (
        PreparedExport.objects.permitted(party)
        .filter(agreement=agreement)
        .select_related("agreement")
        .annotate(is_given=Exists(ready))
        .order_by("-asked_at", "-id")
    )
