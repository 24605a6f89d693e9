"""The queue's whole state as one document, of one moment, and of one's own workspaces."""

from __future__ import annotations

import json
from uuid import uuid4

import httpx
import pytest

from tests.api.work import done, parked, submitted
from tests.platform import Platform

pytestmark = pytest.mark.requirement("Q14")


@pytest.fixture
def workspace() -> str:
    return f"export-{uuid4().hex[:8]}"


@pytest.fixture
def mine(platform: Platform, workspace: str) -> httpx.Client:
    return platform.client("operator", workspace)


def test_everything_that_is_not_over(mine: httpx.Client, workspace: str) -> None:
    first = submitted(mine, parked(title="first “one”", priority="P3", tags=["x"]))
    second = submitted(mine, parked(session=first["session"]["name"], depends_on=[first["id"]], priority="P0"))
    done(mine)
    answer = mine.get("/api/queue/export/")
    assert answer.status_code == 200
    assert answer.headers["Content-Disposition"] == 'attachment; filename="queue.json"'
    document = answer.json()
    assert (document["format"], document["version"]) == ("interlock-queue", 1)
    assert [each["slug"] for each in document["workspaces"]] == [workspace]
    assert first["session"]["id"] in [each["id"] for each in document["sessions"]]
    assert document["workers"]
    jobs = {job["id"]: job for job in document["jobs"]}
    assert jobs.keys() == {first["id"], second["id"]}
    job = jobs[first["id"]]
    assert (job["title"], job["state"], job["priority"], job["tags"]) == ("first “one”", "queued", "P3", ["x"])
    assert (jobs[second["id"]]["state"], jobs[second["id"]]["depends_on"]) == ("blocked", [first["id"]])


def test_an_empty_queue_is_a_document_too(mine: httpx.Client) -> None:
    assert mine.get("/api/queue/export/").json()["jobs"] == []


def test_a_long_one_comes_whole(platform: Platform, mine: httpx.Client, workspace: str) -> None:
    for _ in range(2):
        batch = {"tasks": [parked(session="long", title="long " * 30)] * 2500}
        assert mine.post("/api/tasks/batch/", json=batch).status_code == 201
    assert len(mine.get("/api/queue/export/").json()["jobs"]) == 5000
    said = platform.interlock("queue", "export", INTERLOCK_TOKEN=platform.token("operator", workspace))
    assert said.returncode == 0
    assert len(json.loads(said.stdout)["jobs"]) == 5000


def test_nobody_elses(mine: httpx.Client, stranger: httpx.Client) -> None:
    job = submitted(mine, parked())
    assert job["id"] not in stranger.get("/api/queue/export/").text
