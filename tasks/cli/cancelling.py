"""Cancelling what a filter selects: how many, whether so many, and what became of them."""

from __future__ import annotations

import sys
import time

import typer

from agents import printing
from agents.errors import InvalidInput
from tasks.cli.client import JSON, Client

CANCEL = "/api/tasks/cancel/"
LOOK_SECONDS = 0.5
WORDS = {
    "never_started": "never started",
    "stopping": "being stopped",
    "stopped": "stopped",
    "killed": "killed",
    "completed_too_late": "ended by themselves before",
    "already_over": "over already",
}


def cancel_selected(client: Client, selection: JSON, reason: str, *, yes: bool, wait: bool, as_json: bool) -> None:
    """Ask first unless told `yes`; print the receipt, with `wait` when it is complete."""
    if not yes and not _agreed(client, selection):
        return
    receipt = client.post(CANCEL, selection | {"reason": reason})
    while wait and not receipt["done"]:
        time.sleep(LOOK_SECONDS)
        receipt = client.get(f"/api/cancellations/{receipt['id']}/")
    if as_json:
        printing.print_json(receipt)
    elif not receipt["total"]:
        printing.complain("There are no such open jobs; nothing was cancelled.")
    else:
        printing.say(told(receipt))
        printing.say(f"receipt {receipt['id']}")


def told(receipt: JSON) -> str:
    """`40 jobs cancelled: 38 never started, 2 being stopped`"""
    return f"{_jobs(receipt['total'])} cancelled: {_counted(receipt)}"


def _agreed(client: Client, selection: JSON) -> bool:
    would = client.post(CANCEL, selection | {"dry_run": True})
    if not would["total"]:
        return True
    if not sys.stdin.isatty():
        raise InvalidInput(f"This would cancel {_jobs(would['total'])}; say --yes to do it without being asked.")
    running = would["counts"]["stopping"]
    question = f"Cancel {_jobs(would['total'])}, of which {running:,} {'runs' if running == 1 else 'run'}?"
    if typer.confirm(question, err=True):
        return True
    printing.complain("Nothing was cancelled.")
    return False


def _jobs(count: int) -> str:
    return f"{count:,} {'job' if count == 1 else 'jobs'}"


def _counted(receipt: JSON) -> str:
    return ", ".join(f"{count:,} {WORDS[word]}" for word, count in receipt["counts"].items() if count)
