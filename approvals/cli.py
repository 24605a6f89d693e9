"""`interlock approval`: what waits for a person's decision, and deciding it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Annotated, Any

import typer

from agents import printing
from agents.errors import InvalidInput, NotFound
from tasks.cli import words
from tasks.cli.client import JSON, Client
from tasks.cli.jobs import Ambiguous, whole_id
from tasks.cli.options import AsJson, Workspace, server

app = typer.Typer(no_args_is_help=True, rich_markup_mode="markdown", help="What waits for a person's decision.")

SHORTEST_ID, WHOLE_ID = 6, 36
FAILED = 1
PAST = {"approve": "approved", "deny": "denied"}
Id = Annotated[str, typer.Argument(metavar="ID", help="The request's id, or its last six or more characters.")]
Ids = Annotated[
    list[str], typer.Argument(metavar="ID…", help="The requests' ids, or their last six or more characters.")
]
Seen = Annotated[
    str, typer.Option("--version", help="The version that you saw, as `show` tells it; by default the present one.")
]


@app.callback()
def approval() -> None:
    """What waits for a person's decision."""


@app.command("list")
def list_approvals(
    context: typer.Context,
    state: Annotated[
        list[str] | None, typer.Option(help="Such as waiting or denied; all are shown with `all`.")
    ] = None,
    session: Annotated[str, typer.Option(help="Of jobs of this session.")] = "",
    job: Annotated[str, typer.Option(help="Of this job.")] = "",
    workspace: Workspace = "",
    as_json: AsJson = False,
) -> None:
    """List what waits, the newest first.

    `interlock approval list --session nightly`
    """
    wanted = ",".join(state or ["waiting"])
    with server(context) as client:
        query = {"session": session, "workspace": workspace, "job": whole_id(client, job) if job else ""}
        found = list(client.every("/api/approvals/", state="" if wanted == "all" else wanted, **query))
    if as_json:
        printing.print_json(found)
    elif found:
        rows = [
            [words.short(each["id"]), each["state"], each["action"], each["requester"], words.since(each["created_at"])]
            for each in found
        ]
        printing.print_columns(["id", "state", "what", "asked by", "since"], rows)
    else:
        printing.say("nothing waits for a decision")


@app.command()
def show(context: typer.Context, id: Id, as_json: AsJson = False) -> None:
    """Show one request with its arguments, who may decide and until when.

    `interlock approval show 4f1c9a02`
    """
    with server(context) as client:
        found = _find(client, id)
    if as_json:
        printing.print_json(found)
        return
    who = found["approvers"]
    told = {
        "what": found["action"],
        "state": found["state"] + (f" by {found['decided_by']}" if found["decided_by"] else ""),
        "why": found["why"],
        "job": f"{words.short(found['job']['id'])}  {found['job']['title']}",
        "asked by": found["requester"],
        "may decide": " or ".join([f"the role {who['role']}", *who["users"]]),
        "approved by": f"{len(found['approved_by'])} of {who['quorum']}",
        "until": found["expires_at"] or "",
        "arguments": json.dumps(found["edited"] or found["arguments"], ensure_ascii=False),
        "version": found["version"],
    }
    for name, value in told.items():
        printing.say(f"{name:<12} {value}")


@app.command()
def approve(
    context: typer.Context,
    ids: Ids,
    args: Annotated[str, typer.Option(help="Other arguments, as a JSON object.")] = "",
    comment: Annotated[str, typer.Option(help="Why.")] = "",
    remember: Annotated[
        bool, typer.Option("--remember", help="Do not ask about this tool again in this session.")
    ] = False,
    version: Seen = "",
    as_json: AsJson = False,
) -> None:
    """Approve a request: the job goes on with just this call. Several at once where the same rule asks about the same
    tool.

    `interlock approval approve 4f1c9a02 --comment "checked with Ann"`

    `interlock approval approve 4f1c9a02 77b0e3d1`
    """
    if len(ids) > 1:
        if args or remember or version:
            raise InvalidInput("--args, --remember and --version are about one request; give one id.")
        _decide_many(context, ids, "approve", comment, as_json)
        return
    said: JSON = {"comment": comment}
    if args:
        said["args"] = _object(args)
    if remember:
        said["remember"] = "session"
    _decide(context, ids[0], "approve", said, version, as_json)


@app.command()
def deny(
    context: typer.Context,
    ids: Ids,
    comment: Annotated[str, typer.Option(help="Why; the job tells it.")],
    version: Seen = "",
    as_json: AsJson = False,
) -> None:
    """Deny a request: a plan's job is cancelled, an agent reads the refusal.

    `interlock approval deny 4f1c9a02 --comment "not before Monday"`
    """
    if len(ids) > 1:
        if version:
            raise InvalidInput("--version is about one request; give one id.")
        _decide_many(context, ids, "deny", comment, as_json)
        return
    _decide(context, ids[0], "deny", {"comment": comment}, version, as_json)


def _decide(context: typer.Context, id: str, verb: str, said: JSON, version: str, as_json: bool) -> None:
    with server(context) as client:
        found = _find(client, id)
        done = client.post(f"/api/approvals/{found['id']}/{verb}/", said | {"version": version or found["version"]})
    if as_json:
        printing.print_json(done)
    elif done["state"] == "waiting":
        missing = done["approvers"]["quorum"] - len(done["approved_by"])
        printing.say(f"{words.short(done['id'])}  {done['action']}: {missing} more must approve")
    else:
        printing.say(f"{words.short(done['id'])}  {done['action']}: {done['state']}")


def _decide_many(context: typer.Context, ids: Sequence[str], decision: str, comment: str, as_json: bool) -> None:
    """Each as it is now; one that cannot be decided keeps no other from it. Exit code 1 where one could not be."""
    with server(context) as client:
        found = [_find(client, id) for id in ids]
        seen = [{"id": each["id"], "version": each["version"]} for each in found]
        done = client.post("/api/approvals/decide/", {"decision": decision, "approvals": seen, "comment": comment})
    if as_json:
        printing.print_json(done)
    else:
        actions = {each["id"]: each["action"] for each in found}
        for id in done["decided"]:
            printing.say(f"{words.short(id)}  {actions[id]}: {PAST[decision]}")
    for refusal in done["refused"]:
        printing.complain(f"{words.short(refusal['id'])}: {refusal['detail']}")
    if done["refused"]:
        raise typer.Exit(FAILED)


def _find(client: Client, said: str) -> JSON:
    """The request of that id, or of that end of an id. Raises NotFound, Ambiguous, InvalidInput."""
    said = said.strip().lower()
    if len(said) >= WHOLE_ID:
        return client.get(f"/api/approvals/{said}/")
    if len(said) < SHORTEST_ID:
        raise InvalidInput(f"{said!r} is no id of a request; give at least the last {SHORTEST_ID} characters of it.")
    found: list[Any] = [
        each for each in client.get("/api/approvals/", limit=200)["results"] if each["id"].endswith(said)
    ]
    if not found:
        raise NotFound(f"None of the newest requests has an id with {said!r} at its end; give the whole id.")
    if len(found) > 1:
        raise Ambiguous(f"{said!r} could be {', '.join(each['id'] for each in found[:5])}; give more of it.")
    only: JSON = found[0]
    return only


def _object(text: str) -> JSON:
    try:
        value = json.loads(text)
    except ValueError as error:
        raise InvalidInput(f"--args is not JSON: {error}.") from None
    if not isinstance(value, dict):
        raise InvalidInput('--args must be a JSON object, such as {"path": "a.txt"}.')
    return value
