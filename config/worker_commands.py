"""`interlock worker`: run one, or list all of them."""

from __future__ import annotations

from typing import Annotated

import typer

from config import parts
from config.platform_commands import Concurrency
from tasks.cli.worker import list_workers

worker = typer.Typer(invoke_without_command=True, add_completion=False, rich_markup_mode="markdown")
worker.command("list")(list_workers)


@worker.callback()
def run_worker(
    context: typer.Context,
    concurrency: Concurrency = None,
    name: Annotated[str, typer.Option(help="The worker's name, unique among all workers.")] = "",
) -> None:
    """Run jobs until told to stop; then hand back what runs. With `list`: show all workers."""
    if context.invoked_subcommand is None:
        parts.worker(name, concurrency)
