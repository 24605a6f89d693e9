"""Specs and jobs that the API's tests are about."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import httpx

LATER = "2099-01-01T00:00:00Z"
UNKNOWN_ID = "0199d4c0-8f3a-7d5e-9a1b-2c3d4e5f6a7b"

Job = dict[str, Any]


def quick(**fields: Any) -> Job:
    """A task that ends at once."""
    return {"command": ["echo", "hello"], "session": f"quick-{uuid4()}"} | fields


def parked(**fields: Any) -> Job:
    """A task that stays queued as long as the test needs it."""
    return {"command": ["true"], "session": f"parked-{uuid4()}", "not_before": LATER} | fields


def submitted(api: httpx.Client, spec: Job, **query: Any) -> Job:
    answer = api.post("/api/tasks/", json=spec, params=query)
    assert answer.status_code == 201, answer.text
    job: Job = answer.json()
    return job


def done(api: httpx.Client, **fields: Any) -> Job:
    """A job that has ended."""
    return submitted(api, quick(**fields), wait=30)


def problem(answer: httpx.Response, status: int, code: str) -> dict[str, Any]:
    """The problem that the answer is; fails if it is another."""
    assert answer.status_code == status, answer.text
    assert answer.headers["Content-Type"] == "application/problem+json"
    body: dict[str, Any] = answer.json()
    assert set(body) == {"type", "title", "status", "code", "detail", "errors"}
    assert (body["status"], body["code"]) == (status, code)
    assert body["type"].endswith(f"#{code}")
    assert body["detail"].endswith((".", "?")), body["detail"]
    return body


def count(api: httpx.Client) -> int:
    """How many jobs the workspace has, in all states."""
    sessions: list[dict[str, Any]] = []
    address: str | None = "/api/sessions/?limit=200"
    while address:
        page = api.get(address).json()
        sessions += page["results"]
        address = page["next"]
    return sum(sum(api.get(f"/api/sessions/{each['id']}/").json()["counts"].values()) for each in sessions)
