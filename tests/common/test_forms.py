import pytest
from django import forms
from django.forms import formset_factory
from django.utils.translation import override

from portal.common.form_errors import FormError, all_errors
from tests.html_checks import Page, fragment_problems


class RequestForm(forms.Form):
    basis = forms.CharField(
        label="Basis",
        help_text="Which law, which article",
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "Give the basis of use"},
    )
    kind = forms.ChoiceField(
        label="Kind", choices=[("a", "Service"), ("b", "Control")], widget=forms.RadioSelect
    )
    modes = forms.MultipleChoiceField(
        label="Modes",
        choices=[("i", "Interface"), ("f", "File")],
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    until = forms.DateField(label="Until", widget=forms.DateInput(attrs={"type": "date"}))
    department = forms.ChoiceField(label="Department", choices=[("1", "Education")])
    vouch = forms.BooleanField(label="We vouch for it", help_text="Art. 20")
    note = forms.CharField(
        label="Note", required=False, widget=forms.TextInput(attrs={"class": "wide"})
    )
    paper = forms.FileField(label="Paper", required=False)
    version = forms.IntegerField(widget=forms.HiddenInput)

    def clean(self):
        if self.data.get("basis") == "none":
            raise forms.ValidationError("The request cannot be sent today.")


@pytest.fixture(autouse=True)
def _in_english():
    with override("en"):
        yield


def page(form: forms.BaseForm) -> Page:
    html = str(form)
    assert fragment_problems(html) == []
    return Page(html)


def by_id(page: Page, name: str):
    return next(element for element in page.elements if element.get("id") == name)


def test_a_new_form_shows_no_errors_and_every_field_once():
    form = page(RequestForm())

    assert not [e for e in form.elements if "field-error" in (e.get("class") or "")]
    assert not [e for e in form.elements if e.get("role") == "alert"]
    names = [e.get("name") for e in form.all("input", "select", "textarea")]
    assert names == [
        "basis",
        "kind",
        "kind",
        "modes",
        "modes",
        "until",
        "department",
        "vouch",
        "note",
        "paper",
        "version",
    ]


def test_help_and_error_are_tied_to_the_control():
    form = page(RequestForm({}))
    control = by_id(form, "id_basis")

    assert control.get("aria-describedby") == "id_basis_helptext id_basis_error"
    assert control.get("aria-invalid") == "true"
    assert by_id(form, "id_basis_helptext").text() == "Which law, which article"
    assert by_id(form, "id_basis_error").text() == "Error: Give the basis of use"


def test_label_help_error_and_control_stand_in_this_order():
    html = str(RequestForm({})["basis"].as_field_group())
    places = [html.index(piece) for piece in ("<label", "_helptext", '_error"', "<textarea")]

    assert places == sorted(places)


def test_choices_are_a_fieldset_with_legend_described_by_its_error():
    form = page(RequestForm({}))
    fieldset = next(
        e for e in form.all("fieldset") if "id_kind_error" in (e.get("aria-describedby") or "")
    )

    assert [legend.text() for legend in form.all("legend")] == ["Kind", "Modes(optional)"]
    assert "is-wrong" in fieldset.get("class")


def test_a_single_checkbox_has_its_label_behind_it_and_its_help_tied():
    form = page(RequestForm({}))
    label = next(e for e in form.all("label") if e.get("for") == "id_vouch")

    assert [child.tag for child in label.children] == ["input", "span"]
    assert by_id(form, "id_vouch").get("aria-describedby") == "id_vouch_helptext id_vouch_error"
    assert by_id(form, "id_vouch_helptext").text() == "Art. 20"


@pytest.mark.parametrize(
    ("name", "classes"),
    [
        ("id_basis", "form-control"),
        ("id_kind_0", "form-check-input"),
        ("id_until", "form-control narrow"),
        ("id_department", "form-select"),
        ("id_vouch", "form-check-input"),
        ("id_note", "form-control wide"),
        ("id_paper", "form-control"),
        ("id_version", None),
    ],
)
def test_controls_get_their_class_by_kind(name, classes):
    assert by_id(page(RequestForm()), name).get("class") == classes


def test_what_need_not_be_filled_is_marked():
    form = page(RequestForm())
    labels = {label.get("for"): label.text() for label in form.all("label")}

    assert labels["id_note"] == "Note(optional)"
    assert labels["id_until"] == "Until"


def test_the_summary_names_every_error_and_leads_to_its_control():
    errors = all_errors(RequestForm({"basis": "none", "version": "x"}))

    assert errors == [
        FormError("The request cannot be sent today."),
        FormError("Kind: This field is required.", "id_kind_0"),
        FormError("Until: This field is required.", "id_until"),
        FormError("Department: This field is required.", "id_department"),
        FormError("We vouch for it: This field is required.", "id_vouch"),
        FormError("Version: Enter a whole number."),
    ]


def test_a_form_shows_its_own_summary_first():
    form = page(RequestForm({"basis": "none"}))
    alert = next(e for e in form.elements if e.get("role") == "alert")

    assert form.elements[0] is alert
    assert "6 things to correct" in alert.text()
    targets = [a.get("href")[1:] for a in form.all("a")]
    assert all(by_id(form, target) for target in targets)


def test_the_errors_of_a_formset_stand_in_the_same_list():
    Items = formset_factory(RequestForm, extra=0)
    formset = Items({"form-TOTAL_FORMS": "1", "form-INITIAL_FORMS": "0", "form-0-version": "1"})

    assert all_errors(formset)[0] == FormError(
        "Give the basis of use".join(["Basis: ", ""]), "id_form-0-basis"
    )
    assert all_errors(Items()) == []


def test_what_people_typed_is_escaped():
    html = str(RequestForm({"basis": "</textarea><script>", "note": '"><script>'}))

    assert "<script>" not in html
