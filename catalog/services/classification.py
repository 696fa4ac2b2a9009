"""The classification tree: nodes are added, described anew and retired; codes never change."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from audit.services import record
from catalog.models import Classification
from catalog.standards import classification as rules
from catalog.standards.classification import Key, NodeRow
from catalog.standards.permissions import may_keep_standards
from portal.common.errors import Invalid, WrongState
from portal.organisation.models import User


@dataclass(frozen=True, slots=True)
class Taken:
    """What a table did to the tree."""

    added: int
    changed: int
    kept: int


@transaction.atomic
def add_node(*, row: NodeRow, by: User) -> Classification:
    may_keep_standards(by).enforce()
    if Classification.objects.filter(resource_class=row.resource_class, code=row.code).exists():
        raise Invalid(_("The input has errors."), fields={"code": [_taken(row.code)]})
    take([row], by=by, of_one=True)
    made = Classification.objects.get(resource_class=row.resource_class, code=row.code)
    record(actor=by, action="catalog.classification.add", target=made, code=made.full_code)
    return made


@transaction.atomic
def change_node(
    *,
    node: Classification,
    name: str,
    name_en: str = "",
    note: str = "",
    parent_code: str = "",
    by: User,
) -> Classification:
    """Describe the node anew, or lay it under another one; without `parent_code` it stays."""
    may_keep_standards(by).enforce()
    held = _locked(node.pk)
    before = _told(held)
    row = NodeRow(
        resource_class=held.resource_class,
        code=held.code,
        name=name.strip(),
        name_en=name_en.strip(),
        parent_code=parent_code.strip() or (held.parent.code if held.parent else ""),
        note=note.strip(),
    )
    take([row], by=by, of_one=True)
    held.refresh_from_db()
    if _told(held) != before:
        record(
            actor=by,
            action="catalog.classification.change",
            target=held,
            code=held.full_code,
            before=before,
            after=_told(held),
        )
    return held


@transaction.atomic
def retire_node(*, node: Classification, by: User) -> Classification:
    """No more entries are classified here; those that are stay. Nodes below must be retired first."""
    may_keep_standards(by).enforce()
    held = _locked(node.pk)
    if held.retired_at is not None:
        raise WrongState(_("%(node)s has been retired.") % {"node": held})
    below = held.children.filter(retired_at=None).order_by("code").first()
    if below is not None:
        raise WrongState(
            _("Nodes below it are still in use, %(node)s the first: retire them before.")
            % {"node": below}
        )
    held.retired_at = timezone.now()
    held.save(update_fields=["retired_at"])
    record(actor=by, action="catalog.classification.retire", target=held, code=held.full_code)
    return held


@transaction.atomic
def take_table(*, rows: Sequence[NodeRow], by: User) -> Taken:
    """Add the nodes that are new and describe anew those that are known; others stay as they are.

    Raises Invalid with every fault by row and column: then nothing was taken over.
    """
    may_keep_standards(by).enforce()
    return load_table(rows, by=by)


def load_table(rows: Sequence[NodeRow], *, by: User | None) -> Taken:
    """The same without asking the right, in the caller's transaction."""
    taken = take(rows, by=by)
    if taken.added or taken.changed:
        record(
            actor=by,
            action="catalog.classification.load",
            target=None,
            added=taken.added,
            changed=taken.changed,
        )
    return taken


def take(rows: Sequence[NodeRow], *, by: User | None, of_one: bool = False) -> Taken:
    """Check the rows against the whole tree and write them; `of_one` names faults without rows."""
    known = {node.key: node for node in _nodes()}
    above = {key: node.above for key, node in known.items()}
    try:
        parents = rules.check(rows, above)
    except Invalid as refused:
        if not of_one:
            raise
        fields = {name.rpartition(".")[2]: words for name, words in refused.fields.items()}
        raise Invalid(_("The input has errors."), fields=fields) from refused
    _refuse_retired(rows, parents, known)
    new, changed = [], []
    nodes: dict[Key, Classification] = {key: node.node for key, node in known.items()}
    for row in sorted(rows, key=lambda one: (len(one.code), one.code)):
        node = nodes.get(row.key)
        if node is None:
            node = Classification(resource_class=row.resource_class, code=row.code)
            new.append(node)
            nodes[row.key] = node
            was = None
        else:
            was = _told(node)
        node.level = rules.level_of(row.code) or ""
        node.name, node.name_en, node.note = row.name, row.name_en, row.note
        node.parent = nodes.get((row.resource_class, parents[row.key]))
        if was is not None and _told(node) != was:
            changed.append(node)
    _write(new, changed)
    return Taken(len(new), len(changed), len(rows) - len(new) - len(changed))


@dataclass(frozen=True, slots=True)
class _Known:
    node: Classification

    @property
    def key(self) -> Key:
        return self.node.resource_class, self.node.code

    @property
    def above(self) -> str:
        return self.node.parent.code if self.node.parent else ""


def _nodes() -> list[_Known]:
    """The whole tree, held until the end of the transaction; a few thousand nodes at most."""
    held = Classification.objects.select_for_update(of=("self",)).select_related("parent")
    return [_Known(node) for node in held]


def _refuse_retired(
    rows: Sequence[NodeRow], parents: dict[Key, str], known: dict[Key, _Known]
) -> None:
    """Nothing new lies under a retired node."""
    for row in rows:
        above = known.get((row.resource_class, parents[row.key]))
        if row.key not in known and above is not None and above.node.retired_at is not None:
            raise WrongState(
                _("%(node)s has been retired: nothing new lies under it.") % {"node": above.node}
            )


def _write(new: Sequence[Classification], changed: Sequence[Classification]) -> None:
    """Level by level, so that every node finds the one above it saved."""
    try:
        with transaction.atomic():
            for length in sorted({len(node.code) for node in new}):
                batch = [node for node in new if len(node.code) == length]
                for node in batch:
                    node.parent = node.parent  # its key is known only now
                Classification.objects.bulk_create(batch)
            Classification.objects.bulk_update(changed, ["name", "name_en", "note", "parent"])
    except IntegrityError as refused:
        if "one_node_per_code_and_class" not in str(refused):
            raise
        raise WrongState(
            _("Somebody else changed the classification just now: look at it, then try again.")
        ) from refused


def _locked(pk: int) -> Classification:
    return (
        Classification.objects.select_for_update(of=("self",)).select_related("parent").get(pk=pk)
    )


def _told(node: Classification) -> dict[str, str]:
    return {
        "name": node.name,
        "name_en": node.name_en,
        "note": node.note,
        "parent": node.parent.code if node.parent else "",
    }


def _taken(code: str) -> str:
    return _("The class has a node %(code)s already.") % {"code": code}
