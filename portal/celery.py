"""The Celery application; tasks live in the apps' `tasks.py`."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings.base")

app = Celery("portal")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
# A worker that starts looks first for what a dead one left behind.
app.steps["consumer"].add("catalog.tasks:SweepAtStart")
