"""How a person is reached: the e-mail address, and the language that the portal writes in."""

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from audit.services import record
from portal.common.errors import Invalid
from portal.organisation.models import User
from portal.organisation.permissions import may_open_accounts


@transaction.atomic
def change_email(*, person: User, email: str, by: User) -> User:
    """Set the address that notices go to; empty: none. The trail says that it changed, not to what."""
    may_open_accounts(by).enforce()
    held = User.objects.select_for_update(of=("self",)).get(pk=person.pk)
    held.email = email.strip()
    try:
        held.clean_fields(exclude=[one.name for one in User._meta.fields if one.name != "email"])
    except ValidationError as wrong:
        raise Invalid(_("The address was not kept."), fields=wrong.message_dict) from wrong
    held.save(update_fields=["email"])
    record(actor=by, action="organisation.email.change", target=held, has_address=bool(held.email))
    return held


@transaction.atomic
def remember_language(*, user: User, language: str) -> None:
    """Keep the language in which `user` uses the portal now, so that e-mails come in it too."""
    if language not in dict(settings.LANGUAGES) or language == user.language:
        return
    User.objects.filter(pk=user.pk).update(language=language)
    user.language = language
    record(actor=user, action="organisation.language.change", target=user, language=language)
