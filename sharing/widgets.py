"""Form controls for what is more than one value: conditions on rows, masks of items, a whole row."""

import re
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.forms.renderers import BaseRenderer
from django.utils.datastructures import MultiValueDict
from django.utils.safestring import SafeString
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from catalog.models import DataItem, MaskingRule
from sharing import pseudonyms
from sharing.masks import FUNCTIONS
from sharing.row_filters import MOST_CONDITIONS, RowOp, kept

BLANK_ROWS = 2
BETWEEN = re.compile(r"[,，、;；\n]+")


class RowScopeInput(forms.Widget):
    """Three controls a condition: item, comparison, values; a row that is left empty does not count."""

    template_name = "sharing/widgets/row_scope.html"
    use_fieldset = True
    items: Sequence[tuple[str, str]] = ()

    def value_from_datadict(
        self, data: Mapping[str, Any], files: Mapping[str, Any], name: str
    ) -> list[dict[str, Any]]:
        if not isinstance(data, MultiValueDict):
            return list(data.get(name, []))
        columns, ops, values = (
            data.getlist(f"{name}_{part}") for part in ("column", "op", "values")
        )
        return [
            {
                "column": column,
                "op": op,
                "values": [v for v in map(str.strip, BETWEEN.split(words)) if v],
            }
            for column, op, words in zip(columns, ops, values, strict=False)
            if column or words.strip()
        ]

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        return False

    def render(
        self,
        name: str,
        value: Any,
        attrs: dict[str, Any] | None = None,
        renderer: BaseRenderer | None = None,
    ) -> SafeString:
        context = self.get_context(name, None, attrs)
        rows = [
            {"column": one.column, "op": one.op, "values": "、".join(one.values)}
            for one in kept(value or ())
        ]
        rows += [{}] * min(BLANK_ROWS, max(MOST_CONDITIONS - len(rows), 0))
        context["widget"] |= {"rows": rows, "items": self.items, "ops": RowOp.choices}
        return self._render(self.template_name, context, renderer)  # type: ignore[attr-defined,no-any-return]


class RowScopeField(forms.Field):
    """Conditions as `sharing.row_filters.read` takes them; what is wrong with them it says itself."""

    widget = RowScopeInput

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("label", _("Row scope"))
        kwargs.setdefault(
            "help_text",
            _(
                "Only the rows that the purpose needs, for example of a region or a period."
                " All conditions hold; several values are separated by commas and any of them will do."
                " Without a condition all rows are asked for."
            ),
        )
        super().__init__(required=False, **kwargs)

    def offer(self, items: Sequence[DataItem]) -> None:
        """Let conditions be set on these items."""
        self.widget.items = [(one.column, f"{one.name} ({one.column})") for one in items]


class _OfEachItem(forms.Widget):
    """Something for each of the items."""

    use_fieldset = True
    items: Sequence[DataItem] = ()

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        return False

    def render(
        self,
        name: str,
        value: Any,
        attrs: dict[str, Any] | None = None,
        renderer: BaseRenderer | None = None,
    ) -> SafeString:
        context = self.get_context(name, None, attrs)
        context["widget"] |= self.told(value or {})
        return self._render(self.template_name, context, renderer)  # type: ignore[attr-defined,no-any-return]

    @abstractmethod
    def told(self, value: Mapping[str, str]) -> dict[str, Any]:
        """What the template is to know of the value, by column."""


class MasksInput(_OfEachItem):
    """A choice of masks for each item that can have one."""

    template_name = "sharing/widgets/masks.html"

    def value_from_datadict(
        self, data: Mapping[str, Any], files: Mapping[str, Any], name: str
    ) -> dict[str, str]:
        given = {one.column: data.get(f"{name}_{one.column}", "") for one in self.items}
        return {column: rule for column, rule in given.items() if rule}

    def told(self, value: Mapping[str, str]) -> dict[str, Any]:
        return {
            "items": [
                (one.column, f"{one.name} ({one.column})", value.get(one.column, ""), _rules(one))
                for one in self.items
            ],
        }


def _rules(item: DataItem) -> list[tuple[str, Any]]:
    """What the item may be delivered as, in words."""
    pseudonym = (MaskingRule.PSEUDONYM,) if pseudonyms.fits(item) else ()
    return [(rule, MaskingRule(rule).label) for rule in ("", *FUNCTIONS, *pseudonym)]


class MasksField(forms.Field):
    """A masking rule by column, of the items that hold personal or identifying values."""

    widget = MasksInput

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("label", _("Masked items"))
        kwargs.setdefault(
            "help_text", _("What is masked leaves the portal in part only, in every way out.")
        )
        super().__init__(required=False, **kwargs)

    def offer(self, items: Sequence[DataItem], already: Mapping[str, str]) -> None:
        """Let masks be set on the items that may want one, and on those that have one already."""
        self.widget.items = [
            one
            for one in items
            if not one.is_key
            and (
                one.is_personal or one.identifier_kind or one.masking_rule or one.column in already
            )
        ]


class CanaryInput(_OfEachItem):
    """Whether there is such a row, and a value for each item; unticked, the values do not count."""

    template_name = "sharing/widgets/canary.html"
    is_fixed = False

    def value_from_datadict(
        self, data: Mapping[str, Any], files: Mapping[str, Any], name: str
    ) -> dict[str, str]:
        if not data.get(f"{name}_is_agreed"):
            return {}
        return {one.column: data.get(f"{name}_{one.column}", "") for one in self.items}

    def told(self, value: Mapping[str, str]) -> dict[str, Any]:
        return {
            "is_agreed": bool(value),
            "is_fixed": self.is_fixed,
            "items": [
                (one.column, f"{one.name} ({one.column})", _hint(one), value.get(one.column, ""))
                for one in self.items
            ],
        }


def _hint(item: DataItem) -> str:
    """What the item takes, in words."""
    told = [str(item.get_type_display())]
    if item.length:
        told.append(str(_("at most %(length)s letters") % {"length": item.length}))
    if item.is_key:
        told.append(str(_("key: no real row may ever have it")))
    elif not item.is_nullable:
        told.append(str(_("needed")))
    return str(_(", ")).join(told)


TRACES = _(
    "By it a leaked file can be traced to this agreement, even when a spreadsheet saved it anew. It is"
    " among the rows in every way out, and both sides know of it."
)


class CanaryField(forms.Field):
    """A row as `sharing.canaries.read` takes it; what is wrong with it that says itself."""

    widget = CanaryInput

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, label=_("Canary row"), help_text=TRACES, **kwargs)

    def offer(self, items: Sequence[DataItem], *, is_fixed: bool) -> None:
        """Let a row of these items be written, or, where it is fixed, be left out."""
        self.widget.items = items
        self.widget.is_fixed = is_fixed
        self.help_text = format_lazy(
            "{} {}",
            TRACES,
            _("The provider writes it; you can leave it out.")
            if is_fixed
            else _(
                "Write {mark} once in the key or another item that is delivered in full: the portal"
                " puts ten letters of this agreement's own there, in whole numbers nine digits. For"
                " example TEST-{mark}."
            ),
        )
