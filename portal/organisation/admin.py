"""The reference tables, to look at; what has a service is changed by it alone."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from .models import Department, DutyKind, Region, User


def _may_look(request: HttpRequest) -> bool:
    return isinstance(request.user, User) and request.user.has_duty(DutyKind.SYSTEM_ADMIN)


class LookOnly(admin.ModelAdmin):  # type: ignore[type-arg]
    """The system administrator reads; nobody adds, changes or deletes here."""

    def has_module_permission(self, request: HttpRequest) -> bool:
        return _may_look(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return _may_look(request)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Region)
class RegionAdmin(LookOnly):
    list_display = ["code", "name", "level", "parent"]
    search_fields = ["code", "name"]
    list_select_related = ["parent"]


@admin.register(Department)
class DepartmentAdmin(LookOnly):
    list_display = ["name", "uscc", "region", "is_competent", "is_active"]
    search_fields = ["name", "uscc"]
    list_select_related = ["region"]
