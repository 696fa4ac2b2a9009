"""Which agreements the trail's entries about a resource are under, and where the evidence of a case is."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse

from audit.related import Addressed, Evidence, Page, Related
from sharing.models import Agreement, SharingRequest


def _agreements(key: str) -> dict[str, Sequence[str]]:
    if not _is_number(key):
        return {}
    found = Agreement.objects.filter(resource=int(key)).order_by("pk")
    return {Agreement._meta.label_lower: [str(pk) for pk in found.values_list("pk", flat=True)]}


def _pack_of_request(key: str) -> str:
    return _pack(SharingRequest.objects.filter(pk=int(key))) if _is_number(key) else ""


def _pack_of_agreement(key: str) -> str:
    return _pack(SharingRequest.objects.filter(agreement=int(key))) if _is_number(key) else ""


def _pack(found: QuerySet[SharingRequest]) -> str:
    number = found.values_list("number", flat=True).first()
    return reverse("sharing:request_evidence", args=[number]) if number else ""


def _request(arguments: Mapping[str, Any]) -> SharingRequest | None:
    return SharingRequest.objects.filter(number=arguments["number"]).first()


def _agreement(arguments: Mapping[str, Any]) -> Agreement | None:
    found = Agreement.objects.select_related("resource")
    return found.filter(number=arguments["number"]).first()


def _is_number(key: str) -> bool:
    return key.isascii() and key.isdigit() and len(key) <= 15


def _agreement_of_request(key: str) -> dict[str, Sequence[str]]:
    if not _is_number(key):
        return {}
    found = Agreement.objects.filter(request=int(key)).values_list("pk", flat=True)
    return {Agreement._meta.label_lower: [str(pk) for pk in found]}


def _page_of_request(key: str) -> str:
    found = SharingRequest.objects.filter(pk=int(key)).first() if _is_number(key) else None
    return found.get_absolute_url() if found else ""


def _page_of_agreement(key: str) -> str:
    found = Agreement.objects.filter(pk=int(key)).first() if _is_number(key) else None
    return found.get_absolute_url() if found else ""


RELATED: dict[str, Related] = {
    "catalog.resource": _agreements,
    "sharing.sharingrequest": _agreement_of_request,
}
EVIDENCE: dict[str, Evidence] = {
    "sharing.sharingrequest": _pack_of_request,
    "sharing.agreement": _pack_of_agreement,
}
PAGES: dict[str, Page] = {
    "sharing.sharingrequest": _page_of_request,
    "sharing.agreement": _page_of_agreement,
}
ADDRESSED: dict[str, Addressed] = {
    "sharing/requests/<str:number>/": _request,
    "sharing/agreements/<str:number>/": _agreement,
    "api/v1/requests/<str:number>/": _request,
    "api/v1/agreements/<str:number>/": _agreement,
}
