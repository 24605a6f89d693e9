"""`interlock task cancel` and `interlock task retry`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Annotated

import typer

from agents import printing
from agents.errors import InterlockError, InvalidInput
from tasks.cli import jobs, words
from tasks.cli.cancelling import cancel_selected
from tasks.cli.client import JSON, Client
from tasks.cli.options import AsJson, SomeIds, Workspace, server
from tasks.cli.selecting import (
    AgentTypes,
    CreatedAfter,
    CreatedBefore,
    ErrorKind,
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

    _each(context, ids, work, told, as_json)


def retry(
    context: typer.Context,
    ids: SomeIds = None,
    state: State = None,
    session: Session = "",
    tag: Tag = None,
    project: Project = "",
    error_kind: ErrorKind = None,
    text: Text = "",
    workspace: Workspace = "",
    everything: Annotated[
        bool, typer.Option("--all", help="Every failed job that the rest does not leave out.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Queue failed and cancelled jobs again, with all their attempts before them.

    `interlock task retry 4f1c9a02`

    `interlock task retry --session nightly --error-kind exhausted`
    """
    chosen = selection(
        state=state, session=session, tag=tag, project=project, error_kind=error_kind, q=text, all=everything
    )
    if bool(ids) == bool(chosen):
        raise InvalidInput("Say which jobs: their ids, a filter such as --session, or --all.")
    if chosen:
        _retry_selected(context, chosen | selection(workspace=workspace), as_json)
        return
    _each(
        context,
        ids or [],
        lambda client, id: client.post(jobs.path_of(id, "retry")),
        lambda job: str(job["state"]),
        as_json,
    )


def _retry_selected(context: typer.Context, selection: JSON, as_json: bool) -> None:
    with server(context) as client:
        done = client.post("/api/tasks/retry/", selection)
    if as_json:
        printing.print_json(done)
        return
    count = done["retried"]
    printing.say(f"{count:,} {'job is' if count == 1 else 'jobs are'} queued again")
    for each in done["refused"]:
        printing.complain(f"{words.short(each['id'])}: {each['detail']}")


def _each(
    context: typer.Context,
    ids: Sequence[str],
    work: Callable[[Client, str], JSON],
    told: Callable[[JSON], str],
    as_json: bool,
) -> None:
    """Do it to each job; one that cannot be does not keep the others from it. The first refusal is the command's."""
    done: list[JSON] = []
    refusals: list[InterlockError] = []
    with server(context) as client:
        for said in ids:
            try:
                job = work(client, jobs.whole_id(client, said))
            except InterlockError as refusal:
                refusals.append(refusal)
                continue
            done.append(job)
            if not as_json:
                printing.say(f"{words.short(job['id'])}  {job['title']}: {told(job)}")
    if as_json and done:
        printing.print_json(done)
    for other in refusals[1:]:
        printing.complain(other.message)
    if refusals:
        raise refusals[0]
