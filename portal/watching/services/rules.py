"""Setting what the rules look for. Every version is kept; an alert names the one it was judged by."""

from collections.abc import Mapping

from django.db import connection, transaction
from django.utils.translation import gettext as _

import audit.services
from portal.common.errors import Invalid, NotFound, StaleVersion
from portal.organisation.models import User
from portal.watching.limits import in_force_of
from portal.watching.models import RuleVersion
from portal.watching.permissions import may_set_rules
from portal.watching.rules import RULES, Rule
from sharing.services.words import said

LOCK = "SELECT pg_advisory_xact_lock('watching_ruleversion'::regclass::oid::int, hashtext(%s))"


@transaction.atomic
def set_rule(
    *, code: str, version: int, is_on: bool, limits: Mapping[str, int], reason: str, by: User
) -> RuleVersion:
    """`version` is the one that was read, 0 where none was set yet. Holds from the next round on.

    Days that were judged are not judged again unless something new comes of them.
    """
    may_set_rules(by).enforce()
    rule = RULES.get(code)
    if rule is None:
        raise NotFound(_("There is no such rule."))
    with connection.cursor() as cursor:
        cursor.execute(LOCK, [code])
    held = in_force_of(rule)
    if version != held.version:
        raise StaleVersion(_("Somebody has changed the rule since. Look at it first."))
    told = said(reason, "reason")
    errors = _wrong(rule, limits)
    if not told:
        errors["reason"] = [_("Say why.")]
    if errors:
        raise Invalid(_("The rule was not changed."), fields=errors)
    made = RuleVersion.objects.create(
        rule=code, version=version + 1, is_on=is_on, limits=dict(limits), reason=told, by=by
    )
    audit.services.record(
        actor=by,
        action="watching.rule.change",
        target=made,
        rule=code,
        before={"is_on": held.is_on, **held.limits},
        after={"is_on": is_on, **limits},
        reason=told,
    )
    return made


def _wrong(rule: Rule, limits: Mapping[str, int]) -> dict[str, list[str]]:
    errors: dict[str, list[str]] = {}
    for one in rule.thresholds:
        value = limits.get(one.name)
        if value is None or not one.least <= value <= one.most:
            words = _("Between %(least)s and %(most)s.") % {"least": one.least, "most": one.most}
            errors[one.name] = [words]
    if unknown := set(limits) - set(rule.defaults):
        raise Invalid(_("The rule has no threshold %(name)s.") % {"name": min(unknown)})
    return errors
