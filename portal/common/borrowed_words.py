"""Sentences of Django and REST framework that our own catalogue says in better Chinese.

Theirs mislead (that of a NUL speaks of empty strings) or read as if a machine wrote them. A text of
ours goes before theirs of the same id; that they stand here is what keeps them in our catalogue.
"""

from django.utils.translation import gettext_noop, ngettext_lazy

BORROWED = (
    gettext_noop("Null characters are not allowed."),
    gettext_noop("Ensure this field has no more than {max_length} characters."),
    gettext_noop("Item %(nth)s in the array did not validate:"),
    ngettext_lazy(
        "Ensure this value has at most %(limit_value)d character (it has %(show_value)d).",
        "Ensure this value has at most %(limit_value)d characters (it has %(show_value)d).",
        "limit_value",
    ),
)
