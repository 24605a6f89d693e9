"""`/healthz` and `/readyz` say what the platform can do now."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from config import health
from tasks.models import Leader, Worker

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("O2")]


@pytest.fixture
def running() -> None:
    """A dispatcher that leads and a worker that is online."""
    soon = timezone.now() + timedelta(minutes=1)
    Leader.objects.update_or_create(name="dispatcher", defaults={"holder": "test", "until": soon})
    Worker.objects.create(id="w1", name="w1", host="test", pid=1, slots=1, lease_until=soon)


def parts() -> tuple[int, str, dict[str, str]]:
    answer = Client().get("/readyz")
    content = answer.json()
    return answer.status_code, content["status"], content["parts"]


@pytest.mark.usefixtures("running")
def test_a_platform_with_all_its_parts_is_ready() -> None:
    assert parts() == (200, "ready", dict.fromkeys(("database", "dispatcher", "workers", "redis"), "ok"))


@pytest.mark.usefixtures("running")
def test_without_redis_it_is_degraded_and_still_ready(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "_redis_answers", lambda: False)
    status, word, found = parts()
    assert (status, word, found["redis"]) == (200, "degraded", "degraded")


@pytest.mark.usefixtures("running")
def test_a_worker_whose_lease_ran_out_or_that_stopped_does_not_count() -> None:
    Worker.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    assert parts()[2]["workers"] == "missing"
    Worker.objects.update(lease_until=timezone.now() + timedelta(minutes=1), stopped_at=timezone.now())
    assert parts()[0] == 503


@pytest.mark.usefixtures("running")
def test_without_a_dispatcher_that_leads_it_is_not_ready() -> None:
    Leader.objects.update(until=timezone.now() - timedelta(seconds=1))
    status, word, found = parts()
    assert (status, word, found["dispatcher"]) == (503, "not ready", "missing")


def test_being_alive_asks_nobody() -> None:
    assert Client().get("/healthz").json() == {"status": "alive"}
