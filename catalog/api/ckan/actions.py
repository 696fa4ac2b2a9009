"""The actions by their names. An app above adds its own: rows are the business of sharing."""

from collections.abc import Callable
from typing import Any

from catalog.formats.ckan.refusals import NotFound

from . import owners, packages, resources, site
from .arguments import Arguments
from .caller import Caller

Action = Callable[[Caller, Arguments], Any]


class Written(str):
    """A result that is JSON already, and goes out as it is."""

    __slots__ = ()


def help_show(caller: Caller, given: Arguments) -> str | None:
    name = given.needed("name")
    if name not in ACTIONS:
        raise NotFound(f"Action not found: {name}")
    return ACTIONS[name].__doc__


ACTIONS: dict[str, Action] = {}


def offer(action: Action) -> None:
    """Answer to the function's name from now on; its docstring is its help."""
    ACTIONS[action.__name__] = action


for one in (
    site.site_read,
    site.status_show,
    site.tag_list,
    packages.package_list,
    packages.package_show,
    packages.package_search,
    owners.organization_list,
    owners.organization_show,
    owners.group_list,
    owners.group_show,
    resources.resource_show,
    resources.resource_view_list,
    help_show,
):
    offer(one)
