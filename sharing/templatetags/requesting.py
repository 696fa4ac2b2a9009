"""`{% load requesting %}`: what other rooms' pages say of requests."""

from django import template
from django.contrib.auth.models import AnonymousUser

from catalog.models import Resource
from portal.organisation.models import User
from sharing import permissions
from sharing.models import Agreement, SharingRequest

register = template.Library()


@register.simple_tag
def own_agreement_or_request(
    user: User | AnonymousUser, resource: Resource
) -> Agreement | SharingRequest | None:
    """What the person's department has of the resource already; nothing for a visitor."""
    if isinstance(user, AnonymousUser):
        return None
    return permissions.standing(user, resource)
