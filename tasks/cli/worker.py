"""`interlock worker list`: who does the work."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.text import Text

from agents import printing
from tasks.cli import words
from tasks.cli.client import JSON
from tasks.cli.options import AsJson, server

STYLES = {"online": "green", "draining": "yellow", "lost": "red", "stopped": "bright_black"}


def list_workers(
    context: typer.Context,
    everything: Annotated[bool, typer.Option("--all", help="Also those that are gone.")] = False,
    as_json: AsJson = False,
) -> None:
    """List the workers: whether they are online, how many of their slots are taken, and when they were last heard of.

    `interlock worker list`
    """
    with server(context) as client:
        found = list(client.every("/api/workers/", all="true" if everything else ""))
    if as_json:
        printing.print_json(found)
    elif not found:
        printing.complain("No worker is online; start one with `interlock worker`.")
    else:
        rows = [
            [
                each["name"],
                Text(each["state"], STYLES.get(each["state"], "")),
                _slots(each),
                words.since(each["heartbeat_at"]),
                words.since(each["started_at"]),
                ", ".join(each["capabilities"]),
            ]
            for each in found
        ]
        printing.print_columns(("name", "state", "slots", "heard of", "started", "can"), rows)
        for each in found:
            if each["limited_by"]:
                printing.complain(
                    f"{each['name']} gets no more than {each['slot_limit']} jobs now: {each['limited_by']}."
                )


def _slots(worker: JSON) -> str:
    limit = worker["slot_limit"]
    return f"{worker['used']}/{worker['slots']}" + (f" (now {limit})" if limit is not None else "")
