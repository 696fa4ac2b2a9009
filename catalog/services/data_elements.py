"""Data elements: every publication is a new version of the element."""

from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from audit.services import record
from catalog.models import CodeList, DataElement, DataElementVersion, ItemType
from catalog.standards.permissions import may_keep_standards
from portal.common.errors import Invalid, StaleVersion, WrongState
from portal.common.plain_text import fault_of
from portal.organisation.models import User

TEXTS = ("name", "name_en", "definition", "standard")


@dataclass(frozen=True, slots=True, kw_only=True)
class ElementData:
    """`code_list` is the identifier of a list, "" for none."""

    name: str
    definition: str
    type: str
    name_en: str = ""
    length: int | None = None
    code_list: str = ""
    standard: str = ""


@transaction.atomic
def create_element(*, identifier: str, data: ElementData, by: User) -> DataElement:
    may_keep_standards(by).enforce()
    return add_element(identifier, data, by=by)


def add_element(identifier: str, data: ElementData, *, by: User | None) -> DataElement:
    """The element with its first version, in the caller's transaction, which has asked the right."""
    made = DataElement(identifier=identifier.strip())
    errors: dict[str, list[str]] = {}
    try:
        made.full_clean(exclude={"current"}, validate_constraints=False)
    except ValidationError as wrong:
        errors |= {name: list(words) for name, words in wrong.message_dict.items()}
    if errors:
        raise Invalid(_("The input has errors."), fields=errors)
    made.save(force_insert=True)
    publish(made, data, by=by)
    return made


@transaction.atomic
def change_element(
    *, element: DataElement, version: int, data: ElementData, by: User
) -> DataElement:
    """A new version, written on the grounds of `version`; none when nothing is different.

    Items that are bound to the element keep what they state: when it contradicts the new version,
    their steward is told at the next change of the entry.
    """
    may_keep_standards(by).enforce()
    held = DataElement.objects.select_for_update(of=("self",)).get(pk=element.pk)
    if held.retired_at is not None:
        raise WrongState(_("The data element has been retired."))
    current = held.versions.order_by("-number").first()
    if current is None or current.number != version:
        raise StaleVersion(
            _(
                "While you were editing, somebody published another version of this data element."
                " Nothing of yours was written. Look at that version and enter your changes again."
            )
        )
    if told(current) != data:
        publish(held, data, by=by)
    return held


@transaction.atomic
def retire_element(*, element: DataElement, by: User) -> DataElement:
    """Nothing more is bound to the element; what is bound stays so."""
    may_keep_standards(by).enforce()
    held = DataElement.objects.select_for_update(of=("self",)).get(pk=element.pk)
    if held.retired_at is not None:
        raise WrongState(_("The data element has been retired."))
    held.retired_at = timezone.now()
    held.save(update_fields=["retired_at"])
    record(actor=by, action="catalog.data_element.retire", target=held, identifier=held.identifier)
    return held


def publish(element: DataElement, data: ElementData, *, by: User | None) -> DataElementVersion:
    """The next version, recorded, in the caller's transaction; raises Invalid for unsound data."""
    latest = element.versions.order_by("-number").first()
    version = DataElementVersion(
        element=element,
        number=1 if latest is None else latest.number + 1,
        name=data.name.strip(),
        name_en=data.name_en.strip(),
        definition=data.definition.strip(),
        type=data.type,
        length=data.length,
        standard=data.standard.strip(),
        by=by,
        at=timezone.now(),
    )
    errors: dict[str, list[str]] = {}
    for name in TEXTS:
        if fault := fault_of(getattr(version, name), of_one_line=True):
            errors[name] = [fault]
    try:
        version.clean_fields(exclude={"element", "code_list", "by", "at", *errors})
    except ValidationError as wrong:
        errors |= {name: list(words) for name, words in wrong.message_dict.items()}
    if data.code_list:
        errors |= _bind(version, data.code_list)
    if errors:
        raise Invalid(_("The input has errors."), fields=errors)
    version.save(force_insert=True)
    element.current = version
    element.save(update_fields=["current"])
    record(
        actor=by,
        action="catalog.data_element.publish",
        target=element,
        identifier=element.identifier,
        number=version.number,
    )
    return version


def told(version: DataElementVersion) -> ElementData:
    """The version as it could be written again."""
    return ElementData(
        name=version.name,
        name_en=version.name_en,
        definition=version.definition,
        type=version.type,
        length=version.length,
        code_list=version.code_list_id or "",
        standard=version.standard,
    )


def _bind(version: DataElementVersion, identifier: str) -> dict[str, list[str]]:
    if version.type != ItemType.CHARACTER:
        return {"code_list": [_("Codes are characters: choose the type character.")]}
    if (
        fault_of(identifier)
        or not CodeList.objects.filter(identifier=identifier, retired_at=None).exists()
    ):
        return {"code_list": [_("There is no such code list, or it has been retired.")]}
    version.code_list_id = identifier
    return {}
