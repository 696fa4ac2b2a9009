"""The forms of the catalogue's pages."""

from .entry import EntryForm, add_entry_refusal, as_typed
from .items import BaseItemFormSet, ItemForm, item_rows, rows_of
from .review import AssessmentForm, DecisionForm, DiscardForm, VersionForm, WithdrawForm

__all__ = [
    "AssessmentForm",
    "BaseItemFormSet",
    "DecisionForm",
    "DiscardForm",
    "EntryForm",
    "ItemForm",
    "VersionForm",
    "WithdrawForm",
    "add_entry_refusal",
    "as_typed",
    "item_rows",
    "rows_of",
]
