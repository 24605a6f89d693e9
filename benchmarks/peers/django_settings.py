"""A Django project with nothing in it but Celery's results."""

from __future__ import annotations

import os
from urllib.parse import unquote, urlsplit

_URL = urlsplit(os.environ["BENCH_DATABASE_URL"])
SECRET_KEY = "of a benchmark"
USE_TZ = True
INSTALLED_APPS = ["django_celery_results"]
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "HOST": _URL.hostname,
        "PORT": _URL.port,
        "USER": _URL.username,
        "PASSWORD": unquote(_URL.password or ""),
        "NAME": _URL.path.lstrip("/"),
        "CONN_MAX_AGE": None,
    }
}
