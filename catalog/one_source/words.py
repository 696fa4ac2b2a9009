"""Words that people give, and names as the database compares them."""

from collections.abc import Iterable

from django.db import connection
from django.utils.translation import gettext as _

from portal.common.errors import Invalid
from portal.common.plain_text import fault_of


def stated(field: str, given: str, most: int) -> str:
    """The words without spaces around them. Raises Invalid for none, too many or unprintable ones."""
    words = given.strip()
    fault = fault_of(words) if words else _("Fill in this field.")
    if not fault and len(words) > most:
        fault = _("At most %(most)s characters.") % {"most": most}
    if fault:
        raise Invalid(_("The input has errors."), fields={field: [str(fault)]})
    return words


def normals(names: Iterable[str]) -> list[str]:
    """The names as the database compares them."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT catalog_item_normal(name)"
            " FROM unnest(%s::text[]) WITH ORDINALITY AS t(name, n) ORDER BY n",
            [list(names)],
        )
        return [row[0] for row in cursor.fetchall()]
