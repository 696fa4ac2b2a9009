"""Connections on which rows are delivered: own ones, as the role that may read agreements' views only."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from django.conf import settings
from django.db import connection

from sharing.models import Agreement
from sharing.outlet import READER

# What a pull meets when its agreement has ended while it waited for the view.
GONE = (psycopg.errors.UndefinedTable, psycopg.errors.InsufficientPrivilege)


@contextmanager
def reading(agreement: Agreement) -> Iterator[psycopg.Connection[tuple[Any, ...]]]:
    """A connection for one pull; it never outlives it, and never becomes anybody else's."""
    given = connection.settings_dict
    limit = settings.DELIVERY_STATEMENT_TIMEOUT
    with psycopg.connect(
        dbname=given["NAME"],
        user=given["USER"],
        password=given["PASSWORD"],
        host=given["HOST"],
        port=given["PORT"] or None,
        connect_timeout=5,
        application_name=f"portal-pull:{agreement.number}",
        options=(
            f"-c role={READER} -c default_transaction_read_only=on"
            f" -c statement_timeout={limit}s -c idle_in_transaction_session_timeout=60s"
            " -c max_parallel_workers_per_gather=0 -c timezone=Asia/Shanghai -c datestyle=ISO"
        ),
    ) as opened:
        yield opened
