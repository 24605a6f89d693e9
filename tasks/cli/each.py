"""One change to each of several jobs."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import typer

from agents import printing
from agents.errors import InterlockError
from tasks.cli import jobs, words
from tasks.cli.client import JSON, Client
from tasks.cli.options import server


def change_each(
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
