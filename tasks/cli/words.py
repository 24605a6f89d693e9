"""Jobs and events in words and colours, as the pages say them."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from rich.text import Text

from agents.printing import harmless
from tasks.pages.times import ago, span

JSON = dict[str, Any]
STYLES = {
    "queued": "bright_black",
    "running": "blue",
    "pending_approval": "yellow",
    "suspended": "magenta",
    "completed": "green",
    "failed": "red",
    "cancelled": "bright_black",
    "cancelling": "bright_black",
    "blocked": "yellow",
}
STATE_WORDS = {"pending_approval": "needs approval"}
"""Where people read another word than programs."""
OVER = ("completed", "failed", "cancelled")
QUIET_KINDS = ("TaskProgress", "ToolCalled")
"""Many of a job: shown while one looks, and left out of a list."""
SHORT = 8
_LIFE = re.compile(r"-[0-9a-f]{8}\Z")


def short(id: str) -> str:
    """The end of an id, which is its random part: enough to tell jobs apart, and taken by every command."""
    return id[-SHORT:]


def state_name(job: JSON) -> str:
    """The state, and `cancelling` where a running job was told to stop."""
    return "cancelling" if job["state"] == "running" and job.get("cancel_requested_at") else str(job["state"])


def state(name: str) -> Text:
    """The word that people read, in its colour."""
    return Text(STATE_WORDS.get(name, name), STYLES.get(name, ""))


def worker_name(id: str | None) -> str:
    """A worker's name without the mark of its present life."""
    return _LIFE.sub("", id or "")


def moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def since(text: str | None) -> str:
    at = moment(text)
    return ago(at, datetime.now(UTC)) if at else ""


def seconds_between(start: str | None, end: str | None) -> float | None:
    first, last = moment(start), moment(end)
    return (last - first).total_seconds() if first and last else None


def progress(job: JSON) -> str:
    """`40 % writing tests`"""
    percent, message = job["progress"]["percent"], job["progress"]["message"]
    return harmless(" ".join(part for part in ("" if percent is None else f"{percent:g} %", message) if part))


def remark(job: JSON) -> str:
    """What one most wants to know beside the state: how far it is, why it waits, what went wrong, how long it took."""
    if job["state"] == "running":
        return progress(job)
    if job["waiting_for"]:
        return harmless(str(job["waiting_for"]["sentence"]))
    if job["error"]:
        return harmless(str(job["error"]["message"]))
    took = seconds_between(job["started_at"], job["completed_at"])
    return f"took {span(took)}" if took is not None else ""


def story(event: JSON) -> Text | None:
    """What an event says about its job, or None where it is not about one."""
    tell = _STORIES.get(event["kind"])
    if tell is None:
        return None
    return tell(event, event.get("data") or {})


def _started(event: JSON, data: JSON) -> Text:
    attempt = f", attempt {data['attempt']}" if data.get("attempt", 1) > 1 else ""
    return Text(f"started on {worker_name(event['worker'])}{attempt}", STYLES["running"])


def _progressed(event: JSON, data: JSON) -> Text:
    percent = "" if data.get("percent") is None else f"{data['percent']:3g} %  "
    return Text(f"{percent}{harmless(str(data.get('message') or ''))}", "bright_black")


def _called(event: JSON, data: JSON) -> Text:
    took = f" in {span(data['seconds'])}" if data.get("seconds") is not None else ""
    return Text(harmless(f"called {data.get('tool')}: {data.get('state')}{took}"), "bright_black")


def _retried(event: JSON, data: JSON) -> Text:
    if event["before"] != "running":
        return Text("queued again by hand" + _by(event), STYLES["queued"])
    pause = seconds_between(event["at"], data.get("available_at"))
    again = f"; tries again in {span(pause)}" if pause and pause > 0 else "; tries again"
    return Text(f"attempt {data.get('attempt')} failed: {_message(data)}{again}", "yellow")


def _failed(event: JSON, data: JSON) -> Text:
    return Text(f"failed: {_message(data) or harmless(event['reason'])}", STYLES["failed"])


def _stopped(words: str) -> Callable[[JSON, JSON], Text]:
    def tell(event: JSON, data: JSON) -> Text:
        return Text(f"{words}{_by(event)}{_because(event)}", STYLES["cancelled"])

    return tell


def _suspended(event: JSON, data: JSON) -> Text:
    return Text(f"suspended{_because(event)}", STYLES["suspended"])


def _handed_back(event: JSON, data: JSON) -> Text:
    return Text(f"handed back: {harmless(event['reason']) or _message(data)}", "yellow")


def _message(data: JSON) -> str:
    return harmless(str(data.get("message") or "")).rstrip(".")


def _by(event: JSON) -> str:
    kind, _, label = str(event["actor"]).partition(":")
    return f" by {harmless(label)}" if label and kind in ("user", "token", "agent") else ""


def _because(event: JSON) -> str:
    return f": {harmless(event['reason'])}" if event["reason"] else ""


def _plain(words: str, style: str = "") -> Callable[[JSON, JSON], Text]:
    return lambda event, data: Text(words, style)


_STORIES: dict[str, Callable[[JSON, JSON], Text]] = {
    "TaskEnqueued": _plain("queued", STYLES["queued"]),
    "TaskBlocked": _plain("waits for others", STYLES["blocked"]),
    "TaskUnblocked": _plain("queued: what it waited for is there", STYLES["queued"]),
    "TaskStarted": _started,
    "TaskProgress": _progressed,
    "TaskSuspended": _suspended,
    "TaskResumed": _plain("resumed", STYLES["running"]),
    "TaskHandedBack": _handed_back,
    "TaskCompleted": _plain("completed", STYLES["completed"]),
    "TaskFailed": _failed,
    "TaskDeadLettered": _failed,
    "TaskRetried": _retried,
    "TaskCancelRequested": _stopped("asked to stop"),
    "TaskCancelled": _stopped("cancelled"),
    "TaskReordered": _plain("moved in its queue"),
    "PriorityChanged": lambda event, data: Text(f"priority from P{data.get('before')} to P{data.get('after')}"),
    "ApprovalRequested": _plain("waits for approval", STYLES["pending_approval"]),
    "ApprovalDecided": _plain("approved"),
    "ToolCalled": _called,
    "ContextRevised": lambda event, data: Text(f"context kept as revision {data.get('revision')}", "bright_black"),
}
