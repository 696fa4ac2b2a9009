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
        front = f"{resource_class}{classification}"
        CodeSequence.objects.get_or_create(classification=front)
        sequence = CodeSequence.objects.select_for_update().get(classification=front)
        while True:
            sequence.last += 1
            code = f"{front}/{sequence.last:06d}"
            if not Resource.objects.filter(code=code).exists():
                break
        sequence.save(update_fields=["last"])
        return code


def scheme() -> CodeScheme:
    chosen: type[CodeScheme] = import_string(
        getattr(settings, "RESOURCE_CODE_SCHEME", DEFAULT_SCHEME)
    )
    return chosen()


def next_code(*, resource_class: str, classification: str) -> str:
    return scheme().next_code(resource_class=resource_class, classification=classification)
