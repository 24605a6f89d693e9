"""`interlock events`: the one log, line by line."""

from __future__ import annotations

import json
import time
from typing import Annotated

import typer
from rich.text import Text

from agents import printing
from agents.printing import harmless
from tasks.cli import words
from tasks.cli.client import JSON, Client
from tasks.cli.options import AsJson, Workspace, server

PAGE = 1000
EVERY_SECONDS = 0.5


def events(
    context: typer.Context,
    after: Annotated[int, typer.Option(help="Only what comes behind this number.", min=0)] = 0,
    kind: Annotated[list[str] | None, typer.Option(help="Only of this kind (TaskFailed…); several times.")] = None,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on with what happens now, until Ctrl-C.")] = False,
    workspace: Workspace = "",
    as_json: AsJson = False,
) -> None:
    """Print what happened, in its order; with --json one object a line.

    `interlock events --follow --kind TaskFailed --kind TaskDeadLettered`
    """
    with server(context) as client:
        print_events(
            client, after=after, kinds=",".join(kind or []), follow=follow, workspace=workspace, as_json=as_json
        )


def print_events(
    client: Client,
    *,
    follow: bool,
    after: int = 0,
    kinds: str = "",
    workspace: str = "",
    as_json: bool = False,
) -> None:
    while True:
        tail = client.get("/api/events/", after=after, kind=kinds, workspace=workspace, limit=PAGE)
        after = tail["next"]
        for event in tail["results"]:
            if as_json:
                printing.pass_on(json.dumps(event, ensure_ascii=False))
            else:
                _print(event)
        if len(tail["results"]) < PAGE:
            if not follow:
                return
            time.sleep(EVERY_SECONDS)


def _print(event: JSON) -> None:
    at = words.moment(event["at"])
    time_of_day = at.astimezone().strftime("%Y-%m-%d %H:%M:%S") if at else ""
    about = words.short(event["job"]) if event["job"] else "-" * words.SHORT
    said = words.story(event) or Text(harmless(_particulars(event)))
    printing.say(Text(f"{event['seq']:>8}  {time_of_day}  ", "bright_black"), f"{about}  {event['kind']:<17} ", said)


def _particulars(event: JSON) -> str:
    data = event["data"] or {}
    named = data.get("name") or " ".join(str(data[key]) for key in ("of", "id") if data.get(key))
    return " ".join(part for part in (named, event["reason"]) if part)
