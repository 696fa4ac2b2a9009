"""Demands and challenges have no clocks, since the Decree sets none; their tasks are in the inbox."""

from portal.clocks.registry import ClockTable

from .selectors import tasks_for

__all__ = ["TABLES", "tasks_for"]
TABLES: list[ClockTable] = []
