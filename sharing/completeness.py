"""What a request still lacks, and what was seen of several: asked by pages and by services alike."""

from collections.abc import Sequence

from django.db.models import Q
from django.utils.translation import gettext as _

from catalog.models import Grade
from sharing import deadlines
from sharing.models import SharingRequest


def gaps(request: SharingRequest) -> dict[str, list[str]]:
    """What Art. 20 asks and the request does not say yet, by field; empty when it is complete."""
    missing: dict[str, list[str]] = {}
    texts = {
        "use_basis": _("State the basis: which duty, which law, which article."),
        "use_scene": _("State the scene: in which business, at which step."),
        "use_scope": _("State the scope: who uses the data, for how many people or places."),
        "sharing_mode": _("Choose how the data shall come."),
    }
    for name, words in texts.items():
        if not getattr(request, name):
            missing[name] = [words]
    if request.use_until is None:
        missing["use_until"] = [_("State until when the data is used.")]
    elif request.use_until < deadlines.today():
        missing["use_until"] = [_("This day has passed.")]
    if not request.requested_items.filter(item__is_key=False).exists():
        missing["items"] = [_("Choose at least one data item besides the key.")]
    if not request.security_measures and _are_protected(request):
        missing["security_measures"] = [
            _("State how you protect the data: it is personal or of grade L3 or higher.")
        ]
    if not request.is_vouched_for:
        missing["is_vouched_for"] = [
            _("Vouch that the request is true, lawful and necessary (Decree 809, Art. 20).")
        ]
    return missing


def _are_protected(request: SharingRequest) -> bool:
    """Whether items are asked for that the provider cannot give without knowing their protection."""
    asked = request.requested_items
    return asked.filter(
        Q(item__is_personal=True) | Q(item__grade__in=(Grade.L3, Grade.L4)), item__is_key=False
    ).exists()


def seen_of(parts: Sequence[SharingRequest]) -> str:
    """What a page saw of the parts: their versions, so that nobody decides on words they have not seen."""
    return "-".join(f"{one.pk}.{one.version}" for one in sorted(parts, key=lambda one: one.pk))
