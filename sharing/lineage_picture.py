"""The lineage of a resource as a picture, and in words for those who do not see it."""

from collections.abc import Sequence

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from portal.common.dates import prose_moment
from portal.common.svg_flow import Box, flow, flow_down
from sharing.models import AgreementState
from sharing.selectors.lineage import Lineage

TONES = {
    AgreementState.AWAITING: "wait",
    AgreementState.PENDING: "run",
    AgreementState.ACTIVE: "go",
    AgreementState.SUSPENDED: "stop",
    AgreementState.RECTIFYING: "wait",
    AgreementState.EXPIRED: "rest",
    AgreementState.TERMINATED: "rest",
}


def stations(lineage: Lineage) -> list[tuple[str, Sequence[Box]]]:
    """Source, sync, resource, agreements by state: each with its name and its boxes."""
    resource = lineage.resource
    return [
        (_("Source system"), [_source(lineage)]),
        (_("Sync"), [_sync(lineage)]),
        (
            _("Resource"),
            [Box(resource.name, str(resource.department), "here")],
        ),
        (_("Agreements"), _agreements(lineage)),
    ]


def picture(lineage: Lineage) -> SafeString:
    """From left to right, for a screen that is wide enough."""
    return flow(_boxes(lineage), id="lineage-picture", title=_title(lineage))


def narrow_picture(lineage: Lineage) -> SafeString:
    """From top to bottom, for a telephone."""
    return flow_down(_boxes(lineage), id="lineage-narrow", title=_title(lineage))


def _boxes(lineage: Lineage) -> list[Sequence[Box]]:
    return [boxes for _name, boxes in stations(lineage)]


def _title(lineage: Lineage) -> str:
    return _("Lineage of %(resource)s") % {"resource": lineage.resource.name}


def _source(lineage: Lineage) -> Box:
    resource, job = lineage.resource, lineage.job
    if job is not None:
        return Box(job.source.name, job.relation)
    collector = str(resource.source_department or resource.department)
    if resource.source_system:
        return Box(resource.source_system, collector)
    return Box(collector, _("source system not stated"))


def _sync(lineage: Lineage) -> Box:
    changed_at = lineage.resource.rows_changed_at
    if changed_at is None:
        return Box(_("Sync"), _("no rows yet"), "rest")
    return Box(_("Sync"), prose_moment(changed_at), "go")


def _agreements(lineage: Lineage) -> list[Box]:
    boxes = []
    for state, number in lineage.by_state:
        words = ngettext("%(number)s agreement", "%(number)s agreements", number)
        boxes.append(Box(str(state.label), words % {"number": number}, TONES[state]))
    if boxes:
        return boxes
    if lineage.users:
        words = ngettext(
            "%(number)s department draws", "%(number)s departments draw", lineage.users
        )
        return [Box(_("Agreements"), words % {"number": lineage.users}, "go")]
    return [Box(_("Agreements"), _("none that you may see"), "rest")]
