"""The backend that `DATABASES` names: Django looks for this module."""

from django.db.backends.postgresql import base

from . import has_spoken


class DatabaseWrapper(base.DatabaseWrapper):
    def is_usable(self) -> bool:
        """Whether the connection can be used for another request.

        A server that ended it has said so, or closed it. It is asked only where it has sent something or
        a statement failed: to ask would be one more round trip of each request.
        """
        is_at_rest = self.connection is not None and not self.errors_occurred
        if is_at_rest and not has_spoken(self.connection.pgconn):
            return True
        return super().is_usable()
