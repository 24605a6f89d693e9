"""`interlock task`: add, list, show, watch, cancel, retry and move up jobs, and read what they print."""

from __future__ import annotations

import typer

from tasks.cli.cancel import cancel
from tasks.cli.moving import move, override
from tasks.cli.prioritizing import priority
from tasks.cli.reading_jobs import list_jobs, logs, show, watch, why
from tasks.cli.retrying import retry
from tasks.cli.submitting import add

app = typer.Typer(no_args_is_help=True, rich_markup_mode="markdown", help="Add, list, show, watch, cancel, retry jobs.")
app.command("add")(add)
app.command("list")(list_jobs)
app.command("show")(show)
app.command("why")(why)
app.command("logs")(logs)
app.command("watch")(watch)
app.command("cancel")(cancel)
app.command("retry")(retry)
app.command("priority")(priority)
app.command("move")(move)
app.command("override")(override)
