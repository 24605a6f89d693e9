"""/api/policy/: rules made, changed and removed by admins, a careful set of them, and the dry run."""

from __future__ import annotations

import json
from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.api.work import UNKNOWN_ID, problem, submitted
from tests.platform import Platform

pytestmark = pytest.mark.requirement("P1")

RULES = "/api/policy/rules/"
TOKEN = "ghp_0123456789abcdefghij0123"
BLOCK: dict[str, Any] = {"tool": "http.*", "verdict": "BLOCK", "when": 'args.method != "GET"', "comment": "reads only"}


@pytest.fixture
def workspace() -> str:
    return f"policy-{uuid4().hex[:8]}"


@pytest.fixture
def admin(platform: Platform, workspace: str) -> httpx.Client:
    return platform.client("admin", workspace)


def made(api: httpx.Client, **fields: Any) -> dict[str, Any]:
    answer = api.post(RULES, json=fields)
    assert answer.status_code == 201, answer.text
    rule: dict[str, Any] = answer.json()
    return rule


def listed(api: httpx.Client) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = api.get(RULES).json()["results"]
    return found


def ran(api: httpx.Client, spec: dict[str, Any]) -> dict[str, Any]:
    return submitted(api, spec | {"limits": {"attempts": 1}}, wait=30)


def calls(api: httpx.Client, job: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = api.get(f"/api/tasks/{job['id']}/calls/").json()["results"]
    return found


def test_a_rule_is_made_shown_changed_written_anew_and_removed(admin: httpx.Client, workspace: str) -> None:
    rule = made(admin, **BLOCK)
    expected = {"workspace": workspace, "order": 10, "redact": None, "approvers": None, "expires_in": None}
    assert {name: rule[name] for name in (*expected, *BLOCK)} == expected | BLOCK
    path = f"{RULES}{rule['id']}/"
    assert admin.get(path).json() == rule
    changed = admin.patch(
        path, json={"verdict": "REQUIRE_APPROVAL", "expires_in": "2h", "approvers": {"quorum": 2}}
    ).json()
    assert (changed["verdict"], changed["expires_in"], changed["when"]) == ("REQUIRE_APPROVAL", 7200, BLOCK["when"])
    assert changed["approvers"] == {
        "quorum": 2,
        "not_requester": False,
        "role": "approver",
        "users": [],
        "excluded": [],
        "escalate": [],
        "when_expired": "deny",
    }
    anew = admin.put(path, json={"tool": "*", "verdict": "ALLOW"}).json()
    assert (anew["order"], anew["when"], anew["comment"], anew["approvers"]) == (10, "", "", None)
    assert admin.delete(path).json() == anew
    problem(admin.get(path), 404, "not_found")
    assert listed(admin) == []


def test_rules_are_listed_in_their_order(admin: httpx.Client) -> None:
    for order in (30, 10, 20, None):
        made(admin, tool="x", verdict="ALLOW", order=order)
    assert [rule["order"] for rule in listed(admin)] == [10, 20, 30, 40]


@pytest.mark.parametrize(
    ("fields", "path"),
    [
        ({"when": "args.a =="}, "when"),
        ({"when": "nobody.knows == 1"}, "when"),
        ({"verdict": "PERHAPS"}, "verdict"),
        ({"tool": ""}, "tool"),
        ({"order": -1}, "order"),
        ({"verdict": "REDACT"}, "redact"),
        ({"verdict": "REDACT", "redact": {"paths": ["args.a", "b"]}}, "redact.paths[1]"),
        ({"verdict": "REDACT", "redact": {"detectors": ["all"]}}, "redact.detectors[0]"),
        ({"verdict": "REDACT", "redact": {"patterns": ["("]}}, "redact.patterns[0]"),
        ({"verdict": "REDACT", "redact": {"regex": ["a"]}}, "redact.regex"),
        ({"redact": {"detectors": ["keys"]}}, "redact"),
        ({"approvers": {"quorum": 1}}, "approvers"),
        ({"expires_in": 5}, "expires_in"),
        ({"verdict": "REQUIRE_APPROVAL", "approvers": {"quorum": 0}}, "approvers.quorum"),
        ({"verdict": "REQUIRE_APPROVAL", "approvers": {"role": "boss"}}, "approvers.role"),
        ({"verdict": "REQUIRE_APPROVAL", "approvers": {"users": "ann"}}, "approvers.users"),
        ({"verdict": "REQUIRE_APPROVAL", "approvers": {"excluded": [1]}}, "approvers.excluded"),
        ({"verdict": "REQUIRE_APPROVAL", "approvers": {"when_expired": "retry"}}, "approvers.when_expired"),
        ({"verdict": "REQUIRE_APPROVAL", "approvers": {"escalate": "admin"}}, "approvers.escalate"),
        ({"verdict": "REQUIRE_APPROVAL", "approvers": {"escalate": [{"after": 60}]}}, "approvers.escalate[0]"),
        (
            {"verdict": "REQUIRE_APPROVAL", "approvers": {"escalate": [{"after": 0, "role": "admin"}]}},
            "approvers.escalate[0].after",
        ),
        (
            {"verdict": "REQUIRE_APPROVAL", "approvers": {"escalate": [{"after": 60, "role": "boss"}]}},
            "approvers.escalate[0].role",
        ),
        (
            {"verdict": "REQUIRE_APPROVAL", "approvers": {"escalate": [{"after": 60, "users": [""]}]}},
            "approvers.escalate[0].users",
        ),
        ({"comment": "two\nlines"}, "comment"),
        ({"verdikt": "ALLOW"}, "verdikt"),
    ],
)
def test_what_is_no_rule_is_refused_with_its_place_and_changes_nothing(
    admin: httpx.Client, fields: dict[str, Any], path: str
) -> None:
    answer = admin.post(RULES, json=BLOCK | fields)
    code = "invalid_input" if path in ("order", "verdikt") else "invalid_rule"
    assert path in [error["path"] for error in problem(answer, 400, code)["errors"]]
    assert listed(admin) == []


def test_a_condition_is_refused_with_line_and_column(admin: httpx.Client) -> None:
    said = problem(admin.post(RULES, json=BLOCK | {"when": "true &&\n  args.x ==="}), 400, "invalid_rule")
    assert said["errors"][0]["line"] == 2
    assert "line 2, column 12" in said["detail"]


def test_a_change_that_makes_it_no_rule_is_refused(admin: httpx.Client) -> None:
    rule = made(admin, **BLOCK)
    problem(admin.patch(f"{RULES}{rule['id']}/", json={"verdict": "REDACT"}), 400, "invalid_rule")
    assert listed(admin) == [rule]


@pytest.mark.parametrize("role", ["viewer", "operator", "approver"])
def test_only_admins_change_rules_and_all_members_read_them(
    platform: Platform, admin: httpx.Client, workspace: str, role: str
) -> None:
    rule = made(admin, **BLOCK)
    other = platform.client(role, workspace)
    assert listed(other) == [rule]
    for refused in (
        other.post(RULES, json=BLOCK),
        other.post(f"{RULES}defaults/", json={}),
        other.patch(f"{RULES}{rule['id']}/", json={"comment": "x"}),
        other.put(f"{RULES}{rule['id']}/", json={"tool": "*", "verdict": "ALLOW"}),
        other.delete(f"{RULES}{rule['id']}/"),
    ):
        problem(refused, 403, "not_allowed")
    assert listed(admin) == [rule]


def test_another_workspace_has_no_such_rule(admin: httpx.Client, stranger: httpx.Client) -> None:
    rule = made(admin, **BLOCK)
    for id in (rule["id"], UNKNOWN_ID, "x"):
        for answer in (
            stranger.get(f"{RULES}{id}/"),
            stranger.patch(f"{RULES}{id}/", json={}),
            stranger.put(f"{RULES}{id}/", json={"tool": "*", "verdict": "ALLOW"}),
            stranger.delete(f"{RULES}{id}/"),
        ):
            problem(answer, 404, "not_found")
    assert rule["id"] not in [each["id"] for each in listed(stranger)]


def test_the_careful_set_stands_behind_what_is_there_and_is_added_once(admin: httpx.Client) -> None:
    first = made(admin, **BLOCK)
    answer = admin.post(f"{RULES}defaults/", json={})
    assert answer.status_code == 201
    assert [rule["verdict"] for rule in answer.json()["results"]] == ["REDACT", "ALLOW", "REQUIRE_APPROVAL"]
    assert listed(admin) == [first, *answer.json()["results"]]
    assert admin.post(f"{RULES}defaults/", json={}).json()["results"] == []
    problem(admin.post(f"{RULES}defaults/", json={"name": "reckless"}), 400, "invalid_input")


def test_with_it_reads_run_effects_outside_ask_and_secrets_are_taken_out(
    platform: Platform, admin: httpx.Client
) -> None:
    admin.post(f"{RULES}defaults/", json={})
    assert submitted(admin, {"command": ["true"]})["state"] == "pending_approval"
    job = ran(admin, {"tool": "echo", "args": {"text": f"my {TOKEN}"}})
    assert (job["state"], job["result"]["result"]) == ("completed", {"text": "my [redacted]"})
    assert job["policy"]["verdict"] == "REDACT"
    assert job["policy"]["redacted"] == ["args.steps[0].args.text"]
    job = submitted(admin, {"tool": "shell.run", "args": {"command": ["true"]}})

    def asked() -> list[dict[str, Any]]:
        waiting = {"state": "waiting", "job": job["id"]}
        found: list[dict[str, Any]] = admin.get("/api/approvals/", params=waiting).json()["results"]
        return found

    [request] = platform.wait_for(asked, 30, "a request for approval")
    assert (request["tool"], request["effect"]) == ("shell.run", "external")


@pytest.mark.requirement("P2")
def test_what_only_shows_in_the_run_is_redacted_before_the_call_and_in_its_record(admin: httpx.Client) -> None:
    made(admin, tool="echo", verdict="REDACT", redact={"patterns": ["open sesame"]})
    steps = [{"tool": "echo", "args": {"text": "sesame"}}, {"tool": "echo", "args": {"text": "open ${steps.0.text}"}}]
    job = ran(admin, {"steps": steps})
    assert job["result"]["result"] == {"text": "[redacted]"}
    last = calls(admin, job)[-1]
    assert (last["arguments"], last["verdict"]) == ({"text": "[redacted]"}, "REDACT")
    assert "open sesame" not in job_text(admin, job)


def job_text(api: httpx.Client, job: dict[str, Any]) -> str:
    parts = ("", "logs/", "events/", "calls/", "spec/")
    return "".join(api.get(f"/api/tasks/{job['id']}/{part}").text for part in parts)


@pytest.mark.requirement("P2")
def test_arguments_that_are_none_any_more_fail_the_job_and_say_so(admin: httpx.Client) -> None:
    made(admin, tool="sleep", verdict="REDACT", redact={"paths": ["args.seconds"]}, when='job.title == "later"')
    job = ran(admin, {"title": "later", "steps": [{"tool": "sleep", "args": {"seconds": 0.01}}]})
    assert (job["state"], job["error"]["code"]) == ("failed", "invalid_arguments")
    assert calls(admin, job) == []


def test_a_condition_on_arguments_decides_in_the_run(admin: httpx.Client) -> None:
    made(
        admin,
        tool="echo",
        verdict="BLOCK",
        when='args.text.endsWith("b") && job.runtime == "plan" && agent.type == "dev"',
    )
    steps = [{"tool": "echo", "args": {"text": "a"}}, {"tool": "echo", "args": {"text": "${steps.0.text}b"}}]
    job = ran(admin, {"steps": steps})
    assert (job["state"], job["error"]["code"]) == ("failed", "blocked_by_policy")
    assert [call["state"] for call in calls(admin, job)] == ["done", "refused"]


def checked(api: httpx.Client, **body: Any) -> dict[str, Any]:
    answer = api.post("/api/policy/check/", json=body)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_the_dry_run_of_one_action(admin: httpx.Client) -> None:
    rule = made(admin, **BLOCK)
    made(admin, tool="*", verdict="REDACT", redact={"detectors": ["tokens"]}, order=1)
    found = checked(admin, tool="http.request", args={"method": "POST", "body": TOKEN})["decision"]
    assert (found["verdict"], found["rule"], found["why"]) == (
        "BLOCK",
        rule["id"],
        "Rule 10 (http.*) blocks http.request: reads only",
    )
    assert (found["args"], found["redacted"]) == ({"method": "POST", "body": "[redacted]"}, ["args.body"])
    assert checked(admin, tool="http.request", args={})["decision"]["failed"] is True


def test_the_dry_run_of_a_draft_against_what_was_called(
    platform: Platform, admin: httpx.Client, workspace: str
) -> None:
    for text in ("one", "two", "three"):
        ran(admin, {"tool": "echo", "args": {"text": text}})
    draft = [{"tool": "echo", "verdict": "BLOCK", "when": 'args.text.startsWith("t")'}]
    found = checked(admin, last=100, rules=draft)
    assert (found["decision"], found["compared"], len(found["changes"])) == (None, 3, 2)
    assert {(each["before"], each["after"]) for each in found["changes"]} == {("ALLOW", "BLOCK")}
    assert checked(admin, last=2, rules=draft)["compared"] == 2
    assert checked(admin, last=100)["changes"] == []
    assert listed(admin) == []
    problem(platform.client("viewer", workspace).post("/api/policy/check/", json={"last": 5}), 403, "not_allowed")


@pytest.mark.parametrize(
    "body", [{}, {"tool": "a", "last": 1}, {"last": 0}, {"last": 5000}, {"tool": "a", "effect": "x"}]
)
def test_a_dry_run_of_nothing_or_of_both_is_refused(admin: httpx.Client, body: dict[str, Any]) -> None:
    problem(admin.post("/api/policy/check/", json=body), 400, "invalid_input")


def test_a_draft_is_refused_with_the_place_of_its_rule(admin: httpx.Client) -> None:
    draft = [{"tool": "a", "verdict": "ALLOW"}, {"tool": "a", "verdict": "ALLOW", "when": "("}]
    said = problem(admin.post("/api/policy/check/", json={"tool": "a", "rules": draft}), 400, "invalid_rule")
    assert said["errors"][0]["path"] == "rules[1].when"


def test_the_commands_do_the_same(platform: Platform, workspace: str) -> None:
    token = platform.token("admin", workspace)

    def run(*words: str) -> Any:
        done = platform.interlock("policy", *words, "--json", INTERLOCK_URL=platform.url, INTERLOCK_TOKEN=token)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    rule = run("add", "--tool", "http.*", "--verdict", "block", "--when", 'args.method != "GET"')
    assert [each["id"] for each in run("list")] == [rule["id"]]
    found = run("check", "--tool", "http.request", "--args", '{"method": "PUT"}')
    assert found["decision"]["verdict"] == "BLOCK"
    assert run("check", "--last", "5")["compared"] == 0
    assert run("remove", rule["id"][-8:])["id"] == rule["id"]
    assert len(run("defaults")["results"]) == 3
    asks = ("add", "--tool", "shell.*", "--verdict", "require_approval", "--exclude", "ann")
    made = run(*asks, "--escalate", "2h=admin", "--escalate", "90m=otto")["approvers"]
    assert (made["excluded"], made["escalate"]) == (
        ["ann"],
        [{"after": 7200, "role": "admin"}, {"after": 5400, "users": ["otto"]}],
    )
