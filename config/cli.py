"""The `interlock` command: which commands there are, where each one lives, and how each one fails.

A command's module is imported when the command runs, so that `interlock --help` answers at once.
"""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from importlib import import_module
from typing import Any, NoReturn

import typer
from typer.core import TyperGroup

from agents.errors import InterlockError, Unavailable
from config.surroundings import Here

FAILED, USAGE, UNREACHABLE, FORBIDDEN, MISSING = 1, 2, 3, 4, 5
EXIT_CODES = {400: USAGE, 413: USAGE, 422: USAGE, 401: FORBIDDEN, 403: FORBIDDEN, 404: MISSING, 503: UNREACHABLE}
"""By the status that an error has over HTTP; every other one is FAILED."""
EPILOG = (
    "**Exit codes:** 0 it worked · 1 it failed, or a job that was waited for did · 2 wrong usage, input or setting · "
    "3 the server cannot be reached · 4 not signed in or not allowed · 5 there is no such thing · 130 interrupted"
)


@dataclass(frozen=True)
class Command:
    """A command by name: `place` is `module:attribute` of a function or of a Typer app with subcommands."""

    name: str
    place: str
    summary: str
    panel: str

    def load(self) -> Any:
        module, _, attribute = self.place.partition(":")
        found = getattr(import_module(module), attribute)
        if isinstance(found, typer.Typer):
            group = typer.main.get_group(found)
            group.name = self.name
            return group
        alone = typer.Typer(add_completion=False)
        alone.command(self.name, help=self.summary)(found)
        return typer.main.get_command(alone)


PLATFORM, WORK, PEOPLE, PARTS = "The platform", "Work", "People", "Its parts, one each (`up` starts them all)"
COMMANDS = [
    Command("up", "config.platform_commands:up", "Start the whole platform and stay in the foreground.", PLATFORM),
    Command("demo", "config.demo:demo", "Run the examples and tell each job's story.", PLATFORM),
    Command("doctor", "config.doctor:doctor", "Check this machine and the platform, and say what is wrong.", PLATFORM),
    Command(
        "env", "config.platform_commands:env", "Print how to reach a running platform, as shell exports.", PLATFORM
    ),
    Command("migrate", "config.platform_commands:migrate", "Bring the database to this version's tables.", PLATFORM),
    Command("task", "tasks.cli.task:app", "Add, list, show, watch, cancel and retry jobs.", WORK),
    Command("undo", "tasks.cli.prioritizing:undo", "Take back a change of priorities or a move.", WORK),
    Command("session", "tasks.cli.session:app", "List, show, pause, resume and close sessions.", WORK),
    Command("agent", "tasks.cli.agent:app", "List, show, spawn, heal and end agents.", WORK),
    Command("queue", "tasks.cli.queue:app", "What waits, what runs, and what holds it back.", WORK),
    Command("policy", "tasks.cli.policy:app", "The rules of what agents may do.", WORK),
    Command("approval", "approvals.cli:app", "List, show, approve and deny what asks for a person.", WORK),
    Command("events", "tasks.cli.events:events", "What happened, in order, and what happens now.", WORK),
    Command("tool-server", "tasks.cli.tool_server:app", "MCP servers whose tools jobs may call.", WORK),
    Command("mail", "tasks.cli.mail:app", "Mail accounts that jobs read and send with.", WORK),
    Command("user", "agents.cli:user", "Create users.", PEOPLE),
    Command("token", "agents.cli:token", "Create, list and revoke API tokens.", PEOPLE),
    Command("key", "agents.cli_keys:key", "Add, list and revoke keys for providers of language models.", PEOPLE),
    Command("workspace", "agents.cli:workspace", "Create and list workspaces.", PEOPLE),
    Command("web", "config.platform_commands:web", "Pages, API and sockets.", PARTS),
    Command("dispatcher", "config.platform_commands:dispatcher", "Hands jobs to workers.", PARTS),
    Command("worker", "config.worker_commands:worker", "Runs jobs; `worker list` shows all workers.", PARTS),
    Command("beat", "config.platform_commands:beat", "Housekeeping by the clock.", PARTS),
    Command("flower", "config.platform_commands:flower", "Celery's own pages, shown to staff.", PARTS),
]


class LazyGroup(TyperGroup):
    """Shows every command from its summary and imports the one that runs."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        for command in COMMANDS:
            if command.name == args[0]:
                self.commands[command.name] = command.load()
        return super().resolve_command(ctx, args)


app = typer.Typer(
    cls=LazyGroup,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
    epilog=EPILOG,
    help="Interlock runs AI agents' work in the background: durable, fair, permitted, stoppable, explained.",
)
for each in COMMANDS:
    app.command(each.name, help=each.summary, rich_help_panel=each.panel)(lambda: None)


@app.callback()
def options() -> None:
    """The group itself takes no options."""


def main() -> None:
    """Run the command line; every expected failure is one sentence on stderr and an exit code."""
    try:
        app(obj=Here())
    except InterlockError as error:
        _fail(error, _exit_code(error))
    except Exception as error:
        if (sentence := _sentence_about_servers(error)) is None:
            raise
        _fail(Unavailable(sentence), UNREACHABLE)


def _exit_code(error: InterlockError) -> int:
    return FAILED if error.code == "cannot_start" else EXIT_CODES.get(error.status, FAILED)


def _fail(error: InterlockError, exit_code: int) -> NoReturn:
    """The sentence; for a program that asked for JSON, the same problem that the API would send."""
    wants_json = "--json" in sys.argv[: sys.argv.index("--")] if "--" in sys.argv else "--json" in sys.argv
    text = json.dumps(_problem(error), ensure_ascii=False) if wants_json else error.message
    sys.stderr.write(f"{text}\n")
    raise SystemExit(exit_code)


def _problem(error: InterlockError) -> dict[str, Any]:
    problem = {"title": error.title, "status": error.status, "code": error.code, "detail": error.message}
    errors = [detail.as_dict() for detail in error.details]
    return problem | ({"errors": errors} if errors else {})


def _sentence_about_servers(error: Exception) -> str | None:
    """What to say when the database or Redis did not answer; recognized by name, so that neither is imported here."""
    kind = f"{type(error).__module__.partition('.')[0]}.{type(error).__name__}"
    if kind == "django.ImproperlyConfigured":
        return str(error)
    if kind in ("django.OperationalError", "psycopg.OperationalError", "redis.ConnectionError"):
        first = str(error).strip().splitlines() or [type(error).__name__]
        return f"A server of the platform does not answer: {first[0]}"
    return None
