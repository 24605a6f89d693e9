"""`/healthz`: this process answers. `/readyz`: the platform can take and run work."""

from __future__ import annotations

from collections.abc import Callable

import redis
from django.conf import settings
from django.db import DatabaseError
from django.db.models.functions import Now
from django.http import HttpRequest, JsonResponse

from tasks.models import Leader, Worker

OK, MISSING, DEGRADED = "ok", "missing", "degraded"


async def alive(request: HttpRequest) -> JsonResponse:
    """200 while the process lives; a lost database is no reason to restart it, so it asks nothing else."""
    return JsonResponse({"status": "alive"})


def ready(request: HttpRequest) -> JsonResponse:
    """200 when the database answers, a dispatcher leads and a worker is online; else 503. Each part is named.

    Without Redis jobs wait and pages refresh more slowly, but nothing is lost and work is still taken: `degraded`.
    """
    parts = {
        "database": _database(),
        "dispatcher": _fresh(lambda: Leader.objects.filter(until__gt=Now()).exists()),
        "workers": _fresh(lambda: Worker.objects.filter(lease_until__gt=Now(), stopped_at=None).exists()),
        "redis": OK if _redis_answers() else DEGRADED,
    }
    if MISSING in parts.values():
        response = JsonResponse({"status": "not ready", "parts": parts}, status=503)
        response._has_been_logged = True  # type: ignore[attr-defined] # an answer, not an error of ours
        return response
    status = DEGRADED if DEGRADED in parts.values() else "ready"
    return JsonResponse({"status": status, "parts": parts})


def _database() -> str:
    return _fresh(lambda: Worker.objects.exists() or True)


def _fresh(check: Callable[[], bool]) -> str:
    try:
        return OK if check() else MISSING
    except DatabaseError:
        return MISSING


def _redis_answers() -> bool:
    if settings.REDIS is None:
        return False
    try:
        with redis.Redis.from_url(settings.REDIS.broker, socket_timeout=1, socket_connect_timeout=1) as client:
            return bool(client.ping())
    except redis.RedisError:
        return False
