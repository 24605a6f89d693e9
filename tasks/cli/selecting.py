"""The options by which commands select jobs; they are the filters of the list of tasks."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from tasks.cli.client import JSON

State = Annotated[list[str] | None, typer.Option(help="Only in this state; several times for any of them.")]
Session = Annotated[str, typer.Option("--session", "-s", help="Only of this session (name or id).")]
Tag = Annotated[list[str] | None, typer.Option(help="Only with this tag; several times for all of them.")]
Priority = Annotated[list[str] | None, typer.Option("--priority", "-p", help="Only of this priority.")]
Project = Annotated[str, typer.Option(help="Only of this project.")]
AgentTypes = Annotated[list[str] | None, typer.Option(help="Only for agents of this type.")]
Runtime = Annotated[list[str] | None, typer.Option(help="Only of this runtime.")]
Tool = Annotated[str, typer.Option(help="Only single calls of this tool.")]
Parent = Annotated[str, typer.Option(metavar="ID", help="Only what this job submitted.")]
CreatedAfter = Annotated[str, typer.Option(help="Only made at this time or later.")]
CreatedBefore = Annotated[str, typer.Option(help="Only made before this time.")]
ErrorKind = Annotated[list[str] | None, typer.Option(help="Only failed so: permanent, exhausted, timed_out, crashed.")]
Text = Annotated[str, typer.Option("--search", "-q", help="Only with these words in title, description, key.")]


def selection(**said: Any) -> JSON:
    """The body by which the API selects them: what was said, and nothing of the rest."""
    return {name: value for name, value in said.items() if value}
