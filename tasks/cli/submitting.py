"""`interlock task add`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Annotated, Any

import typer

from agents import printing
from tasks.cli import adding, jobs, showing, words
from tasks.cli.client import JSON, Client
from tasks.cli.options import AsJson, seconds, server
from tasks.cli.telling import Telling

FAILED = 1


def add(
    context: typer.Context,
    what: Annotated[
        list[str] | None,
        typer.Argument(metavar="FILE | -- ARGV…", help="A file of tasks in YAML or JSON, - for standard input."),
    ] = None,
    is_command: Annotated[bool, typer.Option("--command", help="Run the program that follows behind --.")] = False,
    tool: Annotated[str, typer.Option(help="Call this tool.")] = "",
    args: Annotated[str, typer.Option(help="The tool's arguments, as JSON.")] = "",
    session: Annotated[str, typer.Option("--session", "-s", help="The session that owns it.")] = "",
    priority: Annotated[str, typer.Option("--priority", "-p", help="P0 to P4, or critical to background.")] = "",
    title: Annotated[str, typer.Option(help="One line for people.")] = "",
    project: Annotated[str, typer.Option(help="The project it belongs to.")] = "",
    workspace: Annotated[str, typer.Option("--workspace", "-w", help="For who may use several.")] = "",
    tag: Annotated[list[str] | None, typer.Option(help="A word to find it by; may be given several times.")] = None,
    env: Annotated[list[str] | None, typer.Option(help="NAME=VALUE for the programs it runs; several times.")] = None,
    idempotency_key: Annotated[
        str, typer.Option(help="Given the same again, the first submission's jobs are answered and none is made.")
    ] = "",
    wait: Annotated[
        bool, typer.Option("--wait", help="Tell what happens until it is over; exit code 1 if it did not complete.")
    ] = False,
    timeout: Annotated[str, typer.Option(help="Wait no longer than this, such as 90s or 5m.")] = "",
    as_json: AsJson = False,
) -> None:
    """Submit tasks: from a file, or one from the options.

    `interlock task add tasks.yaml --wait`

    `interlock task add --command --session nightly -- python3 report.py`

    `interlock task add --tool http.request --args '{"url": "https://example.org"}'`

    What the options say replaces what stands in the file. A file that mentions SPEC_FOLDER has its own folder under
    that name in the environment of its tasks.
    """
    changes = adding.changes(
        session=session,
        priority=priority,
        title=title,
        project=project,
        workspace=workspace,
        tags=tag or [],
        env=env or [],
    )
    asked = adding.Asked(what or [], is_command, tool, args, changes)
    longest = seconds(timeout, "--timeout")
    with server(context) as client:
        made = asked.submit(client, idempotency_key)
        for warning in client.warnings:
            printing.complain(warning)
        if not wait:
            _print_added(made, as_json)
            return
        _wait(client, made, longest, as_json)


def _print_added(made: Sequence[JSON], as_json: bool) -> None:
    if as_json:
        printing.print_json(made[0] if len(made) == 1 else list(made))
    elif len(made) == 1:
        job = made[0]
        printing.say(f"Added {job['id']} ", words.state(job["state"]), f"  {job['title']}")
    else:
        sessions = Counter(job["session"]["name"] for job in made)
        parts = ", ".join(f"{count} in {name}" for name, count in sessions.items())
        printing.say(f"Added {len(made)} jobs: {parts}")


def _wait(client: Client, made: Sequence[JSON], longest: float | None, as_json: bool) -> None:
    """Tell the story, or with `as_json` nothing, until they are over; then what came of them."""
    telling: Any = _Silence(client, made) if as_json else Telling(client, made)
    if not as_json:
        _print_added(made, as_json)
    follower = telling.until_over(longest)
    ended = [client.get(jobs.path_of(job["id"])) for job in made] if as_json or len(made) == 1 else []
    if as_json:
        printing.print_json(ended[0] if len(ended) == 1 else ended)
    elif len(made) == 1 and ended[0]["result"] is not None:
        printing.say("")
        showing.print_result(ended[0]["result"])
    if not follower.is_over:
        left = sum(state not in words.OVER for state in follower.states.values())
        printing.complain(f"{left} of {len(made)} not over yet after {longest:g} s; they go on.")
    elif len(made) > 1 and not as_json:
        counts = Counter(follower.states.values())
        printing.say(", ".join(f"{count} {name}" for name, count in counts.items()))
    if follower.failed:
        raise typer.Exit(FAILED)


class _Silence(Telling):
    """Waits in the same way and says nothing."""

    def _tell(self, event: JSON, status: Any) -> None:
        return
