"""Events and jobs in words."""

from __future__ import annotations

from typing import Any

import pytest

from tasks.api.events import KINDS
from tasks.cli import words
from tests.cli.conftest import event, job

pytestmark = pytest.mark.requirement("I5")
RETRY = {"attempt": 1, "message": "It was away.", "available_at": "2026-05-04T10:00:03.500Z"}


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (event("TaskEnqueued", "queued"), "queued"),
        (event("TaskStarted", "running", data={"attempt": 1}), "started on worker-1"),
        (event("TaskStarted", "running", data={"attempt": 2}), "started on worker-1, attempt 2"),
        (event("TaskProgress", "running", data={"percent": 40.0, "message": "writing"}), " 40 %  writing"),
        (event("TaskProgress", "running", data={"percent": None, "message": "writing"}), "writing"),
        (event("TaskCompleted", "completed"), "completed"),
        (event("TaskFailed", "failed", data={"message": "No such file."}), "failed: No such file"),
        (event("TaskFailed", "failed", reason="a dependency failed"), "failed: a dependency failed"),
        (event("TaskDeadLettered", "failed", data={"message": "Gave up."}), "failed: Gave up"),
        (
            event("TaskRetried", "queued", before="running", data=RETRY),
            "attempt 1 failed: It was away; tries again in 2.5 s",
        ),
        (event("TaskRetried", "queued", before="failed", actor="user:ann"), "queued again by hand by ann"),
        (
            event("TaskCancelled", "cancelled", actor="token:ci", reason="wrong branch"),
            "cancelled by ci: wrong branch",
        ),
        (
            event("TaskCancelRequested", "running", before="running", actor="user:ann", reason="wrong branch"),
            "asked to stop by ann: wrong branch",
        ),
        (event("TaskHandedBack", "queued", reason="its worker was shut down"), "handed back: its worker was shut down"),
        (event("PriorityChanged", "queued", data={"before": 1, "after": 0}), "priority from P1 to P0"),
        (
            event("ToolCalled", "", data={"tool": "files.read", "state": "done", "seconds": 0.012}),
            "called files.read: done in 12 ms",
        ),
    ],
)
def test_an_event_is_told_in_words(given: dict[str, Any], said: str) -> None:
    story = words.story(given)
    assert story is not None
    assert story.plain == said


def test_every_kind_of_event_about_a_job_has_words() -> None:
    about_jobs = [kind for kind in KINDS if kind.startswith(("Task", "Approval", "Priority", "Tool"))]
    assert all(words.story(event(kind, "queued")) is not None for kind in about_jobs)
    assert words.story(event("WorkerStarted", "")) is None


def test_what_jobs_say_cannot_steer_the_terminal() -> None:
    story = words.story(event("TaskFailed", "failed", data={"message": "\x1b[2Joops"}))
    assert story is not None
    assert story.plain == "failed: \\x1b[2Joops"


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"state": "running", "progress": {"percent": 40.0, "message": "writing"}}, "40 % writing"),
        (
            {"state": "queued", "waiting_for": {"sentence": "session nightly runs 3 of 3"}},
            "session nightly runs 3 of 3",
        ),
        ({"state": "failed", "error": {"code": "x", "kind": "permanent", "message": "No."}}, "No."),
        (
            {"state": "completed", "started_at": "2026-05-04T10:00:00Z", "completed_at": "2026-05-04T10:00:12Z"},
            "took 12 s",
        ),
        ({"state": "queued"}, ""),
    ],
)
def test_the_remark_beside_a_job_is_what_one_wants_to_know(fields: dict[str, Any], said: str) -> None:
    assert words.remark(job(**fields)) == said


def test_a_job_that_was_told_to_stop_is_cancelling() -> None:
    stopping = job(state="running", cancel_requested_at="2026-05-04T10:00:00Z")
    assert words.state_name(stopping) == "cancelling"
    assert words.state("pending_approval").plain == "needs approval"
