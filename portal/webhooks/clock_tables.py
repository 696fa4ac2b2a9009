"""Webhooks have no clocks; what waits for a person here is in their inbox like anything else."""

from portal.clocks.registry import ClockTable

from .selectors import tasks_for

__all__ = ["TABLES", "tasks_for"]
TABLES: list[ClockTable] = []
