"""`interlock task cancel`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import typer

from agents.errors import InvalidInput
from tasks.cli import jobs
from tasks.cli.cancelling import cancel_selected
from tasks.cli.client import JSON, Client
from tasks.cli.each import change_each
from tasks.cli.options import AsJson, SomeIds, Workspace, server
from tasks.cli.selecting import (
    AgentTypes,
    CreatedAfter,
    CreatedBefore,
    Priority,
    Project,
    Runtime,
    Session,
    State,
    Tag,
    Text,
    Tool,
    selection,
)


def cancel(
    context: typer.Context,
    ids: SomeIds = None,
    state: State = None,
    session: Session = "",
    tag: Tag = None,
    priority: Priority = None,
    project: Project = "",
    agent_type: AgentTypes = None,
    runtime: Runtime = None,
    tool: Tool = "",
    created_after: CreatedAfter = "",
    created_before: CreatedBefore = "",
    text: Text = "",
    workspace: Workspace = "",
    everything: Annotated[bool, typer.Option("--all", help="Every open job that the rest does not leave out.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask whether to cancel so many.")] = False,
    wait: Annotated[bool, typer.Option("--wait", help="Return when those that ran are gone.")] = False,
    reason: Annotated[str, typer.Option(help="Why; events and pages show it.")] = "",
    as_json: AsJson = False,
) -> None:
    """Cancel jobs: at once where they wait; where they run, their processes are told to stop.

    `interlock task cancel 4f1c9a02 77b0e3d1 --reason "wrong branch"`

    `interlock task cancel --session nightly --state queued`
    """
    chosen = selection(
        state=state,
        session=session,
        tag=tag,
        priority=priority,
        project=project,
        agent_type=agent_type,
        runtime=runtime,
        tool=tool,
        created_after=created_after,
        created_before=created_before,
        q=text,
        all=everything,
    )
    if ids and (chosen or wait):
        raise InvalidInput("Give ids, or what selects jobs; with ids there is neither a filter nor --wait.")
    if ids:
        _cancel_each(context, ids, reason, as_json)
    elif chosen:
        with server(context) as client:
            cancel_selected(
                client, chosen | selection(workspace=workspace), reason, yes=yes, wait=wait, as_json=as_json
            )
    else:
        raise InvalidInput("Say which jobs: their ids, a filter such as --session, or --all.")


def _cancel_each(context: typer.Context, ids: Sequence[str], reason: str, as_json: bool) -> None:
    def work(client: Client, id: str) -> JSON:
        return client.post(jobs.path_of(id, "cancel"), {"reason": reason})

    def told(job: JSON) -> str:
        return "cancelled before it started" if job["outcome"] == "never_started" else "told to stop"

    change_each(context, ids, work, told, as_json)
