"""What an entry's facts are called on the pages, and what their codes mean.

The trail keeps names and codes as they are, so that they stay what was sealed; the page of an entry says
them in words. What is not here takes the name of the target's own field, or is shown as it is.
"""

from typing import Any

from django.apps import apps
from django.core.exceptions import FieldDoesNotExist
from django.db.models import Field
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from portal.common.text import Text

NAMES: dict[str, Text] = {
    "added": _("Added"),
    "agreed": _("At the portal: rows and checksum"),
    "agreement": _("Agreement"),
    "asked": _("Looked for"),
    "assessments_voided": _("Assessments to be made anew"),
    "attempts": _("Attempts"),
    "attribute": _("Sharing attribute"),
    "bad": _("Bad rows"),
    "basis": _("Basis"),
    "brings_removed": _("Removed ones come again"),
    "bulk_import": _("File of entries"),
    "bytes": _("Bytes"),
    "calendar_version": _("Version of the calendar"),
    "call": _("Call"),
    "change": _("Change"),
    "changed": _("Changed"),
    "changes": _("Changes"),
    "classification": _("Classification"),
    "client_id": _("Client id"),
    "code": _("Code"),
    "codename": _("Right"),
    "codes": _("Number of codes"),
    "column": _("Column"),
    "columns": _("Columns"),
    "consents": _("Express consents"),
    "content_hash": _("Digest of the terms"),
    "counted": _("Counted"),
    "created": _("New"),
    "criteria": _("Looked for"),
    "datum": _("Datum"),
    "day": _("Day"),
    "days": _("Working days"),
    "days_back": _("Days back"),
    "deleted": _("Deleted"),
    "department": _("Department"),
    "departments": _("Departments"),
    "digest": _("Digest"),
    "due": _("Due"),
    "duties": _("Duties"),
    "duty": _("Duty"),
    "ended": _("Ended"),
    "ends_on": _("Until"),
    "entries": pgettext_lazy("audit", "Entries"),
    "entry": pgettext_lazy("audit", "Entry"),
    "entry_state": _("State of the entry"),
    "error": _("Error"),
    "event": _("Event"),
    "events": _("Events"),
    "expires_at": _("Expires"),
    "export": _("Prepared export"),
    "failure": _("Failure"),
    "failures": _("Failures"),
    "figures": _("Figures"),
    "file": _("File"),
    "findings": _("Findings"),
    "first": _("First day"),
    "fitting": _("Agreements it fits"),
    "format": _("Format"),
    "found": _("Found"),
    "from_department": _("Department before"),
    "grants": _("Grants"),
    "groups": _("Groups"),
    "had_lapsed": _("Had lapsed"),
    "happened_on": _("Happened on"),
    "has_address": _("Has an address"),
    "head": _("Tree head"),
    "hidden": _("Hidden items"),
    "holidays": _("Holidays"),
    "identifier": _("Identifier"),
    "inserted": _("Inserted"),
    "is_competent": _("Competent department"),
    "is_equal": _("Both sides are equal"),
    "is_passed": _("Passed"),
    "is_present": _("Concerned"),
    "is_reference": _("Reference"),
    "item": _("Data item"),
    "items": _("Data items"),
    "items_after": _("Data items after"),
    "items_before": _("Data items before"),
    "key": _("Key"),
    "kind": _("Kind"),
    "known": _("Known"),
    "language": _("Language"),
    "last": _("Last day"),
    "left_out": _("Left out"),
    "mail": _("Mail"),
    "makeup_days": _("Working days at weekends"),
    "mapping": _("Mapping"),
    "masked": _("Masked items"),
    "masks": _("Masked items"),
    "method": pgettext_lazy("HTTP", "Method"),
    "missing": _("Missing"),
    "mlps_level": _("Level of protection (MLPS)"),
    "moved": _("Moved"),
    "name": _("Name"),
    "named": _("Agreements it names"),
    "names": _("Names"),
    "needs_new_entry": _("Needs a new entry"),
    "network": _("Network"),
    "next_attempt_at": _("Next attempt"),
    "note": _("Note"),
    "number": _("Number"),
    "open": pgettext_lazy("duplicates", "Open"),
    "opinion": _("Opinion"),
    "origin": _("Origin"),
    "other": _("The other entry"),
    "outcome": _("Outcome"),
    "page": pgettext_lazy("audit", "Page or call"),
    "password_is_new": _("New password"),
    "path": _("Address"),
    "place": _("Place"),
    "planted": _("Canary rows it holds"),
    "posting": _("Posting"),
    "prefix": _("Begins with"),
    "problems": _("Problems"),
    "provisional": _("Provisional"),
    "publication": _("Publication in the source"),
    "push": _("Push"),
    "query": _("Asked for"),
    "question": _("Asked for"),
    "read": _("Rows read"),
    "reading": _("Mode of reading"),
    "reason": _("Reason"),
    "reasons": _("Reasons"),
    "region": _("Region"),
    "relation": _("Table of the source"),
    "request": _("Sharing request"),
    "requester": _("Requester"),
    "requests": _("Sharing requests"),
    "resource": _("Resource"),
    "resources": _("Resources"),
    "revised": _("Revised"),
    "row_filter": _("Row scope"),
    "rows": _("Rows"),
    "rule": _("Rule"),
    "rule_version": _("Version of the rule"),
    "scanned": _("Scanned for malware"),
    "scope": _("Scope"),
    "score": _("Score"),
    "seconds": _("Seconds"),
    "secret_is_new": _("New secret"),
    "sha256": _("SHA-256"),
    "sharing_attribute": _("Sharing attribute"),
    "shipped": _("Comes with the portal"),
    "shown": _("Entries shown"),
    "side": _("Side"),
    "size": _("Size in bytes"),
    "slot": _("Slot in the source"),
    "source": _("Source"),
    "starts_on": _("From"),
    "state": _("State"),
    "status": pgettext_lazy("HTTP", "Status"),
    "subject": _("Subject"),
    "submitted_at": _("Submitted"),
    "substitute": _("Substitute"),
    "tasks": _("Tasks"),
    "terms": _("Terms"),
    "times": _("Times more"),
    "to_department": _("Department after"),
    "unchanged": _("Unchanged"),
    "unsealed": _("Not yet sealed"),
    "until": _("Until"),
    "updated": _("Updated"),
    "url": _("Address"),
    "uscc": _("Unified social credit code"),
    "use_until": _("Use until"),
    "username": _("Username"),
    "valid_from": _("Valid from"),
    "vanished": _("Vanished"),
    "verdict": _("Verdict"),
    "version": _("Version"),
    "waiting": _("Waiting"),
    "was": _("Before"),
    "words": _("Statement"),
    "written": _("Written"),
    "year": _("Year"),
}


def name_of(fact: str, target_type: str) -> Text:
    """The fact in words; `target_type` is what the entry acted on, as the trail writes it."""
    if fact in NAMES:
        return NAMES[fact]
    field = _field(fact, target_type)
    return fact if field is None else capfirst(str(field.verbose_name))


def meaning_of(fact: str, value: Any, target_type: str) -> Any:
    """A code of the target's own field in words; anything else is given back as it is."""
    field = _field(fact, target_type)
    if field is None or not field.choices or not isinstance(value, str):
        return value
    return dict(field.flatchoices).get(value, value)


def _field(fact: str, target_type: str) -> "Field[Any, Any] | None":
    try:
        field = apps.get_model(target_type)._meta.get_field(fact)
    except (LookupError, ValueError, FieldDoesNotExist):
        return None
    return field if isinstance(field, Field) else None
