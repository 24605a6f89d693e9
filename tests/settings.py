"""The platform's own settings, with the environment of a test run: pytest-django reads them before anything else."""

from __future__ import annotations

import os

from tests.servers import SECRET_KEY, Reservation

RESERVATION = Reservation()

for name in [name for name in os.environ if name.startswith("INTERLOCK_")]:
    del os.environ[name]
os.environ.update(
    DATABASE_URL=RESERVATION.database_url,
    REDIS_URL=RESERVATION.redis_url,
    SECRET_KEY=SECRET_KEY,
    INTERLOCK_DATA=str(RESERVATION.folder.path),
)

from config.settings import *  # noqa: E402, F403 - only now is the environment as it should be

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
