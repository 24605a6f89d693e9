"""Django looks for a backend's wrapper under this name."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.db.backends.postgresql import base

NO_DATABASE = (
    "No database is known: set DATABASE_URL and REDIS_URL, "
    "or start `interlock up` and point INTERLOCK_DATA at its data folder."
)


class DatabaseWrapper(base.DatabaseWrapper):
    """Postgres; without an address it says what to do instead of trying a default socket."""

    def get_connection_params(self) -> dict[str, Any]:
        if self.settings_dict["NAME"] == "":  # None is the server without a database
            raise ImproperlyConfigured(NO_DATABASE)
        return super().get_connection_params()
