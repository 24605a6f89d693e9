"""The command itself: start, submit, tell, judge, stop."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.text import Text

from agents import printing
from agents.printing import Cell
from config import ending
from config.demo import approving, examples, platform
from config.demo.examples import CANCEL_AT_PERCENT, CANCEL_REASON, Example
from config.demo.letterbox import Letterbox, letterbox
from config.demo.stories import Stories, Story
from tasks.cli.client import JSON, Client, connected
from tasks.cli.follow import Follower
from tasks.cli.showing import text_of

LONGEST_SECONDS = 120.0
FAILED, INTERRUPTED = 1, 130
RESULT_LINES = 12


@dataclass
class Outcome:
    """An example with the jobs that were made of it, as they were in the end; none where it could not run."""

    example: Example
    jobs: list[JSON]
    skipped: str = ""
    mail: str = ""
    """What is not as it should be with the mail that it sent."""

    @property
    def complaint(self) -> str:
        return "" if self.skipped else self.example.complaint(self.jobs) or self.mail

    @property
    def ended(self) -> str:
        if self.skipped:
            return f"skipped: {self.skipped}"
        states = examples.summed_up(Counter(job["state"] for job in self.jobs))
        attempts = self.jobs[0]["attempt"]
        return f"{states}, attempt {attempts}" if len(self.jobs) == 1 and attempts > 1 else states

    @property
    def seconds(self) -> float | None:
        """From the first submission to the last end."""
        ends = [job["completed_at"] for job in self.jobs if job["completed_at"]]
        if not ends:
            return None
        first = datetime.fromisoformat(min(job["created_at"] for job in self.jobs))
        return (datetime.fromisoformat(max(ends)) - first).total_seconds()


def demo(
    data: Annotated[
        Path | None, typer.Option(help="Keep the platform's state in this folder. Default: a temporary one.")
    ] = None,
    keep: Annotated[bool, typer.Option("--keep", help="Stay afterwards, until Ctrl-C, to look at the pages.")] = False,
    local_llm: Annotated[
        bool, typer.Option("--local-llm", help="Run the examples of the small language model of this machine instead.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON and nothing else.")] = False,
) -> None:
    """Run the examples on a platform of their own, tell each job's story, and stop it again.

    Exit code 1 if any job ended otherwise than it should. Servers that DATABASE_URL or REDIS_URL name are not touched.
    """
    chosen = examples.chosen(local_llm)
    began = time.monotonic()
    outcomes: list[Outcome] | None = None
    with ending.by_signals():
        _say(as_json, "Starting Postgres, Redis, the web server, the dispatcher and a worker …")
        with letterbox() as box, platform.running(data) as here, connected(here.server) as client:
            _say(as_json, f"Ready after {here.seconds_to_start:.1f} s: {client.url}/tasks/ as admin, {here.password}")
            outcomes = _run(client, here, box, chosen, quiet=as_json)
            _report(outcomes, time.monotonic() - began, as_json)
            if keep:
                _say(as_json, f"The platform stays at {client.url}/tasks/ until Ctrl-C.")
                while True:
                    here.require_alive()
                    ending.pause(0.5)
            _say(as_json, "Stopping.")
    if outcomes is None:
        raise typer.Exit(INTERRUPTED)
    if any(outcome.complaint for outcome in outcomes):
        raise typer.Exit(FAILED)


def _run(
    client: Client, here: platform.DemoPlatform, box: Letterbox, chosen: Sequence[Example], quiet: bool
) -> list[Outcome]:
    """Submit everything, follow it to the end, and read how each job ended."""
    approving.open_account(client, box)
    for example in chosen:
        if example.rule:
            client.post("/api/policy/rules/", dict(example.rule))
    outcomes = [_submitted(client, here, example) for example in chosen]
    stories = {
        job["id"]: Story(outcome.example.name, job["title"], outcome.example.is_batch)
        for outcome in outcomes
        for job in outcome.jobs
    }
    _say(quiet, f"Submitted {len(stories)} jobs from {len(chosen)} files.")
    first = min((job["created_at"] for outcome in outcomes for job in outcome.jobs), default=None)
    told = Stories(stories, datetime.fromisoformat(first) if first else datetime.now(UTC), quiet)
    to_approve = {job["id"]: outcome.example for outcome in outcomes for job in outcome.jobs if outcome.example.edit}
    to_cancel = {job["id"] for outcome in outcomes if outcome.example.is_cancelled for job in outcome.jobs}
    follower = Follower(client, [job for outcome in outcomes for job in outcome.jobs], sleep=ending.pause)
    for event in follower.events(LONGEST_SECONDS):
        here.require_alive()
        if event is None:
            continue
        told.hear(event)
        if event["job"] in to_cancel and (event["data"] or {}).get("percent", 0) >= CANCEL_AT_PERCENT:
            to_cancel.discard(event["job"])
            client.post(f"/api/tasks/{event['job']}/cancel/", {"reason": CANCEL_REASON})
        if event["kind"] == "ApprovalRequested" and event["job"] in to_approve:
            told.tell(event, approving.approve(client, event["job"], to_approve.pop(event["job"])))
    for mail in box.mails:
        _say(quiet, f"A mail arrived for {mail['To']}: {mail['Subject']}")
    for outcome in outcomes:
        outcome.mail = approving.complaint(box, outcome.example.edit) if outcome.example.sends_mail else ""
        outcome.jobs = [client.get(f"/api/tasks/{job['id']}/") for job in outcome.jobs]
    return outcomes


def _submitted(client: Client, here: platform.DemoPlatform, example: Example) -> Outcome:
    if missing := example.missing:
        return Outcome(example, [], missing)
    return Outcome(example, example.read().submit(client, example.changes(here.scratch)))


def _report(outcomes: list[Outcome], seconds: float, as_json: bool) -> None:
    if as_json:
        printing.print_json({"seconds": round(seconds, 1), "examples": [_row(outcome) for outcome in outcomes]})
        return
    for outcome in outcomes:
        if outcome.jobs and not outcome.example.is_batch:
            _print_result(outcome)
    printing.say("")
    rows: list[list[Cell]] = [
        [
            outcome.example.name,
            str(len(outcome.jobs)),
            examples.summed_up(outcome.example.expected),
            Text(outcome.ended, "red" if outcome.complaint else "green"),
            "" if outcome.seconds is None else f"{outcome.seconds:.1f}",
            outcome.complaint,
        ]
        for outcome in outcomes
    ]
    printing.print_columns(("example", "jobs", "expected", "ended", "seconds", ""), rows)
    printing.say("")
    wrong = [outcome.example.name for outcome in outcomes if outcome.complaint]
    count = sum(len(outcome.jobs) for outcome in outcomes)
    verdict = f"Not as it should be: {', '.join(wrong)}." if wrong else f"All {count} jobs ended as they should."
    printing.say(Text(verdict, "bold red" if wrong else "bold green"), f" {seconds:.0f} s in all.")


def _row(outcome: Outcome) -> dict[str, Any]:
    return {
        "example": outcome.example.name,
        "jobs": [job["id"] for job in outcome.jobs],
        "expected": dict(outcome.example.expected),
        "ended": dict(Counter(job["state"] for job in outcome.jobs)),
        "seconds": outcome.seconds,
        "skipped": outcome.skipped or None,
        "complaint": outcome.complaint or None,
    }


def _print_result(outcome: Outcome) -> None:
    job = outcome.jobs[0]
    text = text_of(job["result"]) if job["state"] == "completed" else (job["error"] or {}).get("message")
    if not text:
        return
    lines = [line for line in str(text).splitlines() if line.strip() and not line.startswith("{")]
    printing.say("")
    printing.say(Text(f"{job['title']} ({outcome.example.name})", "bold"))
    for line in lines[:RESULT_LINES]:
        printing.say(f"    {line}")
    if job["state"] == "completed" and outcome.example.tool_calls is not None:
        printing.say(Text(f"    {_used(job['result']['usage'])}", "bright_black"))
    if len(lines) > RESULT_LINES:
        printing.say(Text(f"    … {len(lines) - RESULT_LINES} lines more", "bright_black"))


def _used(usage: JSON) -> str:
    return (
        f"{usage['input_tokens']} tokens in, {usage['output_tokens']} out, "
        f"turns: {usage['turns']}, tool calls: {usage['tool_calls']}"
    )


def _say(quiet: bool, sentence: str) -> None:
    if not quiet:
        printing.say(sentence)
