"""Django's settings. What comes from outside is read in config.environment and put in its place here."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from agents.database_role import WEB_ROLE, web_role_password
from config import environment, logs
from config.connections import database_settings, redis_places, with_login

BASE_DIR = Path(__file__).resolve().parent.parent
INTERLOCK = environment.read()

SECRET_KEY = INTERLOCK.secret_key  # empty: Django refuses at the first use
DEBUG = INTERLOCK.debug
ALLOWED_HOSTS = list(INTERLOCK.allowed_hosts)
ROOT_URLCONF = "config.urls"
ASGI_APPLICATION = "config.asgi.application"
APPEND_SLASH = False  # config.paths does it without a redirect
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "agents.admin_site.PlatformAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "channels",
    "rest_framework",
    "knox",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_filters",
    "django_celery_results",
    "django_celery_beat",
    "agents.apps.AgentsConfig",
    "tasks.apps.TasksConfig",
    "approvals.apps.ApprovalsConfig",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "config.security.content_security",
    "config.static_files.StaticFiles",
    "config.paths.either_slash",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]


# The same few statements run for each job: the server plans each once for a connection, and then only executes it.
PREPARED = {"server_side_binding": True, "prepare_threshold": 2}
# What moves jobs finds a few rows by their ids, always. One plan serves, but it must not be one for empty tables, which
# would read them whole, nor made anew each time because an array may be short.
BY_INDEX = {
    "options": " ".join(
        f"-c {name}"
        for name in (
            "plan_cache_mode=force_generic_plan",
            "enable_seqscan=off",
            "enable_mergejoin=off",
            "enable_hashjoin=off",
        )
    )
}


# The database: the web logs in as a role that row-level security binds, everything else as the owner.
def _web_url(owner_url: str) -> str:
    derived = with_login(owner_url, WEB_ROLE, web_role_password(INTERLOCK.secret_key))
    return INTERLOCK.web_database_url or derived


def _database() -> dict[str, Any]:
    is_web = INTERLOCK.process == "web"
    owner_url = INTERLOCK.database_url
    connection: dict[str, Any] = {"NAME": "", "OPTIONS": {}}
    if owner_url:
        connection = database_settings(_web_url(owner_url) if is_web else owner_url)
    # Requests come and go in threads of their own, so the web keeps its connections in a pool. The other
    # processes have few threads that stay, and each keeps its one connection.
    pool = {"pool": {"min_size": 1, "max_size": 20, "timeout": 10}} if is_web else {}
    return connection | {
        "ENGINE": "config.database",
        "OPTIONS": {"application_name": f"interlock-{INTERLOCK.process}", "connect_timeout": "5"}
        | PREPARED
        | (BY_INDEX if INTERLOCK.process in ("dispatcher", "worker") else {})
        | connection["OPTIONS"]
        | pool,
        "CONN_MAX_AGE": 0 if is_web or INTERLOCK.process == "manage" else None,
        "CONN_HEALTH_CHECKS": True,
    }


DATABASES = {"default": _database()}

# Redis carries messages and hints and may be emptied at any moment: no truth lives there.
REDIS_PREFIX = "interlock"
REDIS = redis_places(INTERLOCK.redis_url) if INTERLOCK.redis_url else None
CELERY_BROKER_URL = REDIS.broker if REDIS else "memory://"
CHANNEL_LAYERS: dict[str, dict[str, Any]] = {
    "default": {
        "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
        "CONFIG": {"hosts": [REDIS.channels], "prefix": f"{REDIS_PREFIX}.channels"},
    }
    if REDIS
    else {"BACKEND": "channels.layers.InMemoryChannelLayer"}
}
CACHES: dict[str, dict[str, Any]] = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS.cache,
        "KEY_PREFIX": f"{REDIS_PREFIX}.cache",
    }
    if REDIS
    else {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
}

# People and programs
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
]
LOGIN_URL = "/admin/login/"
LOGIN_REDIRECT_URL = "/tasks/"
IS_HTTPS = INTERLOCK.url.startswith("https://")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = IS_HTTPS
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
CSRF_TRUSTED_ORIGINS = [INTERLOCK.url] if IS_HTTPS else []
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if IS_HTTPS else None
SECURE_HSTS_SECONDS = 31_536_000 if IS_HTTPS else 0
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_MEMORY_SIZE = 8 * 1024 * 1024

KNOX_TOKEN_MODEL = "agents.ApiToken"  # noqa: S105 - a model, not a token
MIGRATION_MODULES = {"knox": None}  # its own table of tokens would lie there unused
REST_KNOX = {"AUTH_HEADER_PREFIX": "Bearer", "TOKEN_TTL": None}
REST_FRAMEWORK: dict[str, Any] = {
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "agents.api.problems.exception_handler",
}
SPECTACULAR_SETTINGS: dict[str, Any] = {
    "TITLE": "Interlock",
    "DESCRIPTION": "Runs AI agents' work in the background: durable, fair, permitted, stoppable, explained.",
    "VERSION": "0.1.0",
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": "/api/",
    "POSTPROCESSING_HOOKS": ["tasks.api.openapi.complete"],
    "SORT_OPERATIONS": False,
    "SORT_OPERATION_PARAMETERS": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
}

# Time, language, files, lines in the log
USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en"
USE_I18N = True
STATIC_URL = "/static/"
STATICFILES_DIRS = [folder for folder in [BASE_DIR / "static"] if folder.is_dir()]
WHITENOISE_USE_FINDERS = True  # served from where they lie: no collecting step
WHITENOISE_AUTOREFRESH = False
WHITENOISE_MAX_AGE = 0 if DEBUG else 300
WHITENOISE_ALLOW_ALL_ORIGINS = False
LOGGING = logs.configuration(INTERLOCK.log_level, INTERLOCK.log_format)

DJANGO_CELERY_BEAT_TZ_AWARE = True
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
