"""What is changed in the admin goes through the verbs, acts at once, and is on record."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.api.work import done, parked, quick, submitted
from tests.platform import Platform
from tests.signing_in import make_user, signed_in

pytestmark = pytest.mark.requirement("U7")


@pytest.fixture(scope="module")
def boss(platform: Platform) -> Iterator[httpx.Client]:
    make_user(platform, "boss", superuser=True)
    with signed_in(platform, "boss") as browser:
        yield browser


@pytest.fixture(scope="module")
def api(platform: Platform) -> httpx.Client:
    """A workspace that the admin is no member of."""
    return platform.client("admin", "governed")


def post(boss: httpx.Client, path: str, form: dict[str, Any]) -> httpx.Response:
    token = {"csrfmiddlewaretoken": boss.cookies["csrftoken"]}
    return boss.post(path, data=form | token, headers={"Referer": str(boss.base_url)})


def said(boss: httpx.Client, answer: httpx.Response) -> str:
    """The messages on the page that a change leads to."""
    assert answer.status_code == 302, answer.text
    page = boss.get(answer.headers["Location"]).text
    return html.unescape(" ".join(re.findall(r'<li class="(?:success|warning|error)">(.*?)</li>', page, re.DOTALL)))


def act(boss: httpx.Client, path: str, action: str, *ids: str) -> str:
    return said(boss, post(boss, path, {"action": action, "_selected_action": list(ids)}))


@pytest.mark.requirement("Q10")
def test_jobs_are_cancelled_and_what_cannot_be_is_told(
    platform: Platform, boss: httpx.Client, api: httpx.Client
) -> None:
    waiting, over = submitted(api, parked()), done(api)
    message = act(boss, "/admin/tasks/agentjob/", "cancel_selected", waiting["id"], over["id"])
    assert "1 never started" in message
    assert "1 refused: The job is completed already" in message
    assert api.get(f"/api/tasks/{waiting['id']}/").json()["state"] == "cancelled"
    event = platform.sql("SELECT actor FROM tasks_event WHERE job_id = %s ORDER BY id DESC LIMIT 1", [waiting["id"]])
    assert event[0]["actor"] == "user:boss"


@pytest.mark.requirement("Q13")
def test_jobs_are_retried(boss: httpx.Client, api: httpx.Client) -> None:
    job = submitted(api, parked())
    api.post(f"/api/tasks/{job['id']}/cancel/")
    assert "1 queued again" in act(boss, "/admin/tasks/agentjob/", "retry_selected", job["id"])


@pytest.mark.requirement("J6")
def test_jobs_are_submitted_through_the_one_door(platform: Platform, boss: httpx.Client, api: httpx.Client) -> None:
    workspace = platform.sql("SELECT id FROM agents_workspace WHERE slug = 'governed'")[0]["id"]
    path = "/admin/tasks/agentjob/add/"
    spec = "title: From the admin\ncommand: [echo, hello]\n"
    assert "1 submitted" in said(boss, post(boss, path, {"workspace": workspace, "spec": spec}))
    job = api.get("/api/tasks/", params={"q": "From the admin"}).json()["results"][0]
    assert job["submitted_by"] == {"kind": "user", "label": "boss"}
    wrong = post(boss, path, {"workspace": workspace, "spec": "command: [a]\npriority: 9\n"})
    assert wrong.status_code == 200
    assert "Line 2: priority: 9 is not a priority" in html.unescape(wrong.text)


@pytest.mark.requirement("Q9")
def test_sessions_are_paused_resumed_and_closed(boss: httpx.Client, api: httpx.Client) -> None:
    id = submitted(api, parked())["session"]["id"]
    where, path = f"/api/sessions/{id}/", "/admin/agents/session/"
    assert "1 paused" in act(boss, path, "pause", id)
    assert api.get(where).json()["paused_at"]
    assert "1 resumed" in act(boss, path, "resume", id)
    assert "1 closed" in act(boss, path, "close", id)
    seen = api.get(where).json()
    assert seen["closed_at"] and seen["counts"]["cancelled"] == 1


@pytest.mark.requirement("Q2")
def test_a_cap_acts_as_soon_as_it_is_saved(platform: Platform, boss: httpx.Client, api: httpx.Client) -> None:
    session = submitted(api, parked(session="capped"))["session"]["id"]
    path = f"/admin/agents/session/{session}/change/"

    def heard_of_it() -> bool:
        """Whether the dispatcher has read of the change in the log."""
        change = "SELECT 1 FROM tasks_event WHERE kind = 'SettingsChanged' AND session_id = %s AND seq IS NOT NULL"
        return bool(platform.sql(change, [session]))

    form = {"name": "capped", "weight": "1", "max_running": "1", "project": ""}
    assert "was changed successfully" in said(boss, post(boss, path, form))
    platform.wait_for(heard_of_it)
    jobs = [submitted(api, quick(session="capped", command=["sleep", "600"]))["id"] for _ in range(2)]

    def states() -> list[str]:
        return sorted(api.get(f"/api/tasks/{id}/").json()["state"] for id in jobs)

    def reasons() -> set[str]:
        seen = [api.get(f"/api/tasks/{id}/").json()["waiting_for"] for id in jobs]
        return {reason["code"] for reason in seen if reason}

    platform.wait_for(lambda: states() == ["queued", "running"])
    platform.wait_for(lambda: reasons() == {"session_cap"})
    post(boss, path, form | {"max_running": "2"})
    platform.wait_for(lambda: states() == ["running", "running"])
    changes = platform.sql(
        "SELECT actor FROM tasks_event WHERE kind = 'SettingsChanged' AND session_id = %s", [session]
    )
    assert {row["actor"] for row in changes} == {"user:boss"}
    api.post(f"/api/sessions/{session}/close/", json={"mode": "cancel"})


def test_a_project_and_a_rule_are_made_in_a_workspace(
    platform: Platform, boss: httpx.Client, api: httpx.Client
) -> None:
    api.get("/api/me/")
    workspace, other = (
        platform.sql("SELECT id FROM agents_workspace WHERE slug = %s", [slug])[0]["id"]
        for slug in ("governed", "default")
    )
    form = {"of_workspace": workspace, "slug": "made-here", "name": "Made here", "repository": "", "max_running": ""}
    assert "was added successfully" in said(boss, post(boss, "/admin/agents/project/add/", form))
    again = post(boss, "/admin/agents/project/add/", form)
    assert again.status_code == 200 and "already exists" in again.text
    project = platform.sql("SELECT id, workspace_id FROM agents_project WHERE slug = 'made-here'")[0]
    assert project["workspace_id"] == workspace
    session = {"of_workspace": other, "name": "crossed", "project": project["id"], "weight": "1", "max_running": ""}
    crossed = post(boss, "/admin/agents/session/add/", session)
    assert "This project is of another workspace" in crossed.text
    rule = {"of_workspace": workspace, "order": "5", "tool": "never.*", "verdict": "BLOCK", "comment": "no"}
    assert "was added successfully" in said(boss, post(boss, "/admin/agents/rule/add/", rule))
    assert platform.sql("SELECT 1 FROM django_admin_log WHERE object_repr LIKE '5: never%%'")
    assert "5: never.*" in html.unescape(boss.get("/admin/").text)


@pytest.mark.requirement("P1")
def test_a_rule_is_checked_as_the_api_checks_it(platform: Platform, boss: httpx.Client, api: httpx.Client) -> None:
    api.get("/api/me/")
    workspace = platform.sql("SELECT id FROM agents_workspace WHERE slug = 'governed'")[0]["id"]
    rule = {"of_workspace": workspace, "order": "6", "tool": "never.*", "verdict": "BLOCK", "when": "args.a =="}
    refused = post(boss, "/admin/agents/rule/add/", rule)
    assert refused.status_code == 200
    assert "It ends where something is missing (line 1, column 10)." in html.unescape(refused.text)
    refused = post(boss, "/admin/agents/rule/add/", rule | {"when": "", "redact": '{"detectors": ["keys"]}'})
    assert "Only a rule with the verdict REDACT redacts" in html.unescape(refused.text)
    redacts = rule | {"when": "args.a == 1", "verdict": "REDACT", "redact": '{"paths": ["args.a", "b"]}'}
    assert "redact.paths[1]: The path 'b'" in html.unescape(post(boss, "/admin/agents/rule/add/", redacts).text)
    good = redacts | {"redact": '{"paths": ["args.a"]}'}
    assert "was added successfully" in said(boss, post(boss, "/admin/agents/rule/add/", good))
    [kept] = platform.sql('SELECT verdict, "when", redact FROM agents_rule WHERE "order" = 6')
    assert kept == {"verdict": "REDACT", "when": "args.a == 1", "redact": {"paths": ["args.a"]}}


@pytest.mark.requirement("T4")
def test_a_token_is_shown_once_and_its_digest_never(platform: Platform, boss: httpx.Client, api: httpx.Client) -> None:
    api.get("/api/me/")
    workspace = platform.sql("SELECT id FROM agents_workspace WHERE slug = 'governed'")[0]["id"]
    form = {"name": "from the admin", "workspace": workspace, "role": "viewer", "user": "", "days": "30"}
    made = post(boss, "/admin/agents/apitoken/add/", form)
    assert made.status_code == 200
    text = re.findall(r'value="([0-9a-f]{64})"', made.text)[0]
    me = httpx.get(f"{platform.url}/api/me/", headers={"Authorization": f"Bearer {text}"}).json()
    assert me["workspaces"][0] == {"id": str(workspace), "slug": "governed", "name": "Governed", "role": "viewer"}
    key = text[:15]
    digest = platform.sql("SELECT digest FROM agents_apitoken WHERE token_key = %s", [key])[0]["digest"]
    change = f"/admin/agents/apitoken/{key}/change/"
    pages = ["/admin/", "/admin/agents/apitoken/", change, change.replace("change", "history")]
    for page in pages:
        answer = boss.get(page)
        assert answer.status_code == 200
        assert text not in answer.text and digest not in answer.text
    assert change in boss.get("/admin/").text
    assert "changed successfully" in said(boss, post(boss, change, {"revoke": "on"}))
    refused = httpx.get(f"{platform.url}/api/me/", headers={"Authorization": f"Bearer {text}"})
    assert refused.json()["code"] == "token_revoked"
    assert platform.sql("SELECT 1 FROM agents_apitoken WHERE token_key = %s", [key])


@pytest.mark.parametrize("path", ["workspace", "project", "session", "agent", "apitoken"])
def test_what_others_speak_of_is_not_deleted(platform: Platform, boss: httpx.Client, path: str) -> None:
    rows = re.findall(rf'href="(/admin/agents/{path}/[^"?]+/)change/', boss.get(f"/admin/agents/{path}/").text)
    for row in rows[:1]:
        assert boss.get(f"{row}delete/").status_code == 403


def test_a_workspace_is_made_with_a_member(platform: Platform, boss: httpx.Client) -> None:
    make_user(platform, "newcomer")
    user = platform.sql("SELECT id FROM auth_user WHERE username = 'newcomer'")[0]["id"]
    form = {
        "slug": "brand-new",
        "name": "Brand new",
        "weight": "2",
        "default_limits": "{}",
        "memberships-TOTAL_FORMS": "1",
        "memberships-INITIAL_FORMS": "0",
        "memberships-0-user": str(user),
        "memberships-0-role": "operator",
    }
    assert "was added successfully" in said(boss, post(boss, "/admin/agents/workspace/add/", form))
    with signed_in(platform, "newcomer") as browser:
        assert browser.get("/api/me/").json()["workspaces"][0]["slug"] == "brand-new"
