"""`interlock mail`: the mail accounts that jobs read and send with."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from agents import printing
from agents.errors import InvalidInput, NotFound
from tasks.cli import jobs, secrets
from tasks.cli.client import Client
from tasks.cli.options import AsJson, Workspace, server

app = typer.Typer(
    no_args_is_help=True, rich_markup_mode="markdown", help="Add, list and remove the mail accounts that jobs use."
)


@app.command()
def add(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="Small letters, digits, hyphens; calls name it as `account`.")],
    address: Annotated[str, typer.Option(help="What its mail comes from.")],
    kind: Annotated[str, typer.Option(help="`imap`, `gmail` or `graph`.")] = "imap",
    secret: Annotated[
        str, typer.Option(help="@VARIABLE with the password or refresh token; without it, read from standard input.")
    ] = "",
    user: Annotated[str, typer.Option(help="Who signs in; the address if not given.")] = "",
    imap: Annotated[str, typer.Option(metavar="HOST[:PORT]", help="Where mail is read.")] = "",
    smtp: Annotated[str, typer.Option(metavar="HOST[:PORT]", help="Where mail is sent.")] = "",
    tls: Annotated[str, typer.Option(help="`tls`, `starttls`, or `none` on this machine; for both servers.")] = "tls",
    smtp_tls: Annotated[str, typer.Option(help="The same for sending, where it differs.")] = "",
    api_base: Annotated[str, typer.Option(help="Where the API of gmail or graph is, if not where it usually is.")] = "",
    token_url: Annotated[str, typer.Option(help="Where the refresh token is exchanged, likewise.")] = "",
    client_id: Annotated[str, typer.Option(help="The application that the refresh token is for.")] = "",
    client_secret: Annotated[str, typer.Option(help="@VARIABLE with its secret.")] = "",
    workspace: Annotated[str, typer.Option("--workspace", "-w", help="For admins of several.")] = "",
    as_json: AsJson = False,
) -> None:
    """Set up a mail account.

    `interlock mail add office --address office@example.org --imap imap.example.org --smtp smtp.example.org`
    """
    imap_host, imap_port = _place(imap, "--imap")
    smtp_host, smtp_port = _place(smtp, "--smtp")
    asked = {
        "name": name,
        "kind": kind,
        "address": address,
        "secret": secrets.value(secret, "--secret") if secret else _typed(),
        "user": user,
        "imap_host": imap_host,
        "imap_port": imap_port,
        "imap_tls": tls,
        "smtp_host": smtp_host,
        "smtp_port": smtp_port,
        "smtp_tls": smtp_tls or tls,
        "api_base": api_base,
        "token_url": token_url,
        "client_id": client_id,
        "client_secret": secrets.value(client_secret, "--client-secret"),
        "workspace": workspace or None,
    }
    with server(context) as client:
        made = client.post("/api/mail-accounts/", asked)
    if as_json:
        printing.print_json(made)
    else:
        printing.say(f"Added the mail account {made['name']} ({made['address']}) to {made['workspace']}.")


@app.command("list")
def list_accounts(context: typer.Context, workspace: Workspace = "", as_json: AsJson = False) -> None:
    """List the mail accounts of the workspace.

    `interlock mail list`
    """
    with server(context) as client:
        found = list(client.every("/api/mail-accounts/", workspace=workspace))
    if as_json:
        printing.print_json(found)
    elif not found:
        printing.complain("There are no mail accounts yet; add one with `interlock mail add`.")
    else:
        columns = ("name", "kind", "address", "workspace")
        rows = [[each[column] for column in columns] + [each["imap_host"] or each["api_base"]] for each in found]
        printing.print_columns((*columns, "where"), rows)


@app.command()
def remove(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="ACCOUNT", help="Its name or id.")],
    workspace: Workspace = "",
    as_json: AsJson = False,
) -> None:
    """Remove a mail account with its secrets.

    `interlock mail remove office`
    """
    with server(context) as client:
        removed = client.delete(f"/api/mail-accounts/{_id(client, name, workspace)}/")
    if as_json:
        printing.print_json(removed)
    else:
        printing.say(f"Removed {removed['name']} from {removed['workspace']}.")


def _id(client: Client, said: str, workspace: str) -> str:
    if jobs.WHOLE.fullmatch(said):
        return said.lower()
    found = [each for each in client.every("/api/mail-accounts/", workspace=workspace) if each["name"] == said]
    if not found:
        raise NotFound(f"There is no mail account {said!r}; see `interlock mail list`.")
    if len(found) > 1:
        where = ", ".join(each["workspace"] for each in found)
        raise jobs.Ambiguous(f"There is a mail account {said!r} in each of {where}; say which with --workspace.")
    return str(found[0]["id"])


def _place(said: str, option: str) -> tuple[str, int | None]:
    host, colon, port = said.rpartition(":")
    if not colon:
        return said, None
    if not port.isdecimal():
        raise InvalidInput(f"{option} is HOST or HOST:PORT, not {said!r}.")
    return host, int(port)


def _typed() -> str:
    if sys.stdin.isatty():
        return str(typer.prompt("Password or refresh token", hide_input=True))
    return sys.stdin.readline().rstrip("\r\n")
