"""MCP servers of a workspace: set up over the API, asked, and called by jobs on a real worker."""

from __future__ import annotations

import sys
import uuid
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from tests.api.work import problem, submitted
from tests.platform import Platform

pytestmark = pytest.mark.requirement("W13")

MISBEHAVING = str(Path(__file__).parents[1] / "agents/tools/mcp/misbehaving.py")
ODD = [sys.executable, "-S", MISBEHAVING]
CLOCK = [sys.executable, "-m", "mcp_server_time", "--local-timezone", "UTC"]
PATH = "/api/tool-servers/"


@pytest.fixture(scope="module")
def admin(platform: Platform) -> httpx.Client:
    """The admin of a workspace that has the servers `clock`, `odd` and, less patient with it, `hasty`."""
    client = platform.client("admin", "toolmakers")
    set_up(client, name="clock", command=CLOCK)
    set_up(client, name="odd", command=ODD, call_seconds=30)
    set_up(client, name="hasty", command=ODD, call_seconds=1)
    return client


def set_up(client: httpx.Client, **body: Any) -> dict[str, Any]:
    made = client.post(PATH, json=body)
    assert made.status_code == 201, made.text
    asked = client.post(f"{PATH}{made.json()['id']}/refresh/", timeout=60)
    assert asked.status_code == 200, asked.text
    server: dict[str, Any] = asked.json()
    return server


def of_name(client: httpx.Client, name: str) -> dict[str, Any]:
    return next(each for each in client.get(PATH).json()["results"] if each["name"] == name)


@pytest.fixture(scope="module")
def bare(platform: Platform) -> httpx.Client:
    """The admin of a workspace that stays without servers."""
    return platform.client("admin", "toolless")


@pytest.fixture
def fresh(platform: Platform) -> httpx.Client:
    """The admin of a workspace without servers."""
    return platform.client("admin", f"tools-{uuid.uuid4().hex[:8]}")


def test_a_server_is_set_up_and_tells_what_it_has(fresh: httpx.Client) -> None:
    made = fresh.post(PATH, json={"name": "clock", "command": CLOCK}).json()
    assert (made["tools"], made["refreshed_at"], made["transport"]) == ([], None, "stdio")

    asked = fresh.post(f"{PATH}{made['id']}/refresh/", timeout=60).json()

    assert set(asked["tools"]) == {"clock.get_current_time", "clock.convert_time"}
    tool = next(each for each in asked["offered"] if each["name"] == "clock.convert_time")
    assert tool["effect"] == "pure"
    assert "target_timezone" in tool["schema"]["properties"]
    assert asked == fresh.get(f"{PATH}{made['id']}/").json()


def test_a_job_calls_it_and_the_journal_has_the_call(platform: Platform, admin: httpx.Client) -> None:
    spec = {"tool": "clock.get_current_time", "args": {"timezone": "Asia/Tokyo"}}

    job = submitted(platform.client("operator", "toolmakers"), spec, wait=60)

    assert job["state"] == "completed", job["error"]
    assert job["result"]["result"]["structured"]["timezone"] == "Asia/Tokyo"
    [call] = admin.get(f"/api/tasks/{job['id']}/calls/").json()["results"]
    assert (call["tool"], call["effect"], call["state"]) == ("clock.get_current_time", "pure", "done")
    assert call["result"] == job["result"]["result"]


def test_the_policy_decides_on_it(platform: Platform, admin: httpx.Client) -> None:
    blocked = set_up(admin, name="forbidden", command=CLOCK)
    rule = admin.post("/api/policy/rules/", json={"tool": "forbidden.*", "verdict": "BLOCK"})
    assert rule.status_code == 201

    job = submitted(admin, {"tool": "forbidden.get_current_time", "args": {"timezone": "UTC"}}, wait=60)

    assert job["error"]["code"] == "blocked_by_policy"
    assert admin.delete(f"{PATH}{blocked['id']}/").status_code == 200


@pytest.mark.parametrize(
    ("tool", "code", "says"),
    [
        ("hang", "outcome_unknown", "1 s"),
        ("die", "outcome_unknown", "I cannot go on"),
        ("flood", "outcome_unknown", "more"),
    ],
)
def test_one_that_misbehaves_ends_its_own_job_for_good(admin: httpx.Client, tool: str, code: str, says: str) -> None:
    job = submitted(admin, {"tool": f"hasty.{tool}", "args": {}}, wait=60)

    assert (job["state"], job["error"]["code"], job["error"]["kind"]) == ("failed", code, "permanent")
    assert says in job["error"]["message"]
    assert len(job["attempts"]) == 1


def test_a_cancel_ends_its_process(platform: Platform, admin: httpx.Client) -> None:
    job = submitted(admin, {"tool": "odd.hang", "args": {}})
    mark = f"INTERLOCK_JOB_ID={job['id']}"

    def processes() -> list[psutil.Process]:
        return [each for each in psutil.process_iter() if carries(each, job["id"])]

    platform.wait_for(lambda: bool(processes()), 60, f"a process with {mark}")
    assert admin.post(f"/api/tasks/{job['id']}/cancel/").json()["outcome"] == "stopping"
    platform.wait_for(
        lambda: admin.get(f"/api/tasks/{job['id']}/").json()["state"] == "cancelled", 10, "the job to be cancelled"
    )
    assert processes() == []


def carries(process: psutil.Process, job: str) -> bool:
    try:
        return process.environ().get("INTERLOCK_JOB_ID") == job and process.status() != psutil.STATUS_ZOMBIE
    except (psutil.Error, OSError):
        return False


@pytest.mark.parametrize(
    ("spec", "code", "path", "says"),
    [
        ({"tool": "clock.convert_tyme"}, "unknown_tool", "tasks[0].tool", "did you mean clock.convert_time"),
        ({"tool": "watch.now"}, "unknown_tool", "tasks[0].tool", "its servers are clock"),
        ({"tool": "file.read"}, "unknown_tool", "tasks[0].tool", "did you mean files.read"),
        ({"tool": "clock.get_current_time"}, "invalid_arguments", "tasks[0].args.timezone", "needs the argument"),
        (
            {
                "steps": [
                    {"tool": "echo", "args": {"text": "x"}},
                    {"tool": "clock.get_current_time", "args": {"zone": 1}},
                ]
            },
            "invalid_arguments",
            "tasks[0].steps[1].args.timezone",
            "needs the argument",
        ),
        (
            {"tool": "clock.get_current_time", "args": {"timezone": ["hunter2"]}},
            "invalid_arguments",
            "tasks[0].args.timezone",
            "It must be text",
        ),
    ],
)
def test_what_no_server_has_or_takes_is_refused_at_the_door(
    admin: httpx.Client, spec: dict[str, Any], code: str, path: str, says: str
) -> None:
    answer = admin.post("/api/tasks/", json=spec)

    refused = problem(answer, 400, "invalid_spec")
    assert (refused["errors"][0]["code"], refused["errors"][0]["path"]) == (code, path)
    assert says in refused["errors"][0]["message"]
    assert "hunter2" not in answer.text


def test_an_argument_that_an_earlier_step_will_give_is_checked_when_it_is_there(admin: httpx.Client) -> None:
    steps = [
        {"tool": "echo", "args": {"value": {"zone": "UTC"}}},
        {"tool": "clock.get_current_time", "args": {"timezone": "${steps.0.value.zone}"}},
    ]

    assert submitted(admin, {"steps": steps}, wait=60)["state"] == "completed"


def test_a_server_of_another_workspace_is_not_there(bare: httpx.Client, admin: httpx.Client) -> None:
    theirs = of_name(admin, "clock")

    problem(bare.get(f"{PATH}{theirs['id']}/"), 404, "not_found")
    problem(bare.post(f"{PATH}{theirs['id']}/refresh/"), 404, "not_found")
    problem(bare.post(f"{PATH}{theirs['id']}/switch/", json={"enabled": False}), 404, "not_found")
    problem(bare.delete(f"{PATH}{theirs['id']}/"), 404, "not_found")
    refused = bare.post("/api/tasks/", json={"tool": "clock.get_current_time", "args": {"timezone": "UTC"}})
    assert "it has no tool servers" in problem(refused, 400, "invalid_spec")["errors"][0]["message"]


def test_a_server_is_switched_off_and_on(fresh: httpx.Client) -> None:
    server = set_up(fresh, name="clock", command=CLOCK)
    spec = {"tool": "clock.get_current_time", "args": {"timezone": "UTC"}}

    assert fresh.post(f"{PATH}{server['id']}/switch/", json={"enabled": False}).json()["enabled"] is False
    assert "switched the server clock off" in fresh.post("/api/tasks/", json=spec).json()["detail"]
    fresh.post(f"{PATH}{server['id']}/switch/", json={"enabled": True})
    assert submitted(fresh, spec)["state"] == "queued"


def test_a_server_is_removed_and_its_name_is_free_again(fresh: httpx.Client) -> None:
    server = set_up(fresh, name="clock", command=CLOCK)
    problem(fresh.post(PATH, json={"name": "clock", "command": CLOCK}), 409, "conflict")

    assert fresh.delete(f"{PATH}{server['id']}/").json()["name"] == "clock"

    problem(fresh.get(f"{PATH}{server['id']}/"), 404, "not_found")
    assert fresh.get(PATH).json()["results"] == []
    assert fresh.post(PATH, json={"name": "clock", "command": CLOCK}).status_code == 201


@pytest.mark.requirement("T6")
def test_its_secrets_are_sealed_and_never_shown(platform: Platform, fresh: httpx.Client) -> None:
    made = fresh.post(PATH, json={"name": "clock", "command": CLOCK, "env": {"API_KEY": "hunter2-canary"}})
    asked = fresh.post(f"{PATH}{made.json()['id']}/refresh/", timeout=60)
    listed = fresh.get(PATH)

    assert made.json()["env"] == ["API_KEY"]
    assert all("hunter2-canary" not in answer.text for answer in (made, asked, listed))
    [row] = platform.sql("SELECT * FROM agents_toolserver WHERE id = %s", [made.json()["id"]])
    assert "hunter2-canary" not in str(row)


def test_only_admins_see_and_change_them(platform: Platform, admin: httpx.Client) -> None:
    server = of_name(admin, "clock")
    for role in ("viewer", "operator", "approver"):
        client = platform.client(role, "toolmakers")
        problem(client.get(PATH), 403, "not_allowed")
        problem(client.get(f"{PATH}{server['id']}/"), 403, "not_allowed")
        problem(client.post(PATH, json={"name": "mine", "command": ["true"]}), 403, "not_allowed")
        problem(client.post(f"{PATH}{server['id']}/refresh/"), 403, "not_allowed")
        problem(client.post(f"{PATH}{server['id']}/switch/", json={"enabled": False}), 403, "not_allowed")
        problem(client.delete(f"{PATH}{server['id']}/"), 403, "not_allowed")


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({"command": ["true"]}, "name"),
        ({"name": "Clock", "command": ["true"]}, "name"),
        ({"name": "files", "command": ["true"]}, "name"),
        ({"name": "submit", "command": ["true"]}, "name"),
        ({"name": "a.b", "command": ["true"]}, "name"),
        ({"name": "clock"}, "command"),
        ({"name": "clock", "command": ["true"], "url": "http://127.0.0.1/"}, "command"),
        ({"name": "clock", "command": [""]}, "command"),
        ({"name": "clock", "command": "true"}, "command"),
        ({"name": "clock", "url": "ftp://127.0.0.1/"}, "url"),
        ({"name": "clock", "url": "http://ann:hunter2@127.0.0.1/"}, "url"),
        ({"name": "clock", "url": "http://127.0.0.1:99999/"}, "url"),
        ({"name": "clock", "url": "http://127.0.0.1/", "env": {"A": "hunter2"}}, "env"),
        ({"name": "clock", "command": ["true"], "headers": {"A": "hunter2"}}, "headers"),
        ({"name": "clock", "command": ["true"], "env": {"A B": "hunter2"}}, "env.A B"),
        ({"name": "clock", "url": "http://127.0.0.1/", "headers": {"A": "hunter2\r\nB: c"}}, "headers.A"),
        ({"name": "clock", "command": ["true"], "call_seconds": 0}, "call_seconds"),
        ({"name": "clock", "command": ["true"], "colour": "red"}, "colour"),
    ],
)
def test_one_that_cannot_be_is_refused_by_field(bare: httpx.Client, body: dict[str, Any], path: str) -> None:
    answer = bare.post(PATH, json=body)

    assert problem(answer, 400, "invalid_input")["errors"][0]["path"] == path
    assert "hunter2" not in answer.text
    assert bare.get(PATH).json()["results"] == []


@pytest.mark.parametrize(
    ("command", "says"),
    [
        (["no-such-program"], "There is no program 'no-such-program'"),
        (["true"], "The server useless"),
        ([*ODD, "stranger"], "does not answer as an MCP server does"),
    ],
)
def test_one_that_cannot_be_asked_says_why_and_keeps_what_it_was(
    admin: httpx.Client, command: list[str], says: str
) -> None:
    made = admin.post(PATH, json={"name": "useless", "command": command}).json()

    refused = problem(admin.post(f"{PATH}{made['id']}/refresh/", timeout=60), 502, "tool_server_failed")

    assert says in refused["detail"]
    assert admin.get(f"{PATH}{made['id']}/").json()["refreshed_at"] is None
    admin.delete(f"{PATH}{made['id']}/")
