"""/api/queue/pause/, resume/ and stop/: of a session, a project, a workspace, and of everything."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.api.work import Job, parked, problem, quick, submitted
from tests.platform import Platform
from tests.signing_in import make_user, signed_in

pytestmark = pytest.mark.requirement("Q9")


@pytest.fixture
def workspace() -> str:
    return f"halt-{uuid4().hex[:8]}"


@pytest.fixture
def mine(platform: Platform, workspace: str) -> httpx.Client:
    """The operator of a workspace of the test's own."""
    return platform.client("operator", workspace)


def changed(api: httpx.Client, verb: str, **body: Any) -> dict[str, Any]:
    answer = api.post(f"/api/queue/{verb}/", json=body)
    assert answer.status_code == 200, answer.text
    done: dict[str, Any] = answer.json()
    return done


def seen(api: httpx.Client, job: Job, **query: Any) -> dict[str, Any]:
    found: dict[str, Any] = api.get(f"/api/tasks/{job['id']}/", params=query).json()
    return found


def waits_paused(platform: Platform, api: httpx.Client, job: Job) -> str:
    """The sentence of a job that waits for a pause to end."""

    def look() -> str | None:
        waiting = seen(api, job)["waiting_for"]
        return waiting["sentence"] if waiting and waiting["code"] == "paused" else None

    return platform.wait_for(look)


def test_a_paused_workspace_starts_nothing_more_until_it_is_resumed(
    platform: Platform, mine: httpx.Client, workspace: str
) -> None:
    done = changed(mine, "pause", reason="lunch")
    assert (done["scope"], done["name"], bool(done["paused_at"])) == ("workspace", workspace, True)
    job = submitted(mine, quick())
    assert workspace in waits_paused(platform, mine, job)
    assert mine.get("/api/queue/").json()["paused"] == [workspace]
    assert changed(mine, "resume")["paused_at"] is None
    assert seen(mine, job, wait=30)["state"] == "completed"
    kinds = [event["kind"] for event in mine.get("/api/events/").json()["results"]]
    assert {"QueuePaused", "QueueResumed"} <= set(kinds)


def test_a_paused_session_leaves_the_others_alone(platform: Platform, mine: httpx.Client) -> None:
    held, other = submitted(mine, parked(session="held")), quick(session="free")
    changed(mine, "pause", session="held")
    assert submitted(mine, other, wait=30)["state"] == "completed"
    assert "held" in waits_paused(platform, mine, submitted(mine, quick(session="held")))
    assert seen(mine, held)["state"] == "queued"


def test_pausing_twice_keeps_the_first_time(mine: httpx.Client) -> None:
    assert changed(mine, "pause")["paused_at"] == changed(mine, "pause")["paused_at"]


def test_an_emergency_stop_stops_what_runs_and_keeps_what_waits(platform: Platform, mine: httpx.Client) -> None:
    running = submitted(mine, quick(command=["sleep", "600"]))
    waiting = submitted(mine, parked())
    platform.wait_for(lambda: seen(mine, running)["state"] == "running")
    done = changed(mine, "stop", reason="it deletes the wrong files")
    assert done["paused_at"]
    [receipt] = done["receipts"]
    assert (receipt["total"], receipt["reason"]) == (1, "it deletes the wrong files")
    assert seen(mine, running, wait=30)["state"] == "cancelled"
    assert seen(mine, waiting)["state"] == "queued"
    kept = platform.wait_for(lambda: _done(mine, receipt["id"]))
    assert kept["counts"]["stopped"] + kept["counts"]["killed"] == 1


def _done(api: httpx.Client, id: str) -> dict[str, Any] | None:
    receipt: dict[str, Any] = api.get(f"/api/cancellations/{id}/").json()
    return receipt if receipt["done"] else None


def test_an_emergency_stop_leaves_nothing_running_while_jobs_keep_starting(
    platform: Platform, mine: httpx.Client
) -> None:
    """A backlog that the dispatcher hands out all the while."""
    spec = {"tasks": [{"command": ["sleep", "600"], "session": f"s{number}"} for number in range(40)]}
    assert mine.post("/api/tasks/batch/", json=spec).status_code == 201
    platform.wait_for(lambda: mine.get("/api/queue/").json()["states"]["running"])
    changed(mine, "stop")
    platform.wait_for(lambda: not mine.get("/api/queue/").json()["states"]["running"])
    left = mine.get("/api/queue/").json()["states"]["queued"]
    assert left > 0
    changed(mine, "stop", waiting=True)
    assert mine.get("/api/queue/").json()["states"]["queued"] == 0


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"session": "nobody-has-this"}, 404, "not_found"),
        ({"project": "nobody-has-this"}, 404, "not_found"),
        ({"workspace": "strangers"}, 404, "not_found"),
        ({"session": "a", "project": "b"}, 400, "invalid_input"),
        ({"everything": True, "session": "a"}, 400, "invalid_input"),
        ({"everything": "yes"}, 400, "invalid_input"),
        ({"all": True}, 400, "invalid_input"),
        ({"everything": True}, 403, "not_allowed"),
    ],
)
@pytest.mark.parametrize("verb", ["pause", "resume", "stop"])
def test_what_cannot_be_is_refused_and_pauses_nothing(
    mine: httpx.Client, verb: str, body: dict[str, Any], status: int, code: str
) -> None:
    problem(mine.post(f"/api/queue/{verb}/", json=body), status, code)
    queue = mine.get("/api/queue/").json()
    assert (queue["paused"], queue["everything_paused"]) == ([], False)


def test_a_viewer_may_not(platform: Platform, workspace: str) -> None:
    viewer = platform.client("viewer", workspace)
    for verb in ("pause", "resume", "stop"):
        problem(viewer.post(f"/api/queue/{verb}/", json={}), 403, "not_allowed")


class TestEverything:
    @pytest.fixture(autouse=True)
    def resumed(self, platform: Platform) -> Iterator[None]:
        yield
        assert platform.interlock("queue", "resume", "--everything").returncode == 0

    def test_a_platform_admin_pauses_every_workspace(self, platform: Platform, mine: httpx.Client) -> None:
        make_user(platform, "chief", superuser=True)
        with signed_in(platform, "chief") as chief:
            headers = {"X-CSRFToken": chief.cookies["csrftoken"], "Referer": f"{platform.url}/"}
            body = {"everything": True, "reason": "the room is on fire"}
            answer = chief.post("/api/queue/pause/", json=body, headers=headers)
            assert answer.status_code == 200, answer.text
        job = submitted(mine, quick())
        assert waits_paused(platform, mine, job) == "everything is paused"
        assert mine.get("/api/queue/").json()["everything_paused"] is True
        reasons = platform.sql("SELECT reason FROM tasks_event WHERE kind = 'QueuePaused' AND workspace_id IS NULL")
        assert reasons[-1]["reason"] == "the room is on fire"
        assert platform.interlock("queue", "resume", "--everything").returncode == 0
        assert seen(mine, job, wait=30)["state"] == "completed"

    def test_who_sits_at_the_machine_stops_everything(self, platform: Platform, mine: httpx.Client) -> None:
        running = submitted(mine, quick(command=["sleep", "600"]))
        platform.wait_for(lambda: seen(mine, running)["state"] == "running")
        done = platform.interlock("queue", "stop", "--everything", "--reason", "fire", "--json")
        assert done.returncode == 0, done.stderr
        said = json.loads(done.stdout)
        assert (said["scope"], bool(said["paused_at"])) == ("platform", True)
        assert sum(receipt["total"] for receipt in said["receipts"]) >= 1
        assert seen(mine, running, wait=30)["state"] == "cancelled"
