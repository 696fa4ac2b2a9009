from django.utils.translation import gettext_lazy as _

from portal.common.text import Text

ACTIONS: dict[str, Text] = {
    "organisation.login.succeed": _("signed in"),
    "organisation.login.fail": _("failed to sign in"),
    "organisation.login.lock": _("was locked out"),
    "organisation.logout": _("signed out"),
    "organisation.password.change": _("changed the password"),
    "organisation.department.create": _("created a department"),
    "organisation.person.open": _("opened an account"),
    "organisation.person.move": _("moved a person to another department"),
    "organisation.person.deactivate": _("closed an account"),
    "organisation.email.change": _("changed a person's e-mail address"),
    "organisation.language.change": _("changed the language of the portal"),
    "organisation.duty.appoint": _("appointed to a duty"),
    "organisation.duty.dismiss": _("dismissed from a duty"),
    "organisation.substitute.name": _("named a substitute"),
    "organisation.substitute.end": _("ended a substitution"),
    "organisation.system.register": _("registered an information system"),
    "organisation.system.deactivate": _("closed an information system"),
    "organisation.key.issue": _("issued an API key"),
    "organisation.key.revoke": _("revoked an API key"),
    "organisation.client.issue": _("issued OAuth2 client credentials"),
    "organisation.client.revoke": _("revoked OAuth2 client credentials"),
    "organisation.token.issue": _("issued an access token"),
    "organisation.token.deny": _("refused an access token"),
    "organisation.calendar.publish": _("published a working-day calendar"),
}
