"""`interlock task priority` and `interlock undo`."""

from __future__ import annotations

from typing import Annotated

import typer

from agents import printing, surroundings
from agents.errors import InvalidInput
from tasks.cli import jobs
from tasks.cli.options import AsJson, Everything, SomeIds, Workspace, server
from tasks.cli.selecting import Project, Session, State, Tag, Text, selection

To = Annotated[str, typer.Argument(metavar="PRIORITY", help="P0 to P4, or critical, high, normal, low, background.")]


def priority(
    context: typer.Context,
    to: To,
    ids: SomeIds = None,
    state: State = None,
    session: Session = "",
    tag: Tag = None,
    project: Project = "",
    text: Text = "",
    workspace: Workspace = "",
    reason: Annotated[str, typer.Option(help="Why; events and pages show it.")] = "",
    as_json: AsJson = False,
) -> None:
    """Give waiting jobs another priority: those of the ids, or all that the filters select.

    `interlock task priority P0 4f1c9a02 --reason "the release waits for it"`

    `interlock task priority low --session nightly`
    """
    chosen = selection(state=state, session=session, tag=tag, project=project, q=text)
    if bool(ids) == bool(chosen):
        raise InvalidInput("Say which jobs: their ids, or a filter such as --session.")
    with server(context) as client:
        chosen |= selection(ids=[jobs.whole_id(client, said) for said in ids or ()], workspace=workspace)
        done = client.post("/api/tasks/priority/", chosen | {"to": to, "reason": reason})
    if as_json:
        printing.print_json(done)
        return
    count = done["changed"]
    printing.say(f"{count:,} {'job has' if count == 1 else 'jobs have'} {done['priority']} now")
    if count:
        printing.complain(f"interlock undo {done['undo']} takes it back.")


def undo(
    context: typer.Context,
    id: Annotated[str, typer.Argument(metavar="ID", help="What the change said that undoes it.")],
    everything: Everything = False,
    as_json: AsJson = False,
) -> None:
    """Take a change of priorities or a move back, for the jobs that still wait where it put them.

    `interlock undo 0199d4c0-8f3a-7d5e-9a1b-2c3d4e5f6a7b`
    """
    if everything:
        surroundings.of(context).open_database()
        from tasks.cli import everything as platform

        done = platform.undone(id)
    else:
        with server(context) as client:
            done = client.post(f"/api/undo/{id}/")
    if as_json:
        printing.print_json(done)
    else:
        printing.say(f"{done['jobs']:,} {'job has' if done['jobs'] == 1 else 'jobs have'} what they had before")
