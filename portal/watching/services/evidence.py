"""The evidence pack of what an alert is about, for who works on its case or reads the trail.

The security administrator is no party of the agreement, and takes the pack only of what raised an alert.
"""

from django.utils.translation import gettext as _

from portal.common.errors import NotFound
from portal.organisation.models import User
from portal.watching.models import Alert
from sharing.services import evidence
from sharing.services.evidence import Taken


def take(*, alert: Alert, by: User) -> Taken:
    """`NotFound` when the person may not know of the alert, or when it is about no agreement.

    Must not be called inside a transaction.
    """
    held = (
        Alert.objects.permitted(by).filter(pk=alert.pk).select_related("agreement__request").first()
    )
    if held is None or held.agreement is None:
        raise NotFound(_("There is no evidence pack for this alert: it is about no agreement."))
    return evidence.taken(request=held.agreement.request, by=by)
