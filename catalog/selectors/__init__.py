from .resources import announcements_recent
from .tasks import tasks_for, waiting_for

__all__ = ["announcements_recent", "tasks_for", "waiting_for"]
