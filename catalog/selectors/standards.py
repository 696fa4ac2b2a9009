"""What is told of the standards library. Everybody who signed in may read it; drafts, its keepers."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.core.paginator import Page, Paginator
from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Subquery
from django.utils.translation import gettext as _

from catalog.models import (
    CodeList,
    CodeListEntry,
    CodeListVersion,
    DataElement,
    DataElementVersion,
    DataItem,
    Resource,
    ResourceState,
    VersionState,
)
from catalog.parties import Party
from catalog.standards.comparison import Comparison, compare
from catalog.standards.in_force import versions_in_force
from catalog.standards.permissions import may_keep_standards
from portal.common.decisions import Decision
from portal.common.errors import NotFound

LISTS_PER_PAGE = 30
CODES_PER_PAGE = 50
SHOWN_USERS = 20


@dataclass(frozen=True, slots=True)
class ListPage:
    """One list: `shown` is the version whose codes are on the page, None while it has none."""

    code_list: CodeList
    versions: Sequence[CodeListVersion]
    in_force: CodeListVersion | None
    shown: CodeListVersion | None
    draft: CodeListVersion | None
    codes: "Page[CodeListEntry]"
    users: Sequence[Resource]
    has_more_users: bool
    may_keep: Decision

    @property
    def published(self) -> Sequence[CodeListVersion]:
        return [one for one in self.versions if one.state == VersionState.PUBLISHED]


def code_lists(q: str = "") -> QuerySet[CodeList]:
    """The lists with the version in force, its number of codes and first day; one query."""
    version = versions_in_force().filter(code_list=OuterRef("pk"))
    found = CodeList.objects.annotate(
        version=Subquery(version.values("number")),
        code_count=Subquery(version.values("entry_count")),
        valid_from=Subquery(version.values("valid_from")),
        is_retired=Q(retired_at__isnull=False),
    )
    if words := _askable(q):
        found = found.filter(
            Q(identifier__icontains=words)
            | Q(name__icontains=words)
            | Q(name_en__icontains=words)
            | Q(standard__icontains=words)
        )
    return found.order_by("is_retired", "identifier")


def code_list_of(pk: int) -> CodeList:
    """The list, with what `code_lists` tells of it."""
    found = code_lists().filter(pk=pk).first()
    if found is None:
        raise NotFound(_("There is no such code list."))
    return found


def list_page(
    party: Party, pk: int, *, version: int | None = None, q: str = "", number: str = "1"
) -> ListPage:
    """A list with the codes of one version, of the one in force unless another is asked for."""
    code_list = code_list_of(pk)
    may_keep = may_keep_standards(party)
    versions = versions_of(party, code_list)
    in_force = versions_in_force().filter(code_list=code_list).first()
    shown = in_force
    if version is not None:
        shown = next((one for one in versions if one.number == version), None)
        if shown is None:
            raise NotFound(_("The list has no such version."))
    elif shown is None and versions:
        shown = versions[0]
    users = list(users_of_list(party, code_list)[: SHOWN_USERS + 1])
    return ListPage(
        code_list=code_list,
        versions=versions,
        in_force=in_force,
        shown=shown,
        draft=next((one for one in versions if one.state == VersionState.DRAFT), None),
        codes=Paginator(codes_of(shown, q), CODES_PER_PAGE).get_page(number),
        users=users[:SHOWN_USERS],
        has_more_users=len(users) > SHOWN_USERS,
        may_keep=may_keep,
    )


def versions_of(party: Party, code_list: CodeList) -> list[CodeListVersion]:
    """The latest first; a draft is shown to those alone who keep the library."""
    found = code_list.versions.select_related("published_by__department").order_by("-number")
    if not may_keep_standards(party):
        found = found.filter(state=VersionState.PUBLISHED)
    return list(found)


def version_of(party: Party, code_list: CodeList, number: int | None = None) -> CodeListVersion:
    """The version of this number, or the one in force; NotFound when there is none to be seen."""
    if number is None:
        found = versions_in_force().filter(code_list=code_list).first()
    else:
        found = next((one for one in versions_of(party, code_list) if one.number == number), None)
    if found is None:
        raise NotFound(_("The list has no such version."))
    return found


def draft_of(code_list: CodeList) -> CodeListVersion | None:
    """Asked for by views that have asked the right to keep the library."""
    return code_list.versions.filter(state=VersionState.DRAFT).select_related("edited_by").first()


def codes_of(version: CodeListVersion | None, q: str = "") -> QuerySet[CodeListEntry]:
    found = CodeListEntry.objects.filter(version=version).order_by("position")
    if words := _askable(q):
        found = found.filter(
            Q(code__istartswith=words) | Q(name__icontains=words) | Q(note__icontains=words)
        )
    return found


def comparison_of(before: CodeListVersion, after: CodeListVersion) -> Comparison:
    return compare(codes_of(before), codes_of(after))


def changes_of_draft(draft: CodeListVersion) -> Comparison:
    """What publishing the draft would change, against the version published last."""
    last = (
        CodeListVersion.objects.filter(code_list=draft.code_list, state=VersionState.PUBLISHED)
        .order_by("-number")
        .first()
    )
    return compare(codes_of(last) if last else [], codes_of(draft))


def users_of_list(party: Party, code_list: CodeList) -> QuerySet[Resource]:
    """The published entries that bind an item to the list, as far as the party may see them."""
    return _users(party, DataItem.objects.filter(code_list=code_list))


def users_of_element(party: Party, element: DataElement) -> QuerySet[Resource]:
    return _users(party, DataItem.objects.filter(data_element=element))


def data_elements(q: str = "") -> QuerySet[DataElement]:
    found = DataElement.objects.select_related("current").annotate(
        is_retired=Q(retired_at__isnull=False)
    )
    if words := _askable(q):
        found = found.filter(
            Q(identifier__icontains=words)
            | Q(current__name__icontains=words)
            | Q(current__name_en__icontains=words)
            | Q(current__definition__icontains=words)
        )
    return found.order_by("is_retired", "identifier")


def data_element_of(pk: int) -> DataElement:
    found = DataElement.objects.select_related("current__code_list").filter(pk=pk).first()
    if found is None:
        raise NotFound(_("There is no such data element."))
    return found


def versions_of_element(element: DataElement) -> QuerySet[DataElementVersion]:
    return element.versions.select_related("by__department").order_by("-number")


def bindable_lists() -> QuerySet[CodeList]:
    """What an item or an element may be bound to: not retired, published."""
    published = CodeListVersion.objects.filter(
        code_list=OuterRef("pk"), state=VersionState.PUBLISHED
    )
    return CodeList.objects.filter(Exists(published), retired_at=None).order_by("identifier")


def bindable_elements() -> QuerySet[DataElement]:
    return (
        DataElement.objects.filter(retired_at=None, current__isnull=False)
        .select_related("current")
        .order_by("identifier")
    )


def binding_counts(party: Party) -> dict[str, int]:
    """How many published entries that the party may see use each list; one query."""
    visible = Resource.objects.permitted(party, "view_resource").filter(
        state=ResourceState.PUBLISHED
    )
    return dict(
        DataItem.objects.filter(code_list__isnull=False, resource__in=visible)
        .values_list(F("code_list"))
        .annotate(entries=Count("resource", distinct=True))
        .order_by()
    )


def _users(party: Party, items: QuerySet[DataItem]) -> QuerySet[Resource]:
    return (
        Resource.objects.permitted(party, "view_resource")
        .filter(state=ResourceState.PUBLISHED, pk__in=items.values("resource"))
        .select_related("department")
        .defer("search", "name_search")
        .order_by("name", "pk")
    )


def _askable(q: str) -> str:
    """The words of a search; a NUL is in no text, and no query takes it."""
    return q.replace("\x00", "").strip()[:100]
