"""What went wrong in a form, as links to the fields."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.forms import BaseForm, BoundField
from django.forms.formsets import BaseFormSet


@dataclass(frozen=True, slots=True)
class FormError:
    """`target` is the id of the control to go to, "" when the error is about no single field."""

    message: str
    target: str = ""


def all_errors(*forms: BaseForm | BaseFormSet) -> list[FormError]:
    """The errors of all `forms` in the order of the page; none of a form that was not sent."""
    return [error for form in forms for error in _errors(form)]


def _errors(form: BaseForm | BaseFormSet) -> Iterator[FormError]:
    if isinstance(form, BaseFormSet):
        if form.is_bound:
            yield from (FormError(str(message)) for message in form.non_form_errors())
            for one in form.forms:
                yield from _errors(one)
        return
    yield from (FormError(str(message)) for message in form.non_field_errors())
    for field in form:
        for message in field.errors:
            if field.is_hidden:
                yield FormError(f"{field.label}: {message}")
            else:
                yield FormError(str(message), control_id(field))


def control_id(field: BoundField) -> str:
    """The id that a link must name to reach the field's (first) control."""
    if field.use_fieldset:
        return f"{field.auto_id}_0"
    return field.id_for_label or field.auto_id
