"""Information systems and their credentials. A secret is returned once and stored only as a hash."""

import hashlib
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from oauth2_provider.models import (
    get_access_token_model,
    get_application_model,
    get_refresh_token_model,
)

from audit.services import record
from portal.common.errors import DomainError, Invalid
from portal.organisation.models import ApiKey, Department, InformationSystem, User
from portal.organisation.permissions import may_manage_systems

Application = get_application_model()
LONGEST_DAYS = 365
KEY_START = "gdsp"


@dataclass(frozen=True, slots=True)
class NewApiKey:
    """`secret` is what the system sends as `Authorization: Api-Key …`; it is never shown again."""

    key: ApiKey
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class NewClient:
    """OAuth2 client credentials for `/oauth/token/`; the secret is never shown again."""

    client_id: str
    client_secret: str = field(repr=False)


def digest(secret: str) -> bytes:
    """What is stored of an API key: 256 random bits need neither salt nor a slow hash."""
    return hashlib.sha256(secret.encode()).digest()


@transaction.atomic
def register_system(
    *, name: str, department: Department, by: User, mlps_level: int = 3, contact: str = ""
) -> InformationSystem:
    may_manage_systems(by, department).enforce()
    system = InformationSystem(
        name=name.strip(), department=department, mlps_level=mlps_level, contact=contact.strip()
    )
    try:
        system.full_clean()
    except ValidationError as wrong:
        raise Invalid(_("The system has errors."), fields=wrong.message_dict) from wrong
    system.save()
    record(actor=by, action="organisation.system.register", target=system, mlps_level=mlps_level)
    return system


@transaction.atomic
def deactivate_system(*, system: InformationSystem, by: User) -> InformationSystem:
    """Close a system: its keys, its client and its live tokens end in this transaction."""
    held = _managed(system, by)
    held.is_active = False
    held.save(update_fields=["is_active"])
    held.api_keys.filter(revoked_at=None).update(revoked_at=timezone.now())
    _drop_client(held)
    record(actor=by, action="organisation.system.deactivate", target=held)
    return held


@transaction.atomic
def issue_api_key(*, system: InformationSystem, days: int, by: User) -> NewApiKey:
    """A key that expires after `days`, at most a year."""
    held = _managed(system, by, must_be_active=True)
    if not 1 <= days <= LONGEST_DAYS:
        words = _("Between 1 and %(longest)s days.") % {"longest": LONGEST_DAYS}
        raise Invalid(_("The key has errors."), fields={"days": [words]})
    prefix = secrets.token_hex(4)
    secret = f"{KEY_START}_{prefix}_{secrets.token_urlsafe(32)}"
    key = ApiKey.objects.create(
        system=held,
        prefix=prefix,
        digest=digest(secret),
        created_by=by,
        expires_at=timezone.now() + timedelta(days=days),
    )
    record(
        actor=by,
        action="organisation.key.issue",
        target=held,
        prefix=prefix,
        expires_at=key.expires_at,
    )
    return NewApiKey(key=key, secret=secret)


@transaction.atomic
def revoke_api_key(*, key: ApiKey, by: User) -> ApiKey:
    """End a key at once; the next call with it is refused."""
    held = ApiKey.objects.select_for_update().get(pk=key.pk)
    _managed(held.system, by)
    if held.revoked_at is not None:
        raise DomainError(_("The key has been revoked already."), code="revoked")
    held.revoked_at = timezone.now()
    held.save(update_fields=["revoked_at"])
    record(actor=by, action="organisation.key.revoke", target=held.system, prefix=held.prefix)
    return held


def note_use(*, key: ApiKey, at: datetime) -> None:
    """When a key was last used; no act of anybody, so nothing is recorded."""
    ApiKey.objects.filter(pk=key.pk).update(last_used_at=at)


@transaction.atomic
def issue_client(*, system: InformationSystem, by: User) -> NewClient:
    """New OAuth2 client credentials. Earlier ones, and the tokens issued for them, end at once."""
    held = _managed(system, by, must_be_active=True)
    _drop_client(held)
    secret = secrets.token_urlsafe(48)
    application = Application(
        name=f"{held.department} · {held.name}"[:255],
        client_type=Application.CLIENT_CONFIDENTIAL,
        authorization_grant_type=Application.GRANT_CLIENT_CREDENTIALS,
        client_secret=secret,
        hash_client_secret=True,
    )
    application.save()
    held.application = application
    held.save(update_fields=["application"])
    record(
        actor=by,
        action="organisation.client.issue",
        target=held,
        client_id=application.client_id,
    )
    return NewClient(client_id=application.client_id, client_secret=secret)


@transaction.atomic
def revoke_client(*, system: InformationSystem, by: User) -> None:
    """End the client credentials and the tokens issued for them."""
    held = _managed(system, by)
    client_id = _drop_client(held)
    if client_id is None:
        raise DomainError(_("The system has no client credentials."), code="no_client")
    record(actor=by, action="organisation.client.revoke", target=held, client_id=client_id)


def _managed(
    system: InformationSystem, by: User, *, must_be_active: bool = False
) -> InformationSystem:
    held = (
        InformationSystem.objects.select_for_update(of=("self",))
        .select_related("department", "application")
        .get(pk=system.pk)
    )
    may_manage_systems(by, held.department).enforce()
    if must_be_active and not held.is_active:
        raise DomainError(_("The system is closed."), code="closed")
    return held


def _drop_client(system: InformationSystem) -> str | None:
    application = system.application
    if application is None:
        return None
    system.application = None
    system.save(update_fields=["application"])
    for model in (get_refresh_token_model(), get_access_token_model()):
        model.objects.filter(application=application).delete()
    client_id: str = application.client_id
    application.delete()
    return client_id
