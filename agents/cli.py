"""`interlock user`, `interlock token`, `interlock workspace`: who may do what.

These work on the database directly, on the server's own machine: whoever can read its address and password may do
all of this anyway, and the first token cannot be had through an API that asks for one.
"""

from __future__ import annotations

import re
import sys
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

from agents import printing, surroundings
from agents.errors import InvalidInput, NotAllowed, NotFound

if TYPE_CHECKING:
    from agents.models import ApiToken

ROLES = "viewer, operator, approver or admin"
_LIFETIME = re.compile(r"(\d{1,4})([mhdw])")
_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON and nothing else.")]
Slug = Annotated[str, typer.Option("--workspace", "-w", help="The slug of the workspace.")]

user = typer.Typer(no_args_is_help=True, help="Create users who can sign in.")
token = typer.Typer(no_args_is_help=True, help="Create, list and revoke API tokens.")
workspace = typer.Typer(no_args_is_help=True, help="Create and list workspaces.")


@user.command("create")
def create_user(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="What the user signs in with.")],
    password_stdin: Annotated[
        bool, typer.Option("--password-stdin", help="Read the password from standard input and do not ask.")
    ] = False,
    slug: Annotated[str, typer.Option("--workspace", "-w", help="Make the user a member of this workspace.")] = "",
    role: Annotated[str, typer.Option(help=f"The role there: {ROLES}.")] = "operator",
    superuser: Annotated[bool, typer.Option(help="Platform admin: every workspace, and the admin pages.")] = False,
    as_json: AsJson = False,
) -> None:
    """Create a user.

    `interlock user create ann --workspace acme --role approver`
    """
    surroundings.of(context).open_database()
    from agents import accounts, workspaces

    there = workspaces.find(slug) if slug else None
    asked_role = _role(role)
    made = accounts.create(name, _password(password_stdin), workspace=there, role=asked_role, superuser=superuser)
    membership = {"workspace": slug, "role": asked_role.value} if there else {}
    if as_json:
        printing.print_json({"id": made.pk, "name": name, "superuser": superuser, **membership})
    else:
        printing.say(f"Created the user {name}{f', {asked_role.value} in {slug}' if there else ''}.")


@token.command("create")
def create_token(
    context: typer.Context,
    slug: Slug,
    role: Annotated[str, typer.Option(help=f"What it may do there: {ROLES}.")],
    owner: Annotated[str, typer.Option("--user", help="Whose token it is. Default: a service account.")] = "",
    name: Annotated[str, typer.Option(help="What it is for; shown wherever it acts.")] = "",
    expires_in: Annotated[
        str, typer.Option(help="How long it is good for, such as 30d or 12h. Default: until it is revoked.")
    ] = "",
    as_json: AsJson = False,
) -> None:
    """Create a token and print it. It is shown this once: only its digest is stored.

    `export INTERLOCK_TOKEN=$(interlock token create --workspace acme --role operator --expires-in 30d)`
    """
    surroundings.of(context).open_database()
    from agents import tokens, workspaces

    there, asked_role = workspaces.find(slug), _role(role)
    made, text = tokens.create(
        there,
        asked_role,
        name or owner or f"{asked_role.value} of {slug}",
        user=_owner(owner, there, asked_role),
        expires_in=_lifetime(expires_in),
    )
    if as_json:
        printing.print_json(_described(made) | {"token": text})
    else:
        printing.say(text)


@token.command("list")
def list_tokens(
    context: typer.Context,
    slug: Annotated[str, typer.Option("--workspace", "-w", help="Only those of this workspace.")] = "",
    as_json: AsJson = False,
) -> None:
    """List the tokens: which there are, not the tokens themselves."""
    surroundings.of(context).open_database()
    from agents import workspaces
    from agents.models import ApiToken

    found = ApiToken.objects.select_related("workspace", "user").order_by("-created")
    if slug:
        found = found.filter(workspace=workspaces.find(slug))
    described = [_described(each) for each in found]
    if as_json:
        printing.print_json(described)
        return
    columns = ("key", "workspace", "role", "user", "created", "state", "name")
    printing.print_columns(columns, [[str(each[column]) for column in columns] for each in described])


@token.command("revoke")
def revoke_token(
    context: typer.Context,
    key: Annotated[str, typer.Argument(help="Its key, as `token list` shows it, or the token itself.")],
    as_json: AsJson = False,
) -> None:
    """Revoke a token: it is refused from now on."""
    surroundings.of(context).open_database()
    from knox.settings import CONSTANTS

    from agents import tokens
    from agents.models import ApiToken

    found = ApiToken.objects.filter(token_key=key[: CONSTANTS.TOKEN_KEY_LENGTH]).first() if key else None
    if found is None:
        raise NotFound("There is no token with that key; see `interlock token list`.")
    tokens.revoke(found)
    found.refresh_from_db()
    if as_json:
        printing.print_json(_described(found))
    else:
        printing.say(f"Revoked {found.name} ({found.token_key}).")


@workspace.command("create")
def create_workspace(
    context: typer.Context,
    slug: Annotated[str, typer.Argument(help="Its short name: letters, digits, hyphens.")],
    name: Annotated[str, typer.Option(help="What people read.")] = "",
    as_json: AsJson = False,
) -> None:
    """Create a workspace: people, sessions and jobs that see each other and nobody else.

    `interlock workspace create acme --name "Acme Inc."`
    """
    surroundings.of(context).open_database()
    from agents import workspaces

    made = workspaces.create(slug, name)
    if as_json:
        printing.print_json({"id": str(made.id), "slug": made.slug, "name": made.name})
    else:
        printing.say(f"Created the workspace {made.slug}.")


@workspace.command("list")
def list_workspaces(context: typer.Context, as_json: AsJson = False) -> None:
    """List the workspaces of this platform."""
    surroundings.of(context).open_database()
    from agents.models import Workspace

    found = [
        {"slug": each.slug, "name": each.name, "id": str(each.id), "paused": each.paused_at is not None}
        for each in Workspace.objects.order_by("slug")
    ]
    if as_json:
        printing.print_json(found)
    else:
        printing.print_columns(("slug", "name"), [[str(each["slug"]), str(each["name"])] for each in found])


def _role(said: str) -> Any:
    from agents.roles import Role

    try:
        return Role(said.lower())
    except ValueError:
        raise InvalidInput(f"{said!r} is no role; take {ROLES}.") from None


def _password(from_stdin: bool) -> str:
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    if not sys.stdin.isatty():
        raise InvalidInput("There is no terminal to ask for the password at; give it with --password-stdin.")
    return str(typer.prompt("Password", hide_input=True, confirmation_prompt=True))


def _owner(name: str, there: Any, role: Any) -> Any:
    """The user, who may be no less than the token: it would say more about the user than is true."""
    if not name:
        return None
    from agents import accounts
    from agents.models import Membership
    from agents.roles import Role

    found = accounts.find(name)
    member = Membership.objects.filter(workspace=there, user=found).first()
    if not found.is_superuser and (member is None or not Role(member.role).covers(role)):
        here = f"is {member.role}" if member else "is no member"
        raise NotAllowed(f"{name} {here} of {there.slug}, so a token of {name} cannot be {role.value} there.")
    return found


def _lifetime(said: str) -> timedelta | None:
    if not said:
        return None
    match = _LIFETIME.fullmatch(said.strip().lower())
    if match is None or int(match[1]) == 0:
        raise InvalidInput(f"{said!r} is no lifetime; write a number with m, h, d or w, such as 30d or 12h.")
    return timedelta(**{_UNITS[match[2]]: int(match[1])})


def _described(each: ApiToken) -> dict[str, Any]:
    from django.utils import timezone

    expired = each.expiry is not None and each.expiry <= timezone.now()
    return {
        "key": each.token_key,
        "name": each.name,
        "workspace": each.workspace.slug,
        "role": each.role,
        "user": each.user.get_username(),
        "created": each.created.isoformat(timespec="seconds"),
        "expires": each.expiry.isoformat(timespec="seconds") if each.expiry else None,
        "state": "revoked" if each.revoked_at else "expired" if expired else "valid",
    }
