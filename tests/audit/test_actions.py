import sys
from collections.abc import Iterator
from types import ModuleType

import pytest
from django.apps import apps
from django.core.exceptions import ImproperlyConfigured

from audit import actions

LISTS = "audit.audit_actions"


@pytest.fixture
def listed() -> Iterator[dict[str, str]]:
    """The app's own list, put back afterwards."""
    module: ModuleType = sys.modules[LISTS]
    before = module.ACTIONS
    module.ACTIONS = dict(before)
    yield module.ACTIONS
    module.ACTIONS = before
    actions.collect()


def test_every_code_begins_with_the_name_of_its_app() -> None:
    labels = {config.label for config in apps.get_app_configs()}

    assert set(actions.by_app()) <= labels
    assert "audit" in actions.by_app()


def test_every_code_has_words() -> None:
    for codes in actions.by_app().values():
        assert all(str(label).strip() and str(label) != code for code, label in codes.items())


def test_a_code_that_is_registered_no_more_stands_for_itself() -> None:
    assert actions.label("gone.away") == "gone.away"
    assert not actions.is_known("gone.away")


def test_the_lists_of_the_apps_are_read_when_they_are_ready(listed: dict[str, str]) -> None:
    # given
    listed["audit.trail.seal"] = "sealed the trail"

    # when
    actions.collect()

    # then
    assert actions.is_known("audit.trail.seal")
    assert actions.label("audit.trail.seal") == "sealed the trail"


@pytest.mark.parametrize("code", ["audit", "Audit.search", "audit search", "audit..x", ""])
def test_a_malformed_code_stops_the_start(listed: dict[str, str], code: str) -> None:
    listed[code] = "words"

    with pytest.raises(ImproperlyConfigured, match="no action code"):
        actions.collect()
