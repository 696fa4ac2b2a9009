"""Resource codes: given out by the scheme that the setting RESOURCE_CODE_SCHEME names.

Provinces have their own code rules, so a scheme is any class with `next_code`.
"""

from typing import Protocol

from django.conf import settings
from django.utils.module_loading import import_string

from .models import CodeSequence, Resource

DEFAULT_SCHEME = "catalog.codes.GuideScheme"


class CodeScheme(Protocol):
    def next_code(self, *, resource_class: str, classification: str) -> str:
        """A code that no entry has or ever had. Runs in the transaction that makes the entry."""
        ...


class GuideScheme:
    """The compiling guide of 2017: class digit and classification, "/", six-digit sequence.

    A number is given out once: the sequence row stays locked until the entry is saved, and numbers
    of entries that came in with their own code are passed over.
    """

    def next_code(self, *, resource_class: str, classification: str) -> str:
        return self.next_codes(
            resource_class=resource_class, classification=classification, count=1
        )[0]

    def next_codes(self, *, resource_class: str, classification: str, count: int) -> list[str]:
        """As many codes at once, which take no more questions than one."""
        front = f"{resource_class}{classification}"
        CodeSequence.objects.get_or_create(classification=front)
        sequence = CodeSequence.objects.select_for_update().get(classification=front)
        found: list[str] = []
        while len(found) < count:
            wanted = range(sequence.last + 1, sequence.last + 1 + count - len(found))
            codes = [f"{front}/{number:06d}" for number in wanted]
            taken = set(Resource.objects.filter(code__in=codes).values_list("code", flat=True))
            found += [code for code in codes if code not in taken]
            sequence.last += len(codes)
        sequence.save(update_fields=["last"])
        return found


def scheme() -> CodeScheme:
    chosen: type[CodeScheme] = import_string(
        getattr(settings, "RESOURCE_CODE_SCHEME", DEFAULT_SCHEME)
    )
    return chosen()


def next_code(*, resource_class: str, classification: str) -> str:
    return scheme().next_code(resource_class=resource_class, classification=classification)


def next_codes(*, resource_class: str, classification: str, count: int) -> list[str]:
    """Codes for many entries of one classification; a scheme may give them out at once."""
    chosen = scheme()
    at_once = getattr(chosen, "next_codes", None)
    if at_once is not None:
        found: list[str] = at_once(
            resource_class=resource_class, classification=classification, count=count
        )
        return found
    return [
        chosen.next_code(resource_class=resource_class, classification=classification)
        for _number in range(count)
    ]
