"""Options that several commands share, and the server that they speak to."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer

from agents import surroundings
from agents.errors import InvalidInput
from tasks.cli.client import Client, connected
from tasks.spec.durations import HOW_TO_SAY_IT, parse_duration

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON and nothing else.")]
JobId = Annotated[str, typer.Argument(metavar="ID", help="The job's id, or its last six or more characters.")]
SomeIds = Annotated[
    list[str] | None, typer.Argument(metavar="[ID…]", help="Ids of jobs, or their last six or more characters.")
]
Workspace = Annotated[
    str, typer.Option("--workspace", "-w", help="Only those of this workspace; for who sees several.")
]

Everything = Annotated[
    bool, typer.Option("--everything", help="All workspaces; on the platform's own machine, with its database.")
]


@contextmanager
def server(context: typer.Context) -> Iterator[Client]:
    """The platform that INTERLOCK_URL names, or that runs on the data folder."""
    with connected(surroundings.of(context).server()) as client:
        yield client


def seconds(said: str, option: str) -> float | None:
    """A duration such as `90s` or `5m` in seconds; None where nothing was said."""
    if not said:
        return None
    try:
        return parse_duration(said).total_seconds()
    except ValueError:
        raise InvalidInput(f"{option} {said!r}: {HOW_TO_SAY_IT}.") from None
