"""The portal's composition and its ground; the Celery application comes first for `shared_task`."""

from portal.celery import app as celery_app

__all__ = ["celery_app"]
