"""What went wrong in a form, as links to the fields."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.forms import BaseForm, BoundField
from django.forms.formsets import BaseFormSet
from django.utils.translation import gettext as _

from portal.common.errors import DomainError


@dataclass(frozen=True, slots=True)
class FormError:
    """`target` is the id of the control to go to, "" when the error is about no single field."""

    message: str
    target: str = ""


def all_errors(*forms: "BaseForm | BaseFormSet[Any]") -> list[FormError]:
    """The errors of all `forms` in the order of the page; none of a form that was not sent."""
    return [error for form in forms for error in _errors(form)]


def _errors(form: "BaseForm | BaseFormSet[Any]") -> Iterator[FormError]:
    if isinstance(form, BaseFormSet):
        if form.is_bound:
            yield from (FormError(str(message)) for message in form.non_form_errors())
            for one in form.forms:
                yield from _errors(one)
        return
    yield from (FormError(str(message)) for message in form.non_field_errors())
    for field in form:
        for message in field.errors:
            target = "" if field.is_hidden else control_id(field)
            yield FormError(_told(field, str(message)), target)


def _told(field: BoundField, message: str) -> str:
    """The words of the error, with the field's label before them unless they name it themselves."""
    label = str(field.label)
    if label in message:
        return message
    return _("%(label)s: %(message)s") % {"label": label, "message": message}


def control_id(field: BoundField) -> str:
    """The id that a link must name to reach the field's (first) control."""
    if field.use_fieldset:
        return f"{field.auto_id}_0"
    return field.id_for_label or field.auto_id


def add_refusal(form: BaseForm, refusal: DomainError) -> None:
    """Show a service's refusal in the form: at its fields where it names some, else above them."""
    elsewhere = {name: words for name, words in refusal.fields.items() if name not in form.fields}
    for name, words in refusal.fields.items():
        if name in form.fields:
            form.add_error(name, [str(word) for word in words])
    if elsewhere or not refusal.fields:
        words = [str(refusal.message)]
        words += [str(word) for told in elsewhere.values() for word in told]
        form.add_error(None, words)
