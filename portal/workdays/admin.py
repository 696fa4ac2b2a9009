"""The holiday lists in the admin: to look at. They are published on the portal's own page."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from .models import CalendarDay, HolidayCalendar


class LookOnly:
    """A published list is never changed; it is public law, so all who may come here may look."""

    def has_module_permission(self, request: HttpRequest) -> bool:
        return True

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return True

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class CalendarDayInline(LookOnly, admin.TabularInline):  # type: ignore[type-arg]
    model = CalendarDay
    fields = ["day", "kind", "name"]


@admin.register(HolidayCalendar)
class HolidayCalendarAdmin(LookOnly, admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ["year", "region", "version", "is_current", "published_on", "source"]
    list_filter = ["is_current", "region"]
    search_fields = ["=year", "region", "source"]
    inlines = [CalendarDayInline]
