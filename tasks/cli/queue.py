"""`interlock queue`: how much there is to do, and how much can be done at once."""

from __future__ import annotations

import typer
from rich.text import Text

from agents import printing
from tasks.cli.options import AsJson, Workspace, server
from tasks.cli.watching import headline
from tasks.pages.times import span

app = typer.Typer(no_args_is_help=True, rich_markup_mode="markdown", help="What waits, what runs, what holds it back.")


@app.callback()
def queue() -> None:
    """What waits, what runs, and what holds it back."""


@app.command()
def status(context: typer.Context, workspace: Workspace = "", as_json: AsJson = False) -> None:
    """Show how much waits and runs, by priority, and how many slots there are.

    `interlock queue status`
    """
    with server(context) as client:
        found = client.get("/api/queue/", workspace=workspace)
    if as_json:
        printing.print_json(found)
        return
    printing.say(headline(found))
    queued = {label: count for label, count in found["queued_by_priority"].items() if count}
    if queued:
        printing.say(
            Text("queued  ", "bright_black"), ", ".join(f"{count:,} {label}" for label, count in queued.items())
        )
    if found["oldest_queued_seconds"] is not None:
        printing.say(Text("oldest  ", "bright_black"), f"waits for {span(found['oldest_queued_seconds'])}")
