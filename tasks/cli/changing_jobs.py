"""`interlock task cancel` and `interlock task retry`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Annotated

import typer

from agents import printing
from agents.errors import InterlockError
from tasks.cli import jobs, words
from tasks.cli.client import JSON, Client
from tasks.cli.options import AsJson, JobIds, server


def cancel(
    context: typer.Context,
    ids: JobIds,
    reason: Annotated[str, typer.Option(help="Why; events and pages show it.")] = "",
    as_json: AsJson = False,
) -> None:
    """Cancel jobs: at once where they wait; where they run, their processes are told to stop.

    `interlock task cancel 4f1c9a02 77b0e3d1 --reason "wrong branch"`
    """

    def work(client: Client, id: str) -> JSON:
        return client.post(jobs.path_of(id, "cancel"), {"reason": reason})

    def told(job: JSON) -> str:
        return "cancelled before it started" if job["outcome"] == "never_started" else "told to stop"

    _each(context, ids, work, told, as_json)


def retry(context: typer.Context, ids: JobIds, as_json: AsJson = False) -> None:
    """Queue failed and cancelled jobs again, with all their attempts before them.

    `interlock task retry 4f1c9a02`
    """
    _each(
        context, ids, lambda client, id: client.post(jobs.path_of(id, "retry")), lambda job: str(job["state"]), as_json
    )


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
