"""Following jobs by the event log: nothing missed, nothing told twice, and an end."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tasks.cli.follow import Follower
from tests.cli.conftest import event, job

pytestmark = pytest.mark.requirement("I5")
FIRST, SECOND, OTHER = (f"0199d4c0-8f3a-7d5e-9a1b-00000000000{number}" for number in (1, 2, 3))


class Log:
    """The API's event log as far as it has come; `later` are steps that happen while somebody sleeps."""

    def __init__(self, *events: dict[str, Any]) -> None:
        self.events = list(events)
        self.states: dict[str, str] = {}
        self.later: list[Callable[[], Any]] = []
        self.asked: list[str] = []
        self.time = 0.0

    def get(self, path: str, **query: Any) -> dict[str, Any]:
        self.asked.append(path)
        if path.startswith("/api/agent-jobs/"):
            return {"state": self.states[path.split("/")[3]]}
        of = path.split("/")[3] if path != "/api/events/" else None
        rows = [e for e in self.events if of in (None, e["job"]) and (e["seq"] or 10**9) > query.get("after", 0)]
        rows = [e for e in rows if of or e["seq"]][: query["limit"]]
        return {"results": rows, "next": max((e["seq"] or 0 for e in rows), default=query.get("after", 0))}

    def sleep(self, seconds: float) -> None:
        self.time += seconds
        if self.later:
            self.later.pop(0)()

    def follow(self, *ids: str, timeout: float | None = None) -> tuple[Follower, list[Any]]:
        follower = Follower(self, [job(id=id) for id in ids], sleep=self.sleep, now=lambda: self.time)  # type: ignore[arg-type]
        return follower, [each for each in follower.events(timeout) if each is not None]


def test_a_single_jobs_story_is_told_to_its_end() -> None:
    log = Log(event("TaskEnqueued", "queued", 5, job=FIRST))
    log.later = [
        lambda: log.events.append(event("TaskStarted", "running", 6, job=FIRST)),
        lambda: log.events.append(event("TaskCompleted", "completed", 7, job=FIRST)),
    ]
    follower, told = log.follow(FIRST)
    assert [each["kind"] for each in told] == ["TaskEnqueued", "TaskStarted", "TaskCompleted"]
    assert follower.is_over
    assert follower.failed == []


def test_what_has_no_number_yet_is_told_once_when_it_has() -> None:
    newest = event("TaskCompleted", "completed", None, job=FIRST)
    log = Log(event("TaskStarted", "running", 1, job=FIRST), newest)
    log.later = [lambda: newest.update(seq=2)]
    _, told = log.follow(FIRST)
    assert [each["seq"] for each in told] == [1, 2]


def test_a_batch_reads_the_common_log_from_its_first_event_on() -> None:
    log = Log(
        event("TaskCompleted", "completed", 1, job=OTHER),
        event("TaskEnqueued", "queued", 2, job=FIRST),
        event("TaskEnqueued", "queued", 3, job=SECOND),
        event("TaskStarted", "running", 4, job=OTHER),
        event("TaskFailed", "failed", 5, job=SECOND),
        event("TaskCompleted", "completed", 6, job=FIRST),
    )
    follower, told = log.follow(FIRST, SECOND)
    assert [each["seq"] for each in told] == [2, 3, 5, 6]
    assert follower.failed == [SECOND]


def test_a_batch_waits_until_its_beginning_has_a_number() -> None:
    first = event("TaskEnqueued", "queued", None, job=FIRST)
    log = Log(first)
    log.later = [
        lambda: first.update(seq=8),
        lambda: log.events.extend(
            [event("TaskCompleted", "completed", 9, job=FIRST), event("TaskCompleted", "completed", 10, job=SECOND)]
        ),
    ]
    _, told = log.follow(FIRST, SECOND)
    assert [each["seq"] for each in told] == [8, 9, 10]


def test_pages_that_hold_nothing_of_ours_are_passed_over() -> None:
    others = [event("TaskProgress", "running", seq, job=OTHER) for seq in range(2, 2500)]
    log = Log(
        event("TaskEnqueued", "queued", 1, job=FIRST),
        *others,
        event("TaskCompleted", "completed", 2500, job=FIRST),
        event("TaskCompleted", "completed", 2501, job=SECOND),
    )
    _, told = log.follow(FIRST, SECOND)
    assert [each["seq"] for each in told] == [1, 2500, 2501]
    assert log.time <= 0.1  # one pause, not one a page


def test_the_time_to_wait_ends_it() -> None:
    log = Log(event("TaskEnqueued", "queued", 1, job=FIRST))
    follower, _ = log.follow(FIRST, timeout=3)
    assert not follower.is_over
    assert log.time == pytest.approx(3, abs=0.01)


def test_without_a_dispatcher_that_numbers_events_the_end_is_seen_all_the_same() -> None:
    log = Log()
    log.states = {FIRST: "cancelled", SECOND: "completed"}
    follower, told = log.follow(FIRST, SECOND)
    assert told == []
    assert follower.failed == [FIRST]
