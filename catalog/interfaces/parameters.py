"""What a caller gives along with a call of an interface: read, and held against what the call allows."""

from collections.abc import Mapping, Sequence

from django.utils.translation import gettext as _

from catalog.models import InterfaceCall
from portal.common.errors import Invalid

Parameters = Mapping[str, Sequence[str]]
LONGEST = 8_000


def of_document(document: object) -> dict[str, list[str]]:
    """A JSON object of texts, numbers, and lists of them. Raises Invalid."""
    if not isinstance(document, Mapping):
        raise Invalid(_("The call has errors."), fields={"body": [_("Not a JSON object.")]})
    words = _("A text, a number, or a list of them.")
    wrong: dict[str, list[str]] = {}
    found: dict[str, list[str]] = {}
    for name, value in document.items():
        listed = value if isinstance(value, list) else [value]
        # Numbers come as they were written: the parser of bodies leaves them as texts.
        if not all(isinstance(one, str) for one in listed):
            wrong[str(name)[:60]] = [words]
        else:
            found[str(name)] = listed
    if wrong:
        raise Invalid(_("The call has errors."), fields=wrong)
    return found


def check(call: InterfaceCall, parameters: Parameters) -> None:
    """Raises Invalid for what the call does not allow."""
    known = set(call.parameters)
    words = _("Not a parameter of this call.")
    wrong = {name[:60]: [words] for name in parameters if name not in known}
    length = sum(len(value) for values in parameters.values() for value in values)
    if length > LONGEST:
        wrong["parameters"] = [_("At most %(most)s characters in all.") % {"most": LONGEST}]
    if wrong:
        raise Invalid(_("The call has errors."), fields=wrong)
