"""`interlock task move` and `interlock task override`."""

from __future__ import annotations

from typing import Annotated

import typer

from agents import printing, surroundings
from agents.errors import InvalidInput
from tasks.cli import jobs
from tasks.cli.client import JSON
from tasks.cli.options import AsJson, server
from tasks.cli.selecting import selection
from tasks.pages.times import span

Ids = Annotated[
    list[str], typer.Argument(metavar="ID…", help="Ids of waiting jobs, or their last six or more characters.")
]
Why = Annotated[str, typer.Option(help="Why; events and pages show it.")]


def move(
    context: typer.Context,
    ids: Ids,
    before: Annotated[str, typer.Option(metavar="ID", help="Right before this job.")] = "",
    after: Annotated[str, typer.Option(metavar="ID", help="Right after this job.")] = "",
    front: Annotated[bool, typer.Option("--front", help="Before the others of its priority.")] = False,
    back: Annotated[bool, typer.Option("--back", help="Behind the others of its priority.")] = False,
    queue: Annotated[
        bool, typer.Option("--queue", help="Ahead of the other sessions too; --back takes that away again.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what it would do to the waits.")] = False,
    reason: Why = "",
    as_json: AsJson = False,
) -> None:
    """Move waiting jobs within their session, or ahead of other sessions.

    `interlock task move 4f1c9a02 --before 81b3c4d7`

    `interlock task move 4f1c9a02 --front --queue --dry-run`
    """
    if front and back:
        raise InvalidInput("Say --front or --back, not both.")
    with server(context) as client:
        chosen = selection(ids=[jobs.whole_id(client, said) for said in ids])
        where = selection(
            before=jobs.whole_id(client, before) if before else "",
            after=jobs.whole_id(client, after) if after else "",
            to="front" if front else "back" if back else "",
            scope="queue" if queue else "",
        )
        done = client.post("/api/tasks/move/", chosen | where | {"dry_run": dry_run, "reason": reason})
    if as_json:
        printing.print_json(done)
        return
    if dry_run:
        _say_effects(done)
    else:
        _say_moved(done, "moved")


def override(
    context: typer.Context,
    ids: Ids,
    reason: Annotated[str, typer.Option(help="Why; it goes on record.")] = "",
    as_json: AsJson = False,
) -> None:
    """Put waiting jobs before everything else of all workspaces, on the platform's own machine, with its database.

    `interlock task override 4f1c9a02 --reason "production is down"`
    """
    with server(context) as client:
        whole = [jobs.whole_id(client, said) for said in ids]
    surroundings.of(context).open_database()
    from tasks.cli import everything

    done = everything.override(whole, reason)
    if as_json:
        printing.print_json(done)
    else:
        _say_moved(done, "put before everything else", " --everything")


def _say_moved(done: JSON, what: str, options: str = "") -> None:
    count = done["moved"]
    printing.say(f"{count:,} {'job' if count == 1 else 'jobs'} {what}")
    if count:
        printing.complain(f"interlock undo {done['undo']}{options} takes it back.")


def _say_effects(done: JSON) -> None:
    """A line for each moved job and each session whose waits change."""
    effects = done["effects"]
    for job in effects["jobs"]:
        if job["before"] != job["after"]:
            printing.say(f"“{job['title']}” would start in {_change(job)}")
    for each in effects["sessions"]:
        printing.say(f"session {each['session']}: its {each['jobs']:,} waiting wait {_change(each)} in the mean")
    if not effects["sessions"]:
        printing.say("No session's wait would change.")
    printing.complain("Nothing was moved.")


def _change(wait: JSON) -> str:
    return f"{span(wait['after'])} instead of {span(wait['before'])}"
