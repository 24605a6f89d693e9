"""A job on paper: what it is, where it stands and why, the story of its attempts, and what came of it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from rich.text import Text

from agents import printing
from agents.printing import Cell, harmless
from tasks.cli import words
from tasks.cli.client import JSON
from tasks.pages.times import expected_start, span

COLUMNS = ("id", "state", "pri", "session", "attempt", "age", "title", "remark")
OUTCOMES = {"completed": "green", "failed": "red", "timed_out": "red", "crashed": "red", "lease_lost": "yellow"}
LONGEST_RESULT = 4_000


def rows(jobs: Iterable[JSON]) -> Iterator[list[Cell]]:
    """One line a job; ids are whole in a pipe and short on a terminal."""
    shown = words.short if printing.is_terminal() else str
    for job in jobs:
        yield [
            shown(job["id"]),
            words.state(words.state_name(job)),
            job["priority"],
            job["session"]["name"],
            f"{job['attempt']}/{job['max_attempts']}" if job["attempt"] else "",
            words.since(job["created_at"]),
            job["title"],
            words.remark(job),
        ]


def print_jobs(jobs: Iterable[JSON]) -> None:
    printing.print_columns(COLUMNS, rows(jobs))


def print_job(job: JSON) -> None:
    """All that a person wants to know of one job."""
    printing.say(Text(harmless(job["title"]), "bold"))
    printing.say(words.state(words.state_name(job)), f" since {words.since(job['state_since'])}", _why(job))
    printing.say("")
    for name, value in _facts(job):
        if value not in (None, "", []):
            printing.say(Text(f"{name:<11}", "bright_black"), str(value))
    if job["attempts"]:
        printing.say("")
        for attempt in job["attempts"]:
            printing.say(*_attempt(attempt))
    if job["error"]:
        printing.say("")
        printing.say(Text(f"{job['error']['code']} ({job['error']['kind']}): ", "red"), job["error"]["message"])
    if job["result"] is not None:
        printing.say("")
        print_result(job["result"])


def print_why(job: JSON) -> None:
    """Where it stands, and what holds it there, in one line."""
    place = f" (number {job['position']} in its session)" if job["position"] else ""
    printing.say(words.state(words.state_name(job)), place, _why(job) or _end(job))
    if job["estimate"]:
        printing.say(f"It is expected to start {_expected(job['estimate'])}.")


def print_result(result: Any) -> None:
    """The text that it is about, as it stands; else the result as JSON."""
    text = text_of(result)
    printing.say(_bounded(text if text is not None else json.dumps(result, indent=2, ensure_ascii=False)))


def text_of(result: Any) -> str | None:
    """What a command printed, or what the last step of a plan read or printed."""
    if not isinstance(result, dict):
        return result if isinstance(result, str) else None
    if "steps" in result and "result" in result:
        return text_of(result["result"])
    found = next((result[name] for name in ("output", "text", "stdout") if isinstance(result.get(name), str)), None)
    return found.rstrip("\n") if found is not None else None


def _expected(estimate: JSON) -> str:
    return expected_start(estimate["p50"], estimate["p90"], known=estimate["known"])


def _why(job: JSON) -> str:
    if job["waiting_for"]:
        return f": {job['waiting_for']['sentence']}"
    if job["state"] == "running" and words.progress(job):
        return f": {words.progress(job)}"
    return ""


def _end(job: JSON) -> str:
    if job["error"]:
        return f": {harmless(job['error']['message'])}"
    return f" since {words.since(job['state_since'])}"


def _facts(job: JSON) -> Iterator[tuple[str, Any]]:
    yield "id", job["id"]
    yield "workspace", job["workspace"] + (f", project {job['project']}" if job["project"] else "")
    yield "session", job["session"]["name"]
    yield "priority", job["priority"] + (f", number {job['position']} in its session" if job["position"] else "")
    yield "work", f"{job['tool']} {json.dumps(job['arguments'], ensure_ascii=False)}" if job["tool"] else job["runtime"]
    yield "parent", job["parent"]
    yield "children", _children(job["children"] or {})
    yield "depends on", ", ".join(job["depends_on"])
    yield "tags", ", ".join(job["tags"])
    yield "submitted", f"{words.since(job['created_at'])} by {job['submitted_by']['label']}"
    yield "waited", span(job["wait_seconds"]) if job["wait_seconds"] is not None else ""
    yield "to start", _expected(job["estimate"]) if job["estimate"] else ""
    yield "may start", words.moment(job["available_at"]) if job["state"] == "queued" else ""
    yield "worker", words.worker_name(job["worker"])
    yield "used", _used(job["usage"])
    yield (
        "result",
        f"deleted {words.since(job['result_purged_at'])}, its time was over" if job["result_purged_at"] else "",
    )
    yield "policy", f"{job['policy']['verdict']} by the rule {job['policy']['rule']}" if job["policy"]["rule"] else ""
    yield "redacted", ", ".join(job["policy"]["redacted"])
    yield "approvals", ", ".join(_approval(each) for each in job["approvals"] or [])


def _approval(asked: JSON) -> str:
    by = f" by {asked['decided_by'].partition(':')[2]}" if asked["decided_by"] else f" ({asked['id']})"
    return harmless(f"{asked['tool']} {asked['state']}{by}")


def _children(counts: dict[str, int]) -> str:
    return ", ".join(f"{count} {state.replace('_', ' ')}" for state, count in counts.items())


def _used(usage: JSON) -> str:
    parts = []
    if usage["cpu_seconds"] is not None:
        parts.append(f"{usage['cpu_seconds']:.2f} s of processor time")
    if usage["max_rss_mb"] is not None:
        parts.append(f"{usage['max_rss_mb']:.0f} MB of memory")
    if usage["tokens"] is not None:
        parts.append(f"{usage['tokens']:,} tokens" + (f" for ${usage['cost']:.4f}" if usage["cost"] else ""))
    return ", ".join(parts)


def _attempt(attempt: JSON) -> list[Cell]:
    outcome = attempt["outcome"] or "runs"
    took = f" after {span(attempt['seconds'])}" if attempt["seconds"] is not None else ""
    why = f": {attempt['error']['message']}" if attempt["error"] else ""
    return [
        f"attempt {attempt['number']} on {words.worker_name(attempt['worker'])}: ",
        Text(outcome.replace("_", " "), OUTCOMES.get(outcome, "")),
        f"{took}{why}",
    ]


def _bounded(text: str) -> str:
    if len(text) <= LONGEST_RESULT or not printing.is_terminal():
        return text
    return f"{text[:LONGEST_RESULT]}\n… {len(text) - LONGEST_RESULT:,} characters more: --json shows all of it"
