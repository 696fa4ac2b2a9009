"""Versions of terms: written once, and taken over by their agreement when both heads confirmed."""

from django.db.models import Max

from catalog.models import DataItem
from portal.organisation.models import User
from sharing import row_filters
from sharing.models import Agreement, AgreementItem, AgreementVersion, VersionKind
from sharing.terms import QUOTAS, Terms, content_hash, document_of, terms_of


def write(
    held: Agreement, terms: Terms, *, kind: VersionKind, reason: str, by: User
) -> AgreementVersion:
    """Keep the terms under the next number and propose them. The agreement is held by the caller."""
    last = held.versions.aggregate(last=Max("number"))["last"] or 0
    document = document_of(held, terms, number=last + 1)
    version = AgreementVersion.objects.create(
        agreement=held,
        number=last + 1,
        kind=kind,
        terms=document,
        content_hash=content_hash(document),
        reason=reason,
        made_by=by,
    )
    held.version_proposed = version
    held.save(update_fields=["version_proposed"])
    return version


def take_over(held: Agreement, version: AgreementVersion) -> bool:
    """Write what the version says onto the agreement; tell whether something else is let out now."""
    terms = terms_of(version)
    held.version_in_force, held.version_proposed = version, None
    held.purpose = f"{terms.purpose}\n{terms.basis}"
    held.scope = terms.scope
    held.ends_on = terms.ends_on
    before = _let_out(held)
    held.row_filter, held.masks = row_filters.documents(terms.row_filter), terms.masks
    held.verification_only, held.canary = terms.verification_only, terms.canary
    for quota in QUOTAS:
        setattr(held, quota, getattr(terms, quota))
    held.save(
        update_fields=[
            "version_in_force",
            "version_proposed",
            "purpose",
            "scope",
            "ends_on",
            "row_filter",
            "masks",
            "verification_only",
            "canary",
            *QUOTAS,
        ]
    )
    has_other_items = _take_items(held, terms.items)
    return has_other_items or before != _let_out(held)


def _let_out(held: Agreement) -> tuple[object, ...]:
    return held.row_filter, held.masks, held.verification_only, held.canary


def _take_items(held: Agreement, columns: tuple[str, ...]) -> bool:
    before = set(held.agreed_items.values_list("item__column", flat=True))
    if before == set(columns):
        return False
    held.agreed_items.exclude(item__column__in=columns).delete()
    new = DataItem.objects.filter(resource=held.resource_id, column__in=set(columns) - before)
    AgreementItem.objects.bulk_create(AgreementItem(agreement=held, item=item) for item in new)
    return True
