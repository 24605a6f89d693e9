"""`interlock task retry`: another life for what failed or was cancelled, and what that would make again."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.text import Text as Words

from agents import printing
from agents.errors import InvalidInput
from tasks.cli import jobs, words
from tasks.cli.client import JSON
from tasks.cli.each import change_each
from tasks.cli.options import AsJson, SomeIds, Workspace, server
from tasks.cli.selecting import ErrorKind, Project, Session, State, Tag, Text, selection

STYLES = {"reused": "green", "repeated": "", "asked": "yellow", "blocked": "red"}


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
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only tell what would become of the calls on record.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Queue failed and cancelled jobs again, with all their attempts before them.

    `interlock task retry 4f1c9a02`

    `interlock task retry 4f1c9a02 --dry-run`

    `interlock task retry --session nightly --error-kind exhausted`
    """
    chosen = selection(
        state=state, session=session, tag=tag, project=project, error_kind=error_kind, q=text, all=everything
    )
    if bool(ids) == bool(chosen):
        raise InvalidInput("Say which jobs: their ids, a filter such as --session, or --all.")
    if dry_run:
        _foresee(context, ids or [], as_json)
    elif chosen:
        _retry_selected(context, chosen | selection(workspace=workspace), as_json)
    else:
        change_each(
            context,
            ids or [],
            lambda client, id: client.post(jobs.path_of(id, "retry")),
            lambda job: str(job["state"]),
            as_json,
        )


def _foresee(context: typer.Context, ids: list[str], as_json: bool) -> None:
    """Of each job which calls would be taken as they are, made again, asked about."""
    if not ids:
        raise InvalidInput("--dry-run tells about jobs that are named; give their ids.")
    with server(context) as client:
        foreseen = [client.post(jobs.path_of(jobs.whole_id(client, said), "retry"), {"dry_run": True}) for said in ids]
    if as_json:
        printing.print_json(foreseen)
        return
    for job in foreseen:
        _print_replay(job)


def _print_replay(job: JSON) -> None:
    printing.say(f"{words.short(job['id'])}  {job['title']}: ", _counted(job["replay"]))
    rows: list[list[printing.Cell]] = [
        [str(call["index"] + 1), call["tool"], call["effect"], Words(becomes, STYLES[becomes]), call["why"]]
        for call in job["replay"]
        for becomes in [call["becomes"]]
    ]
    if rows:
        printing.print_columns(("call", "tool", "effect", "becomes", "why"), rows)


def _counted(replay: list[JSON]) -> str:
    if not replay:
        return "no call is on record, so it begins anew"
    counts = {becomes: sum(call["becomes"] == becomes for call in replay) for becomes in STYLES}
    return ", ".join(f"{count} {becomes}" for becomes, count in counts.items() if count)


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
