"""`interlock agent`: which agents there are and what they do; making, healing and ending them, which jobs do."""

from __future__ import annotations

from itertools import islice
from typing import Annotated, Any

import typer

from agents import printing
from agents.errors import NotFound
from tasks.cli import jobs, words
from tasks.cli.client import JSON, PAGE, Client
from tasks.cli.options import AsJson, Workspace, server

app = typer.Typer(no_args_is_help=True, rich_markup_mode="markdown", help="List, show, spawn, heal and end agents.")
Name = Annotated[str, typer.Argument(metavar="AGENT", help="Its name or id.")]
Reason = Annotated[str, typer.Option(help="Why; events show it.")]
ENDS_WITHIN = 45
FAILED = 1


@app.command("list")
def list_agents(
    context: typer.Context,
    session: Annotated[str, typer.Option(help="Only those of this session.")] = "",
    state: Annotated[str, typer.Option(help="Only `idle`, `busy`, `recovering` or `terminated` ones.")] = "",
    workspace: Workspace = "",
    limit: Annotated[int, typer.Option(help="How many, the newest first.", min=1)] = 50,
    as_json: AsJson = False,
) -> None:
    """List agents, the newest first.

    `interlock agent list --state busy`
    """
    asked = {"session": session, "state": state, "workspace": workspace}
    with server(context) as client:
        found = list(islice(client.every("/api/agents/", limit=min(limit, PAGE), **asked), limit))
    if as_json:
        printing.print_json(found)
    elif not found:
        printing.complain("There are no agents; `interlock agent spawn` makes one.")
    else:
        rows = [
            [
                *(each["id"], each["state"], each["type"], words.since(each["created_at"])),
                *(each["session"]["name"], each["name"]),
            ]
            for each in found
        ]
        printing.print_columns(("id", "state", "type", "spawned", "session", "name"), rows)


@app.command()
def show(context: typer.Context, agent: Name, workspace: Workspace = "", as_json: AsJson = False) -> None:
    """Show an agent: what it does, its tools, its role and its newest contexts.

    `interlock agent show reviewer`
    """
    with server(context) as client:
        found = client.get(f"/api/agents/{_find(client, agent, workspace)['id']}/")
    if as_json:
        printing.print_json(found)
        return
    counts = ", ".join(f"{count:,} {state}" for state, count in found["jobs"].items())
    printing.say(f"{found['name']} ({found['type']}) in {found['session']['name']}: {found['state']}")
    printing.say(f"{found['id']}  {counts or 'no open jobs'}")
    printing.say(f"tools: {', '.join(found['tools']) or 'none'}")
    printing.say(f"\n{found['role_prompt']}\n")
    rows = [
        [
            *(f"r{each['revision']}", each["reason"], f"{each['messages']:,}", f"{each['tokens']:,}"),
            words.since(each["created_at"]),
        ]
        for each in found["contexts"]
    ]
    printing.print_columns(("context", "why", "messages", "tokens", "written"), rows)


@app.command()
def spawn(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="What to call it; free in its session.")],
    type: Annotated[str, typer.Option(help="`planner`, `dev`, `qa` or `devops`.")] = "dev",
    session: Annotated[str, typer.Option(help="The session that it belongs to.")] = "default",
    role_prompt: Annotated[str, typer.Option(help="What it is told first, in place of its type's role.")] = "",
    tool: Annotated[
        list[str] | None, typer.Option(help="A name or glob of its tools, in place of its type's; may be repeated.")
    ] = None,
    reason: Reason = "",
    workspace: Workspace = "",
    as_json: AsJson = False,
) -> None:
    """Make an agent, and wait until it is there.

    `interlock agent spawn reviewer --type qa --session nightly`
    """
    data = {"name": name, "role_prompt": role_prompt, "tools": tool, "reason": reason}
    spec = {"type": "spawn-agent", "agent_type": type, "session": session, "data": _said(data)}
    with server(context) as client:
        _perform(client, spec | _said({"workspace": workspace}), as_json)


@app.command()
def recover(
    context: typer.Context,
    agent: Name,
    revision: Annotated[int | None, typer.Option(help="Go back to this one; the newest, if not given.")] = None,
    reason: Reason = "",
    workspace: Workspace = "",
    as_json: AsJson = False,
) -> None:
    """Load an agent's context again, as a new revision; shorter where it has grown too long.

    `interlock agent recover reviewer --revision 7`
    """
    with server(context) as client:
        _about(client, "recover-context", agent, workspace, {"revision": revision, "reason": reason}, as_json)


@app.command()
def terminate(
    context: typer.Context, agent: Name, reason: Reason = "", workspace: Workspace = "", as_json: AsJson = False
) -> None:
    """End an agent: its jobs are cancelled, it takes no more, its record stays.

    `interlock agent terminate reviewer --reason "the release is out"`
    """
    with server(context) as client:
        _about(client, "terminate-agent", agent, workspace, {"reason": reason}, as_json)


def _about(client: Client, type: str, said: str, workspace: str, data: dict[str, Any], as_json: bool) -> None:
    found = _find(client, said, workspace)
    spec = {"type": type, "agent": found["id"], "session": found["session"]["name"], "data": _said(data)}
    _perform(client, spec | {"workspace": found["workspace"]}, as_json)


def _perform(client: Client, spec: dict[str, Any], as_json: bool) -> None:
    """Submit the job and wait for its end, which is told; a job that takes longer goes on."""
    job = client.post(f"/api/agent-jobs/?wait={ENDS_WITHIN}", spec)
    if as_json:
        printing.print_json(job)
    elif job["state"] == "completed":
        printing.say(f"{spec['type']}: ", words.state(job["state"]), f"  {_told(job['result'])}")
    elif job["state"] in words.OVER:
        printing.complain((job["error"] or {}).get("message") or f"The job was {job['state']}.")
    else:
        printing.say(f"{spec['type']}: ", words.state(job["state"]), f"  {job['id']}")
    if job["state"] in words.OVER and job["state"] != "completed":
        raise typer.Exit(FAILED)


def _told(result: JSON) -> str:
    return ", ".join(f"{name} {value}" for name, value in result.items() if not isinstance(value, list))


def _said(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value not in (None, "", [])}


def _find(client: Client, said: str, workspace: str) -> JSON:
    """The agent of that id or name, one that lives before others. Raises NotFound, or Ambiguous."""
    if jobs.WHOLE.fullmatch(said):
        return client.get(f"/api/agents/{said.lower()}/")
    named = list(client.every("/api/agents/", name=said, workspace=workspace, limit=PAGE))
    found = [each for each in named if each["state"] != "terminated"] or named
    if not found:
        raise NotFound(f"There is no agent {said!r}; see `interlock agent list`.")
    if len(found) > 1:
        where = ", ".join(f"{each['session']['name']} ({each['id']})" for each in found[:5])
        raise jobs.Ambiguous(f"There are agents {said!r} in {where}; name one by its id.")
    return found[0]
