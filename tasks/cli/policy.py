"""`interlock policy`: the rules of what agents may do, and trying what they would say."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Annotated, Any

import typer

from agents import printing
from agents.errors import InvalidInput
from agents.policy.checking import ROLES
from tasks.cli.client import JSON
from tasks.cli.options import AsJson, Workspace, server
from tasks.spec.durations import parse_duration

app = typer.Typer(no_args_is_help=True, rich_markup_mode="markdown", help="The rules of what agents may do.")

Many = list[str] | None
SHORTEST_ID = 6


@app.callback()
def policy() -> None:
    """The rules of what agents may do."""


@app.command("list")
def list_rules(context: typer.Context, workspace: Workspace = "", as_json: AsJson = False) -> None:
    """List the rules in their order.

    `interlock policy list`
    """
    with server(context) as client:
        found = list(client.every("/api/policy/rules/", workspace=workspace))
    if as_json:
        printing.print_json(found)
    elif found:
        _print_rules(found)
    else:
        printing.say("no rules: everything is allowed; `interlock policy defaults` adds a careful set")


@app.command()
def add(
    context: typer.Context,
    tool: Annotated[str, typer.Option(help="A glob over tool names, such as http.* or submit.command.")],
    verdict: Annotated[str, typer.Option(help="ALLOW, BLOCK, REQUIRE_APPROVAL or REDACT.")],
    when: Annotated[str, typer.Option(help="A CEL expression; without one the rule always holds.")] = "",
    order: Annotated[int | None, typer.Option(help="Its place, the lowest first; by default the last.")] = None,
    comment: Annotated[str, typer.Option(help="Why; people read it where the rule refuses.")] = "",
    path: Annotated[Many, typer.Option("--redact", help="With REDACT: a path, such as args.env.TOKEN.")] = None,
    detector: Annotated[Many, typer.Option(help="With REDACT: keys, tokens, passwords, emails or cards.")] = None,
    pattern: Annotated[Many, typer.Option(help="With REDACT: a pattern of your own, as RE2 takes them.")] = None,
    quorum: Annotated[int | None, typer.Option(help="With REQUIRE_APPROVAL: how many must approve.")] = None,
    not_requester: Annotated[bool, typer.Option("--not-requester", help="Who asked may not approve.")] = False,
    role: Annotated[str, typer.Option(help="With REQUIRE_APPROVAL: the least role that may.")] = "",
    user: Annotated[Many, typer.Option(help="With REQUIRE_APPROVAL: a user who may, whatever the role.")] = None,
    excluded: Annotated[Many, typer.Option("--exclude", help="With REQUIRE_APPROVAL: a user who may not.")] = None,
    escalate: Annotated[
        Many,
        typer.Option(
            metavar="AFTER=WHO",
            help="With REQUIRE_APPROVAL: a role or a user who may, too, when nobody has for so long, such as 2h=admin.",
        ),
    ] = None,
    expires_in: Annotated[str, typer.Option(help="With REQUIRE_APPROVAL: such as 1h.")] = "",
    when_expired: Annotated[
        str, typer.Option(help="With REQUIRE_APPROVAL: deny or fail a submission then; by default deny.")
    ] = "",
    workspace: Workspace = "",
    as_json: AsJson = False,
) -> None:
    """Add a rule. For admins of the workspace.

    `interlock policy add --tool "http.*" --when 'args.method != "GET"' --verdict REQUIRE_APPROVAL`
    """
    redact = {"paths": path, "detectors": detector, "patterns": pattern}
    approvers: JSON = {"quorum": quorum, "not_requester": not_requester or None, "role": role, "users": user}
    approvers |= {
        "when_expired": when_expired,
        "excluded": excluded,
        "escalate": [_step(each) for each in escalate or ()],
    }
    fields = {
        "tool": tool,
        "verdict": verdict.upper(),
        "when": when,
        "order": order,
        "comment": comment,
        "redact": _given(redact),
        "approvers": _given(approvers),
        "expires_in": expires_in,
        "workspace": workspace,
    }
    with server(context) as client:
        made = client.post("/api/policy/rules/", _given(fields))
    if as_json:
        printing.print_json(made)
    else:
        _print_rules([made])


@app.command()
def remove(
    context: typer.Context,
    id: Annotated[str, typer.Argument(metavar="ID", help="The rule's id, or six or more characters of its end.")],
    as_json: AsJson = False,
) -> None:
    """Remove a rule. For admins of the workspace.

    `interlock policy remove 0199d4c0-8f3a-7d5e-9a1b-2c3d4e5f6a7b`
    """
    with server(context) as client:
        if len(id) >= SHORTEST_ID:
            found = [each["id"] for each in client.every("/api/policy/rules/") if each["id"].endswith(id.lower())]
            if len(found) > 1:
                raise InvalidInput(f"Several rules have an id that ends with {id!r}; give the whole id.")
            id = found[0] if found else id
        removed = client.delete(f"/api/policy/rules/{id}/")
    if as_json:
        printing.print_json(removed)
    else:
        printing.say(f"removed: {removed['order']}  {removed['tool']}  {removed['verdict']}")


@app.command()
def defaults(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="SET", help="Which set of rules.")] = "careful",
    workspace: Workspace = "",
    as_json: AsJson = False,
) -> None:
    """Add the careful set: secrets are redacted, reads run, effects outside ask. For admins of the workspace.

    `interlock policy defaults`
    """
    with server(context) as client:
        done = client.post("/api/policy/rules/defaults/", _given({"name": name, "workspace": workspace}))
    if as_json:
        printing.print_json(done)
    elif done["results"]:
        _print_rules(done["results"])
    else:
        printing.say("all of them are there already")


@app.command()
def check(
    context: typer.Context,
    tool: Annotated[str, typer.Option(help="The tool of a call to try, or submit.<runtime>.")] = "",
    args: Annotated[str, typer.Option(help="Its arguments, as JSON.")] = "{}",
    agent_type: Annotated[str, typer.Option(help="The kind of agent that would call it.")] = "",
    effect: Annotated[str, typer.Option(help="pure, idempotent or external.")] = "external",
    last: Annotated[int | None, typer.Option(help="Against so many recorded calls instead.", min=1)] = None,
    rules: Annotated[str, typer.Option(help="A JSON file with a list of rules to try.")] = "",
    workspace: Workspace = "",
    as_json: AsJson = False,
) -> None:
    """Try what the rules would say. Changes nothing.

    `interlock policy check --tool http.request --args '{"method": "POST", "url": "https://example.com/"}'`
    """
    if bool(tool) == (last is not None):
        raise InvalidInput("Give either --tool with --args, or --last.")
    asked: JSON = {"workspace": workspace, "last": last}
    if tool:
        asked |= {"tool": tool, "args": _json(args, "--args"), "effect": effect}
        asked["agent"] = _given({"type": agent_type})
    body = _given(asked)
    if rules:
        body["rules"] = _json(_text_of(rules), rules)
    with server(context) as client:
        found = client.post("/api/policy/check/", body)
    if as_json:
        printing.print_json(found)
    elif tool:
        _say_decision(found["decision"])
    else:
        _say_changes(found)


def _say_decision(decision: JSON) -> None:
    printing.say(f"{decision['verdict']}: {decision['why']}")
    for path in decision["redacted"]:
        printing.say(f"redacted: {path}")


def _say_changes(found: JSON) -> None:
    printing.say(f"{len(found['changes'])} of {found['compared']} recorded calls would get another verdict")
    if found["changes"]:
        rows = [[each["call"], each["tool"], each["before"], each["after"], each["why"]] for each in found["changes"]]
        printing.print_columns(["call", "tool", "was", "would be", "why"], rows)


def _print_rules(rules: list[JSON]) -> None:
    rows = [
        [each["id"], str(each["order"]), each["tool"], each["when"], each["verdict"], each["comment"]] for each in rules
    ]
    printing.print_columns(["id", "order", "tool", "when", "verdict", "comment"], rows)


def _given(values: JSON) -> JSON:
    return {name: value for name, value in values.items() if value not in (None, "", [], {})}


def _step(said: str) -> JSON:
    """`2h=admin` and `2h=ann`, as the API takes it."""
    after, _, who = said.partition("=")
    try:
        seconds = math.ceil(parse_duration(after).total_seconds())
    except ValueError as problem:
        raise InvalidInput(f"--escalate: {after!r} is no duration. {problem}") from None
    if not who:
        raise InvalidInput("--escalate: Say who may decide then, such as 2h=admin or 2h=ann.")
    return {"after": seconds, **({"role": who} if who in ROLES else {"users": [who]})}


def _json(text: str, name: str) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        raise InvalidInput(f"{name} is not JSON: {error}.") from None


def _text_of(name: str) -> str:
    try:
        return Path(name).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInput(f"{name} cannot be read: {error}.") from None
