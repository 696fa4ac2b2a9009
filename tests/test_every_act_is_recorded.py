"""No service acts without an entry of the closed list, and nothing but a service writes."""

import ast

import pytest

from audit import actions
from tests.call_graph import Module, modules, reaching

ALL = modules()
ENDS = frozenset(
    f"audit.services.{name}" for name in ("record", "record_many", "record_alone", "record_with")
)
RECORDING = reaching(ALL, ENDS)
SERVICES = [
    module
    for name, module in ALL.items()
    if "services" in name.split(".") and not name.startswith("audit")
]
OUTSIDE = [
    module
    for name, module in ALL.items()
    if {"views", "api"} & set(name.split(".")) and not name.startswith("portal.demo")
]
# Public functions of services that leave no entry, each with the reason. A new one without an entry
# stands in no list, and fails.
SILENT: dict[str, tuple[str, ...]] = {
    "reads, checks and shapes what it is given": (
        "catalog.services.audience.audience_of_entry",
        "catalog.services.audience.groups_of_regions",
        "catalog.services.audience.unsettled",
        "catalog.services.bulk.left_behind",
        "catalog.services.bulk.most_bytes",
        "catalog.services.bulk_rules.departments_for",
        "catalog.services.bulk_rules.house_of",
        "catalog.services.bulk_rules.plan",
        "catalog.services.bulk_rules.refusal_of",
        "catalog.services.bulk_rules.with_known_codes",
        "catalog.services.bulk_work.check_untouched",
        "catalog.services.bulk_work.check_versions",
        "catalog.services.capture.is_capturing",
        "catalog.services.credential_rotation.also",
        "catalog.services.harvest_writing.locked",
        "catalog.services.harvests.left_behind",
        "catalog.services.data_elements.told",
        "catalog.services.entry_rules.faults",
        "catalog.services.entry_rules.name_taken",
        "catalog.services.opinions.stated",
        "catalog.services.profiles.out_of_date",
        "catalog.services.indexing.left_behind",
        "catalog.services.resources.checked",
        "catalog.services.source_register.check_in_force",
        "catalog.services.resources.stale",
        "catalog.services.run_queue.is_source_full",
        "catalog.services.run_queue.left_behind",
        "catalog.services.run_queue.most_urgent",
        "catalog.services.source_register.check_in_force",
        "catalog.services.standard_files.is_loaded",
        "catalog.services.standards.as_row",
        "catalog.services.standards.refuse_unsound",
        "catalog.services.synonyms.as_csv",
        "catalog.services.update_progress.check_version",
        "catalog.services.update_progress.held",
        "catalog.services.versions.check_change_complete",
        "portal.clocks.services.mailing.backoff",
        "portal.clocks.services.mailing.waiting",
        "portal.clocks.services.sweeping.regional_cuts",
        "portal.organisation.services.systems.digest",
        "portal.webhooks.services.sending.due",
        "sharing.matching.services.demands.can",
        "sharing.services.agreements.has_what_to_deliver",
        "sharing.services.agreements.locked",
        "sharing.services.confirming.consent_needed",
        "sharing.services.notices.changed_items",
        "sharing.services.push_targets.holders_of_secrets",
        "sharing.services.pushes.left_behind",
        "sharing.services.pushes.locked_target",
        "sharing.services.terms_templates.may_write",
        "sharing.services.words.said",
        "sharing.services.words.stated",
    ),
    "a part of acts whose own services leave the entry": (
        "catalog.services.capture.confirm",
        "catalog.services.capture.give_up",
        "catalog.services.classification.take",
        "catalog.services.derived.bring_up_to_date",
        "catalog.services.derived.derive_all",
        "catalog.services.resources.save_entry",
        "catalog.services.run_reports.keep_report",
        "catalog.services.standards.write_codes",
        "catalog.services.versions.keep_version",
        "portal.clocks.services.running.extend",
        "portal.clocks.services.running.pause",
        "portal.clocks.services.running.restart",
        "portal.clocks.services.running.resume",
        "portal.clocks.services.running.start",
        "portal.workdays.services.publish_calendar",
        "sharing.services.flow.reopen_view",
        "sharing.services.supplements.close",
        "sharing.services.versions.take_over",
        "sharing.services.versions.write",
    ),
    "tells people of what an entry tells, once": (
        "catalog.services.run_notices.tell_of_failed_harvest",
        "catalog.services.run_notices.tell_of_failure",
        "catalog.services.run_notices.tell_of_kept_log",
        "catalog.services.run_notices.tell_of_late_rows",
        "catalog.services.run_notices.tell_of_vanished",
        "catalog.services.scheduling.tell_of_late",
        "portal.clocks.services.mailing.compose",
        "portal.clocks.services.telling.tell",
    ),
    "a mark of one's own, which changes nothing for anybody else": (
        "catalog.services.saved_searches.mark_seen",
        "portal.clocks.services.notices.mark_all_read",
        "portal.clocks.services.notices.mark_read",
        "sharing.services.applications.put_in_basket",
        "sharing.services.applications.take_from_basket",
    ),
    "the portal's own upkeep: counted anew, sent off, thrown away when it is old": (
        "catalog.services.bulk_work.check",
        "catalog.services.capture.look",
        "catalog.services.item_synonyms.load_shipped",
        "catalog.services.profiles.refresh",
        "catalog.services.indexing.follow",
        "catalog.services.run_queue.send",
        "catalog.services.run_queue.send_many",
        "catalog.services.run_queue.send_next_of",
        "catalog.services.saved_searches.note_new_hits",
        "portal.organisation.services.systems.note_use",
        "portal.webhooks.services.sending.purge",
        "sharing.services.following.follow_orders",
        "sharing.services.following.open_missing",
        "sharing.services.following.prune",
    ),
}
LISTED = {name for names in SILENT.values() for name in names}
# How Django writes; `save` of a form is caught as well.
WRITES = frozenset(
    {
        "save",
        "delete",
        "create",
        "bulk_create",
        "bulk_update",
        "get_or_create",
        "update_or_create",
        "execute",
        "executemany",
    }
)


def public(module: Module) -> list[str]:
    return [
        f"{module.name}.{name}"
        for name in module.functions
        if not name.startswith("_") and "." not in name
    ]


@pytest.mark.parametrize("module", SERVICES, ids=lambda module: module.name)
def test_a_service_leaves_an_entry_or_says_why_not(module: Module) -> None:
    silent = [name for name in public(module) if name not in RECORDING and name not in LISTED]
    assert silent == [], "call audit.services.record, or say in SILENT why nothing was done"


def test_the_list_of_silent_ones_holds_no_more_than_there_are() -> None:
    existing = {name for module in SERVICES for name in public(module)}
    assert sorted(name for name in LISTED if name not in existing or name in RECORDING) == []


@pytest.mark.parametrize("module", OUTSIDE, ids=lambda module: module.name)
def test_pages_and_api_write_through_services_alone(module: Module) -> None:
    written = [
        f"line {node.lineno}: .{node.func.attr}()"
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in WRITES
        and node.func.attr not in module.methods
        and not _is_a_service(module, node.func.value)
    ]
    assert written == []


def _is_a_service(module: Module, owner: ast.expr) -> bool:
    """Whether it is a module of services whose function is called, which is what pages are to do."""
    return isinstance(owner, ast.Name) and ".services" in module.imported.get(owner.id, "")


def test_every_action_that_the_code_names_is_on_the_list() -> None:
    unknown = []
    for module in ALL.values():
        for node in ast.walk(module.tree):
            if not isinstance(node, ast.Call):
                continue
            for given in node.keywords:
                if given.arg == "action" and _is_ours(node) and not _is_known(given.value):
                    unknown.append(f"{module.name}:{node.lineno} {ast.unparse(given.value)}")
    assert unknown == []


def _is_ours(call: ast.Call) -> bool:
    """Not argparse's, which has an `action` too."""
    return not (isinstance(call.func, ast.Attribute) and call.func.attr == "add_argument")


def _is_known(value: ast.expr) -> bool:
    """Of a text with gaps, some code begins and ends as it does. What is no text is told by its caller."""
    if isinstance(value, ast.Constant):
        return not isinstance(value.value, str) or not value.value or actions.is_known(value.value)
    if isinstance(value, ast.IfExp):
        return _is_known(value.body) and _is_known(value.orelse)
    if isinstance(value, ast.JoinedStr):
        parts = [part.value if isinstance(part, ast.Constant) else "" for part in value.values]
        codes = [code for labels in actions.by_app().values() for code in labels]
        return any(code.startswith(parts[0]) and code.endswith(parts[-1]) for code in codes)
    return True
