"""`interlock queue`: how much there is to do, how much can be done at once, and holding it back."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.text import Text

from agents import printing, surroundings
from agents.errors import InvalidInput
from tasks.cli import cancelling
from tasks.cli.client import JSON
from tasks.cli.options import AsJson, Everything, Workspace, server
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

    true = found["estimates"]
    if true["foreseen"]:
        share = true["before_p90"] / true["foreseen"]
        printing.say(
            Text("p90     ", "bright_black"), f"held for {share:.0%} of {true['foreseen']:,} starts of the last day"
        )


OneSession = Annotated[str, typer.Option("--session", "-s", help="Only this session (its name).")]
OneProject = Annotated[str, typer.Option("--project", help="Only this project (its slug).")]
Reason = Annotated[str, typer.Option(help="Why; events and pages show it.")]


@app.command("export")
def export_queue(context: typer.Context) -> None:
    """Print the whole state of the queue as JSON: what limits it, and every job that is not over.

    `interlock queue export > queue.json`
    """
    with server(context) as client:
        printing.print_json(client.get("/api/queue/export/"))


@app.command()
def pause(
    context: typer.Context,
    session: OneSession = "",
    project: OneProject = "",
    workspace: Workspace = "",
    everything: Everything = False,
    reason: Reason = "",
    as_json: AsJson = False,
) -> None:
    """Start nothing more of a workspace, or of one session or project of it; what runs goes on.

    `interlock queue pause --reason "the disk is being changed"`
    """
    _say(_asked(context, "pause", _scope(session, project, workspace, everything), reason), as_json)


@app.command()
def resume(
    context: typer.Context,
    session: OneSession = "",
    project: OneProject = "",
    workspace: Workspace = "",
    everything: Everything = False,
    as_json: AsJson = False,
) -> None:
    """Let it go on.

    `interlock queue resume`
    """
    _say(_asked(context, "resume", _scope(session, project, workspace, everything), ""), as_json)


@app.command()
def stop(
    context: typer.Context,
    session: OneSession = "",
    project: OneProject = "",
    workspace: Workspace = "",
    everything: Everything = False,
    waiting: Annotated[bool, typer.Option("--waiting", help="Cancel what waits, too.")] = False,
    reason: Reason = "",
    as_json: AsJson = False,
) -> None:
    """Emergency stop: start nothing more, and stop what runs at once. It does not ask.

    What waits is kept until `interlock queue resume`, unless `--waiting` cancels it too.

    `interlock queue stop --reason "it deletes the wrong files"`
    """
    scope = _scope(session, project, workspace, everything) | ({"waiting": True} if waiting else {})
    _say(_asked(context, "stop", scope, reason), as_json)


def _scope(session: str, project: str, workspace: str, everything: bool) -> JSON:
    said = {"session": session, "project": project, "workspace": workspace, "everything": everything}
    if everything and (session or project or workspace):
        raise InvalidInput("--everything is every workspace; name no workspace, project or session with it.")
    return {name: value for name, value in said.items() if value}


def _asked(context: typer.Context, verb: str, scope: JSON, reason: str) -> JSON:
    if scope.get("everything"):
        surroundings.of(context).open_database()
        from tasks.cli import everything

        return everything.change(verb, reason, waiting=bool(scope.get("waiting")))
    with server(context) as client:
        return client.post(f"/api/queue/{verb}/", scope | {"reason": reason})


def _say(done: JSON, as_json: bool) -> None:
    if as_json:
        printing.print_json(done)
        return
    name = "everything" if done["scope"] == "platform" else f"{done['scope']} {done['name']}"
    printing.say(f"{name}: {'paused, nothing more starts' if done['paused_at'] else 'goes on'}")
    for receipt in done.get("receipts", ()):
        printing.say(f"{receipt['workspace']}: {cancelling.told(receipt)}")
    if "receipts" in done and not done["receipts"]:
        printing.say("nothing ran")
