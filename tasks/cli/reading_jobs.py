"""`interlock task list`, `show`, `why`, `logs` and `watch`."""

from __future__ import annotations

from itertools import islice
from typing import Annotated

import typer

from agents import printing
from tasks.cli import jobs, showing, words
from tasks.cli.client import JSON, PAGE, Client
from tasks.cli.options import AsJson, JobId, Workspace, server
from tasks.cli.selecting import (
    AgentTypes,
    CreatedAfter,
    CreatedBefore,
    ErrorKind,
    Parent,
    Priority,
    Project,
    Runtime,
    Session,
    State,
    Tag,
    Text,
    Tool,
)
from tasks.cli.telling import Telling, print_logs
from tasks.cli.watching import watch_all
from tasks.spec import document as specs

FAILED = 1


def list_jobs(
    context: typer.Context,
    state: State = None,
    session: Session = "",
    tag: Tag = None,
    priority: Priority = None,
    project: Project = "",
    agent_type: AgentTypes = None,
    runtime: Runtime = None,
    tool: Tool = "",
    parent: Parent = "",
    error_kind: ErrorKind = None,
    created_after: CreatedAfter = "",
    created_before: CreatedBefore = "",
    text: Text = "",
    workspace: Workspace = "",
    limit: Annotated[int, typer.Option(help="How many, the newest first.", min=1)] = 50,
    everything: Annotated[bool, typer.Option("--all", help="All of them, not only the newest.")] = False,
    as_json: AsJson = False,
) -> None:
    """List jobs, the newest first.

    `interlock task list --state failed --session nightly`

    `interlock task list --all --json | jq -r '.[].id'`
    """
    with server(context) as client:
        parent = jobs.whole_id(client, parent) if parent else ""
    query = {
        "parent": parent,
        "state": ",".join(state or []),
        "session": session,
        "tag": ",".join(tag or []),
        "priority": ",".join(priority or []),
        "project": project,
        "agent_type": ",".join(agent_type or []),
        "runtime": ",".join(runtime or []),
        "tool": tool,
        "error_kind": ",".join(error_kind or []),
        "created_after": created_after,
        "created_before": created_before,
        "q": text,
        "workspace": workspace,
    }
    with server(context) as client:
        pages = client.every("/api/tasks/", limit=PAGE if everything else min(limit, PAGE), **query)
        found = list(pages if everything else islice(pages, limit + 1))
    shown = found if everything else found[:limit]
    if as_json:
        printing.print_json(shown)
        return
    if not shown:
        printing.complain("There are no such jobs." if any(query.values()) else "There are no jobs yet.")
        return
    showing.print_jobs(shown)
    if len(found) > len(shown):
        printing.complain(f"These are the newest {len(shown):,}; --all shows all of them.")


def show(
    context: typer.Context,
    id: JobId,
    spec: Annotated[bool, typer.Option("--spec", help="Write it back as the spec that it was made from.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show a job: where it stands and why, the story of its attempts, its result or error.

    `interlock task show 4f1c9a02`

    `interlock task show 4f1c9a02 --spec > again.yaml`
    """
    with server(context) as client:
        if spec:
            document = client.get(jobs.path_of(jobs.whole_id(client, id), "spec"))
            _print_spec(document, as_json)
            return
        job = jobs.find(client, id)
    if as_json:
        printing.print_json(job)
    else:
        showing.print_job(job)


def why(context: typer.Context, id: JobId, as_json: AsJson = False) -> None:
    """Say in one sentence why a job waits, or where else it stands.

    `interlock task why 4f1c9a02`
    """
    with server(context) as client:
        job = jobs.find(client, id)
    if as_json:
        printing.print_json({name: job[name] for name in ("id", "state", "position", "estimate", "waiting_for")})
    else:
        showing.print_why(job)


def logs(
    context: typer.Context,
    id: JobId,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on until the job is over.")] = False,
    as_json: AsJson = False,
) -> None:
    """Print what a job printed, all its attempts one after the other.

    `interlock task logs 4f1c9a02 --follow`
    """
    with server(context) as client:
        job = jobs.find(client, id)
        path = jobs.path_of(job["id"], "logs")
        if as_json:
            printing.print_json(_all_logs(client, path))
            return
        after = print_logs(client, job["id"])
        while follow and job["state"] not in words.OVER:
            job = client.get(jobs.path_of(job["id"]), wait=1)
            after = print_logs(client, job["id"], after)


def watch(
    context: typer.Context,
    id: Annotated[str, typer.Argument(metavar="[ID]", help="A job's id; without one, all jobs.")] = "",
    workspace: Workspace = "",
) -> None:
    """Watch a job until it is over (exit code 1 if it does not complete), or all jobs until Ctrl-C.

    `interlock task watch 4f1c9a02`
    """
    with server(context) as client:
        if not id:
            watch_all(client, workspace)
            return
        follower = Telling(client, [jobs.find(client, id)], logs=True).until_over()
        if follower.failed:
            raise typer.Exit(FAILED)


def _all_logs(client: Client, path: str) -> list[JSON]:
    chunks: list[JSON] = []
    after = 0
    while (tail := client.get(path, after=after, limit=1000))["results"]:
        chunks += tail["results"]
        after = tail["next"]
    return chunks


def _print_spec(document: JSON, as_json: bool) -> None:
    if as_json:
        printing.print_json(document)
    else:
        printing.pass_on(specs.as_yaml(document).rstrip("\n"))
