"""`interlock key`: the keys that a workspace brings for providers of language models.

Like the other commands about people these work on the database directly. A key is read from standard input or asked
for at the terminal, never taken as an argument: arguments are seen by every process of the machine.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import typer

from agents import printing, surroundings
from agents.cli import AsJson, Slug
from agents.errors import InvalidInput, NotFound

if TYPE_CHECKING:
    from agents.models import ProviderKey

key = typer.Typer(no_args_is_help=True, help="Add, list and revoke keys for providers of language models.")


@key.command("add")
def add_key(
    context: typer.Context,
    provider: Annotated[str, typer.Argument(help="anthropic, openai, google or openai-compatible.")],
    slug: Slug,
    name: Annotated[str, typer.Option(help="What tasks call it. Default: the provider's name.")] = "",
    base_url: Annotated[str, typer.Option(help="Where the provider is; needed for openai-compatible.")] = "",
    key_stdin: Annotated[
        bool, typer.Option("--key-stdin", help="Read the key from standard input and do not ask.")
    ] = False,
    replace: Annotated[bool, typer.Option(help="Revoke the one that has the name now.")] = False,
    as_json: AsJson = False,
) -> None:
    """Add a key. It is encrypted at once and shown to nobody again.

    `interlock key add anthropic --workspace acme --key-stdin < key.txt`
    """
    surroundings.of(context).open_database()
    from agents import provider_keys, workspaces
    from agents.actor import SYSTEM

    there = workspaces.find(slug)
    actor = SYSTEM.as_admin_of([there.id])
    text = _key(key_stdin)
    made = provider_keys.add(actor, there, provider, text, name=name, base_url=base_url, replace=replace)
    if as_json:
        printing.print_json(_described(made))
    else:
        printing.say(f"Added the provider key {made.name} to {there.slug}.")


@key.command("list")
def list_keys(
    context: typer.Context,
    slug: Annotated[str, typer.Option("--workspace", "-w", help="Only those of this workspace.")] = "",
    as_json: AsJson = False,
) -> None:
    """List the keys: which there are, not the keys themselves."""
    surroundings.of(context).open_database()
    from agents import workspaces
    from agents.models import ProviderKey

    found = ProviderKey._default_manager.select_related("workspace").defer("ciphertext")
    if slug:
        found = found.filter(workspace=workspaces.find(slug))
    described = [_described(each) for each in found]
    if as_json:
        printing.print_json(described)
        return
    columns = ("id", "workspace", "provider", "name", "last4", "created", "state", "base_url")
    printing.print_columns(columns, [[str(each[column]) for column in columns] for each in described])


@key.command("revoke")
def revoke_key(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="Its name, or its id as `key list` shows it.")],
    slug: Slug,
    as_json: AsJson = False,
) -> None:
    """Revoke a key: no attempt gets it from now on."""
    surroundings.of(context).open_database()
    from agents import provider_keys, workspaces
    from agents.actor import SYSTEM

    there = workspaces.find(slug)
    found = _find(there, name)
    provider_keys.revoke(SYSTEM.as_admin_of([there.id]), found)
    found.refresh_from_db(fields=["revoked_at"])
    if as_json:
        printing.print_json(_described(found))
    else:
        printing.say(f"Revoked the provider key {found.name} of {there.slug}.")


def _find(there: Any, said: str) -> ProviderKey:
    from agents.models import ProviderKey

    rows = ProviderKey.objects.in_workspace(there.id)
    try:
        found = rows.filter(pk=UUID(said)).first()
    except ValueError:
        found = rows.filter(name=said, revoked_at=None).first()
    if found is None:
        raise NotFound(f"There is no provider key {said[:60]!r} in {there.slug}; see `interlock key list`.")
    return found


def _key(from_stdin: bool) -> str:
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    if not sys.stdin.isatty():
        raise InvalidInput("There is no terminal to ask for the key at; give it with --key-stdin.")
    return str(typer.prompt("Key", hide_input=True, default="", show_default=False))


def _described(each: ProviderKey) -> dict[str, Any]:
    return {
        "id": str(each.id),
        "workspace": each.workspace.slug,
        "provider": each.provider,
        "name": each.name,
        "base_url": each.base_url,
        "last4": each.last4,
        "created_by": each.created_by,
        "created": each.created_at.isoformat(timespec="seconds"),
        "state": "revoked" if each.revoked_at else "valid",
    }
