from portal.clocks.models import ThresholdPolicy
from portal.organisation.models import Region


def policy_of(region: Region) -> ThresholdPolicy | None:
    """What the region's competent department has chosen, if anything."""
    return ThresholdPolicy.objects.select_related("changed_by").filter(region=region).first()
