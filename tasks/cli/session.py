"""`interlock session`: which sessions there are, and stopping, pausing and closing them."""

from __future__ import annotations

from itertools import islice
from typing import Annotated

import typer

from agents import printing
from agents.errors import InvalidInput, NotFound
from tasks.cli import jobs, words
from tasks.cli.client import JSON, PAGE, Client
from tasks.cli.options import AsJson, Workspace, server

app = typer.Typer(
    no_args_is_help=True, rich_markup_mode="markdown", help="List, show, pause, resume and close sessions."
)
Name = Annotated[str, typer.Argument(metavar="SESSION", help="Its name or id.")]
Reason = Annotated[str, typer.Option(help="Why; events and pages show it.")]
MODES = ("drain", "cancel")


@app.command("list")
def list_sessions(
    context: typer.Context,
    workspace: Workspace = "",
    limit: Annotated[int, typer.Option(help="How many, the newest first.", min=1)] = 50,
    as_json: AsJson = False,
) -> None:
    """List sessions, the newest first.

    `interlock session list`
    """
    with server(context) as client:
        found = list(islice(client.every("/api/sessions/", workspace=workspace, limit=min(limit, PAGE)), limit))
    if as_json:
        printing.print_json(found)
    elif not found:
        printing.complain("There are no sessions yet; the first task makes one.")
    else:
        rows = [
            [each["id"], _state(each), words.since(each["created_at"]), each["workspace"], each["name"]]
            for each in found
        ]
        printing.print_columns(("id", "state", "opened", "workspace", "name"), rows)


@app.command()
def show(context: typer.Context, session: Name, workspace: Workspace = "", as_json: AsJson = False) -> None:
    """Show a session and how many jobs it has in each state.

    `interlock session show nightly`
    """
    with server(context) as client:
        _print(client.get(_path(client, session, workspace)), as_json)


@app.command()
def pause(
    context: typer.Context,
    session: Name,
    workspace: Workspace = "",
    reason: Reason = "",
    as_json: AsJson = False,
) -> None:
    """Start no more of its jobs; what runs goes on.

    `interlock session pause nightly --reason "the database is being moved"`
    """
    with server(context) as client:
        path = _path(client, session, workspace)
        _print(client.post(f"{path}pause/", {"reason": reason}), as_json)


@app.command()
def resume(context: typer.Context, session: Name, workspace: Workspace = "", as_json: AsJson = False) -> None:
    """Start its jobs again.

    `interlock session resume nightly`
    """
    with server(context) as client:
        _print(client.post(f"{_path(client, session, workspace)}resume/"), as_json)


@app.command()
def close(
    context: typer.Context,
    session: Name,
    mode: Annotated[str, typer.Option(help="`drain` lets what is there end; `cancel` cancels all of it.")] = "drain",
    workspace: Workspace = "",
    reason: Reason = "",
    as_json: AsJson = False,
) -> None:
    """Take no more tasks for it.

    `interlock session close nightly --mode cancel`
    """
    if mode not in MODES:
        raise InvalidInput(f"--mode is {' or '.join(MODES)}, not {mode!r}.")
    with server(context) as client:
        _print(client.post(f"{_path(client, session, workspace)}close/", {"mode": mode, "reason": reason}), as_json)


def _path(client: Client, said: str, workspace: str) -> str:
    """The address of the session of that id or name. Raises NotFound, or Ambiguous where several are called so."""
    if jobs.WHOLE.fullmatch(said):
        return f"/api/sessions/{said.lower()}/"
    named = client.get("/api/sessions/", name=said, workspace=workspace)["results"]
    if not named:
        raise NotFound(f"There is no session {said!r}; see `interlock session list`.")
    if len(named) > 1:
        where = ", ".join(each["workspace"] for each in named)
        raise jobs.Ambiguous(f"There is a session {said!r} in each of {where}; say which with --workspace.")
    return f"/api/sessions/{named[0]['id']}/"


def _print(session: JSON, as_json: bool) -> None:
    if as_json:
        printing.print_json(session)
        return
    counts = ", ".join(f"{count:,} {state}" for state, count in (session.get("counts") or {}).items() if count)
    printing.say(f"{session['name']} ({session['workspace']}): {_state(session)}")
    printing.say(f"{session['id']}  {counts or 'no jobs'}")


def _state(session: JSON) -> str:
    if session["closed_at"]:
        return "closed"
    return "paused" if session["paused_at"] else "open"
