"""What must not be in production."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register


@register(Tags.database)
def no_demonstration_accounts(databases: Any = None, **kwargs: Any) -> list[CheckMessage]:
    """Runs with `check --database default` and before every migrate."""
    if settings.DEMO_ACCOUNTS_ALLOWED or not databases:
        return []
    from .models import User

    if "organisation_user" not in _tables() or not User.objects.filter(is_demo=True).exists():
        return []
    return [
        Error(
            "There are demonstration accounts in this database.",
            hint="They cannot sign in here. Start production on a database of its own.",
            id="organisation.E001",
        )
    ]


def _tables() -> list[str]:
    from django.db import connection

    return connection.introspection.table_names()
