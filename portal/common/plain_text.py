"""Text that a person or a file gives for others to read: plain, and showing what it holds."""

import re
import unicodedata

from .errors import Invalid
from .worded import Worded
from .worded import gettext as _

# Marks that reverse the order of what follows: with them a text reads otherwise than it is stored.
DIRECTION = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
# What takes no place and shapes no letter: two names that differ by one read alike.
UNSEEN = frozenset("\u00ad\u200b\u2060\ufeff")
MOST = 2000
SOUND = Worded(str)
LAYOUT = frozenset("\n\r\t")
MARKUP = re.compile(r"<\s*[/!?]?\s*[a-zA-Z]")


def fault_of(text: str, *, of_one_line: bool = False) -> Worded:
    """What is wrong with `text`, as a sentence for who gave it; empty when it is plain text.

    "a < b" is plain text; a tag is not, and neither are control characters, marks that change the
    direction of writing, characters without width, or halves of characters, which no database takes.
    """
    for character in text:
        if character in DIRECTION:
            return _("It holds an invisible mark that changes the direction of writing: remove it.")
        if character in UNSEEN:
            return _("It holds an invisible character (%(code)s): remove it.") % {
                "code": f"U+{ord(character):04X}"
            }
        kind = unicodedata.category(character)
        if kind in {"Cc", "Cs"} and (of_one_line or character not in LAYOUT):
            return _("It holds a control character (%(code)s): remove it.") % {
                "code": f"U+{ord(character):04X}"
            }
    if MARKUP.search(text):
        return _("It holds HTML. Write plain text: tags are not interpreted here.")
    return SOUND


def plain_words(words: str, *, field: str) -> str:
    """The words without the space around them, perhaps none; Invalid at `field` unless plain text.

    For what people say when they act: opinions, reasons, messages, of at most 2,000 characters.
    """
    words = words.strip()
    fault = fault_of(words)
    if len(words) > MOST:
        fault = _("At most %(most)s characters.") % {"most": MOST}
    if fault:
        raise Invalid(_("The input has errors."), fields={field: [fault]})
    return words
