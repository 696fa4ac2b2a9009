from .resources import announcements_recent, resource_for
from .tasks import tasks_for, waiting_for

__all__ = ["announcements_recent", "resource_for", "tasks_for", "waiting_for"]
