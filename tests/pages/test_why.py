"""Why a job is in its state, in one sentence."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tasks.models import AgentJob, Attempt
from tasks.models.attempt import Outcome
from tasks.pages.why import why
from tasks.states import State

NOW = datetime(2026, 5, 20, 12, 0, tzinfo=UTC)
pytestmark = pytest.mark.requirement("U2", "Q6")


def ago(seconds: float) -> datetime:
    return NOW - timedelta(seconds=seconds)


def job(state: State, **more: Any) -> AgentJob:
    given = {"state_since": ago(60), "max_attempts": 3, "worker_id": "worker-1@box.1f", **more}
    return AgentJob(state=state, **given)


def attempt(number: int, outcome: str = "", message: str = "") -> Attempt:
    return Attempt(number=number, outcome=outcome, error_message=message, started_at=ago(60))


@pytest.mark.parametrize(
    ("subject", "attempts", "waits", "sentence"),
    [
        (job(State.RUNNING), [attempt(1)], "", "on worker-1, its first attempt."),
        (
            job(State.RUNNING),
            [attempt(1, Outcome.HANDED_BACK), attempt(2)],
            "",
            "on worker-1, second attempt: the one before was handed back.",
        ),
        (
            job(
                State.RUNNING, cancel_requested_at=ago(9), cancel_requested_by="user:ann", cancel_reason="wrong branch"
            ),
            [attempt(1)],
            "",
            "on worker-1; ann asked it to stop 9 s ago: wrong branch.",
        ),
        (job(State.QUEUED), [], "session nightly runs 3 of 3", "session nightly runs 3 of 3, for 1 m."),
        (
            job(State.QUEUED),
            [attempt(1, Outcome.FAILED, "No route to host.\nTrace")],
            "it is tried again in 4 s",
            "the first attempt failed (No route to host); it is tried again in 4 s, for 1 m.",
        ),
        (job(State.BLOCKED), [], "waits for “Build”: 0 of 2 dependencies are done", None),
        (job(State.PENDING_APPROVAL), [], "waits for somebody's approval", None),
        (
            job(State.COMPLETED, started_at=ago(200), completed_at=ago(66)),
            [attempt(1, Outcome.COMPLETED)],
            "",
            "in 2 m 14 s, 1 min ago.",
        ),
        (
            job(State.COMPLETED, started_at=ago(200), completed_at=ago(66)),
            [attempt(1, Outcome.CRASHED), attempt(2, Outcome.COMPLETED)],
            "",
            "in 2 m 14 s, at the second attempt, 1 min ago.",
        ),
        (
            job(State.FAILED, completed_at=ago(300), error_kind="permanent"),
            [attempt(1, Outcome.FAILED)],
            "",
            "5 min ago at the first attempt, with an error that another would not mend.",
        ),
        (
            job(State.FAILED, completed_at=ago(300), error_kind="exhausted"),
            [attempt(1, Outcome.FAILED), attempt(2, Outcome.TIMED_OUT)],
            "",
            "5 min ago after 2 attempts; the last one ran out of time.",
        ),
        (
            job(State.FAILED, completed_at=ago(300), error_kind="crashed"),
            [attempt(1, Outcome.CRASHED)],
            "",
            "5 min ago after its process had died twice.",
        ),
        (
            job(State.FAILED, completed_at=ago(300), error_message="It depends on “Build”, which failed."),
            [],
            "",
            "5 min ago without having started: It depends on “Build”, which failed.",
        ),
        (
            job(State.CANCELLED, completed_at=ago(2), cancel_requested_by="user:ann", cancel_reason="no need."),
            [],
            "",
            "by ann just now: no need.",
        ),
        (job(State.CANCELLED, completed_at=ago(2)), [], "", "just now."),
    ],
)
def test_it_is_said_in_one_sentence(
    subject: AgentJob, attempts: list[Attempt], waits: str, sentence: str | None
) -> None:
    assert why(subject, attempts, waits, NOW) == (sentence or f"{waits}.")
