"""`interlock tool-server`: the MCP servers whose tools jobs may call."""

from __future__ import annotations

from typing import Annotated

import typer

from agents import printing
from agents.errors import NotFound
from tasks.cli import jobs, words
from tasks.cli.client import JSON, Client
from tasks.cli.options import AsJson, Workspace, server
from tasks.cli.secrets import HOW, named

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="markdown",
    help="Add, list, refresh and remove the MCP servers that jobs call.",
)
Name = Annotated[str, typer.Argument(metavar="SERVER", help="Its name or id.")]


@app.command()
def add(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="Small letters, digits, hyphens; its tools are NAME.TOOL.")],
    argv: Annotated[
        list[str] | None,
        typer.Argument(metavar="[-- ARGV…]", help="The program and its arguments.", show_default=False),
    ] = None,
    url: Annotated[str, typer.Option(help="Where it answers, instead of a program.")] = "",
    env: Annotated[list[str] | None, typer.Option("--env", help=f"A variable of the program: {HOW}.")] = None,
    header: Annotated[list[str] | None, typer.Option("--header", help=f"A header of each request: {HOW}.")] = None,
    call_seconds: Annotated[float, typer.Option(help="How long one call may take.")] = 60,
    workspace: Annotated[str, typer.Option("--workspace", "-w", help="For admins of several.")] = "",
    as_json: AsJson = False,
) -> None:
    """Set up an MCP server, and ask it what tools it has.

    `interlock tool-server add clock -- uvx mcp-server-time`

    `interlock tool-server add tickets --url https://tickets.example.org/mcp --header Authorization=@TICKETS_TOKEN`
    """
    asked = {
        "name": name,
        "command": argv or [],
        "url": url,
        "env": named(env, "--env"),
        "headers": named(header, "--header"),
        "call_seconds": call_seconds,
        "workspace": workspace or None,
    }
    with server(context) as client:
        made = client.post("/api/tool-servers/", asked)
        _print(client.post(f"/api/tool-servers/{made['id']}/refresh/"), as_json)


@app.command("list")
def list_servers(context: typer.Context, workspace: Workspace = "", as_json: AsJson = False) -> None:
    """List the MCP servers of the workspace.

    `interlock tool-server list`
    """
    with server(context) as client:
        found = list(client.every("/api/tool-servers/", workspace=workspace))
    if as_json:
        printing.print_json(found)
    elif not found:
        printing.complain("There are no tool servers yet; add one with `interlock tool-server add`.")
    else:
        rows = [
            [
                each["name"],
                "on" if each["enabled"] else "off",
                str(len(each["tools"])),
                words.since(each["refreshed_at"]) if each["refreshed_at"] else "never",
                each["workspace"],
                each["url"] or " ".join(each["command"]),
            ]
            for each in found
        ]
        printing.print_columns(("name", "state", "tools", "refreshed", "workspace", "where"), rows)


@app.command()
def refresh(context: typer.Context, name: Name, workspace: Workspace = "", as_json: AsJson = False) -> None:
    """Ask a server what tools it has now; jobs call it so from then on.

    `interlock tool-server refresh clock`
    """
    with server(context) as client:
        _print(client.post(f"{_path(client, name, workspace)}refresh/"), as_json)


@app.command()
def enable(context: typer.Context, name: Name, workspace: Workspace = "", as_json: AsJson = False) -> None:
    """Offer its tools again.

    `interlock tool-server enable clock`
    """
    with server(context) as client:
        _print(client.post(f"{_path(client, name, workspace)}switch/", {"enabled": True}), as_json)


@app.command()
def disable(context: typer.Context, name: Name, workspace: Workspace = "", as_json: AsJson = False) -> None:
    """Do not offer its tools; nothing is forgotten.

    `interlock tool-server disable clock`
    """
    with server(context) as client:
        _print(client.post(f"{_path(client, name, workspace)}switch/", {"enabled": False}), as_json)


@app.command()
def remove(context: typer.Context, name: Name, workspace: Workspace = "", as_json: AsJson = False) -> None:
    """Remove a server; jobs that name its tools fail from then on.

    `interlock tool-server remove clock`
    """
    with server(context) as client:
        removed = client.delete(_path(client, name, workspace))
    if as_json:
        printing.print_json(removed)
    else:
        printing.say(f"Removed {removed['name']} from {removed['workspace']}.")


def _path(client: Client, said: str, workspace: str) -> str:
    """The address of the server of that id or name. Raises NotFound, or Ambiguous where several are called so."""
    if jobs.WHOLE.fullmatch(said):
        return f"/api/tool-servers/{said.lower()}/"
    found = [each for each in client.every("/api/tool-servers/", workspace=workspace) if each["name"] == said]
    if not found:
        raise NotFound(f"There is no tool server {said!r}; see `interlock tool-server list`.")
    if len(found) > 1:
        where = ", ".join(each["workspace"] for each in found)
        raise jobs.Ambiguous(f"There is a tool server {said!r} in each of {where}; say which with --workspace.")
    return f"/api/tool-servers/{found[0]['id']}/"


def _print(made: JSON, as_json: bool) -> None:
    if as_json:
        printing.print_json(made)
        return
    state = "" if made["enabled"] else " (off)"
    printing.say(f"{made['name']} ({made['workspace']}): {len(made['tools'])} tools{state}")
    printing.print_columns(("tool", "effect"), [[each["name"], each["effect"]] for each in made["offered"]])
    for each in made["skipped"]:
        printing.complain(f"{each['name']} is left out: {each['why']}.")
