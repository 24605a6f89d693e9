"""Every model has its pages, which platform admins see and nobody else."""

from __future__ import annotations

import re
from collections.abc import Iterator

import httpx
import pytest
from django.apps import apps
from django.contrib import admin

from tests.api.work import done, parked, submitted
from tests.platform import Platform
from tests.signing_in import make_user, signed_in

pytestmark = pytest.mark.requirement("U7")
OURS = [model for label in ("agents", "tasks", "approvals") for model in apps.get_app_config(label).get_models()]
CANARY = "hunter2-canary"
LISTS = [f"/admin/{model._meta.app_label}/{model._meta.model_name}/" for model in OURS]


@pytest.fixture(scope="module")
def boss(platform: Platform) -> Iterator[httpx.Client]:
    """A platform admin who belongs to no workspace."""
    make_user(platform, "boss", superuser=True)
    with signed_in(platform, "boss") as browser:
        yield browser


@pytest.fixture(scope="module", autouse=True)
def something_of_everything(platform: Platform) -> None:
    api = platform.client("admin", "shown")
    first = done(api, command=["sh", "-c", "echo hello"])
    submitted(api, {"tool": "echo", "args": {"value": 1}}, wait=30)
    waits = submitted(api, parked(title="waits"))
    submitted(api, parked(depends_on=[waits["id"]]))
    api.post("/api/tasks/", json=parked(), headers={"Idempotency-Key": "shown"})
    child = {"tool": "echo", "args": {"value": 1}}
    submitted(api, {"tool": "task.submit", "args": {"task": child, "wait": False}}, wait=30)
    api.post("/api/provider-keys/", json={"provider": "anthropic", "key": "a-key-of-no-use", "replace": True})
    api.post("/api/agent-jobs/", json={"type": "spawn-agent", "session": "agents"}, params={"wait": 30})
    platform.sql(
        'INSERT INTO agents_rule (id, workspace_id, "order", tool, verdict, comment, "when", redact, approvers) '
        "SELECT gen_random_uuid(), id, 1, 'shell.*', 'BLOCK', 'no', '', '{}', '{}' FROM agents_workspace "
        "WHERE slug = 'shown' AND NOT EXISTS (SELECT FROM agents_rule)"
    )
    platform.sql(
        "INSERT INTO agents_agentrole (id, workspace_id, type, prompt, tools) SELECT gen_random_uuid(), id, 'qa', "
        "'Look twice.', '{}' FROM agents_workspace WHERE slug = 'shown' ON CONFLICT DO NOTHING"
    )
    platform.sql(
        "INSERT INTO agents_project (id, workspace_id, slug, name, repository) SELECT gen_random_uuid(), id, 'shop', "
        "'Shop', '' FROM agents_workspace WHERE slug = 'shown' ON CONFLICT DO NOTHING"
    )
    platform.sql(
        "INSERT INTO approvals_approvalrequest (id, workspace_id, job_id, tool, arguments, version, rule, requester, "
        "state, decided_by, comment, ask, action, schema, effect, why, requester_person, approvers, quorum, "
        "not_requester, escalations) SELECT gen_random_uuid(), workspace_id, id, 'shell.run', '{}', 'x', '', 'ann', "
        "'waiting', '', '', 1, 'shell.run', '{}', '', '', '', '{}', 1, false, '[]' FROM tasks_agentjob WHERE id = %s",
        [first["id"]],
    )
    platform.sql(
        "INSERT INTO approvals_approvaldecision (id, workspace_id, request_id, said, by, person, comment, version, "
        "remembered) SELECT gen_random_uuid(), workspace_id, id, 'approve', 'user:ann', '1', '', 'x', false "
        "FROM approvals_approvalrequest"
    )
    platform.sql(
        "INSERT INTO tasks_sessiongrant (id, workspace_id, session_id, tool, rule, outcome, granted_by, expires_at, "
        "revoked_by) SELECT gen_random_uuid(), workspace_id, session_id, 'shell.run', '', 'x', 'user:ann', now(), '' "
        "FROM tasks_agentjob WHERE id = %s",
        [first["id"]],
    )
    platform.sql(
        "INSERT INTO tasks_workarchive (id, workspace_id, job_id, attempts, content) SELECT gen_random_uuid(), "
        "workspace_id, id, '{1}', '' FROM tasks_agentjob WHERE id = %s",
        [first["id"]],
    )
    platform.sql(
        "INSERT INTO tasks_checkpoint (id, workspace_id, job_id, sealed) SELECT gen_random_uuid(), workspace_id, id, '' "
        "FROM tasks_agentjob WHERE id = %s",
        [first["id"]],
    )
    platform.sql(
        "INSERT INTO tasks_spending (id, workspace_id, job_id, tokens, cost) SELECT gen_random_uuid(), workspace_id, id, "
        "1, 0 FROM tasks_agentjob WHERE id = %s",
        [first["id"]],
    )
    api.post(
        "/api/tool-servers/", json={"name": "clock", "command": ["uvx", "mcp-server-time"], "env": {"KEY": CANARY}}
    )
    mail = {
        "name": "office",
        "kind": "gmail",
        "address": "office@example.org",
        "client_id": "c",
        "client_secret": CANARY,
    }
    api.post("/api/mail-accounts/", json=mail | {"secret": CANARY})
    platform.sql("INSERT INTO tasks_platformstate (name) VALUES ('platform') ON CONFLICT DO NOTHING")
    platform.sql(
        "INSERT INTO tasks_forecast (id, workspace_id, made_at, jobs, p50, p90, finished) SELECT gen_random_uuid(), id, "
        "now(), '{}', '{}', '{}', '{}' FROM agents_workspace WHERE slug = 'shown' ON CONFLICT DO NOTHING"
    )
    platform.sql(
        "INSERT INTO tasks_workkind (id, workspace_id, kind, finished, samples, updated_at) SELECT gen_random_uuid(), id, "
        "'kept', 1, '{1}', now() FROM agents_workspace WHERE slug = 'shown' ON CONFLICT DO NOTHING"
    )
    platform.sql(
        "INSERT INTO tasks_coverage (id, workspace_id, hour, foreseen, before_p50, before_p90) SELECT gen_random_uuid(), "
        "id, '2026-01-01', 2, 1, 2 FROM agents_workspace WHERE slug = 'shown' ON CONFLICT DO NOTHING"
    )
    for verb, body in {"cancel": {"all": True}, "priority": {"all": True, "to": "P0"}}.items():
        answer = platform.client("operator", "shown").post(f"/api/tasks/{verb}/", json=body | {"session": "nobody's"})
        assert answer.status_code == 200, answer.text


def test_every_model_is_registered_with_something_to_see() -> None:
    for model in OURS:
        page = admin.site.get_model_admin(model)
        assert tuple(page.list_display) != ("__str__",), model
        assert page.get_search_fields(None) is not None


@pytest.mark.parametrize("path", ["/admin/", *LISTS])
def test_a_list_opens_and_one_of_its_rows_too(boss: httpx.Client, path: str) -> None:
    page = boss.get(path)
    assert page.status_code == 200, page.text[-2000:]
    rows = re.findall(rf'href="({path}[^"?]+/change/)', page.text)
    assert rows or path == "/admin/" or "fairclock" in path or "forecast" in path, page.text
    for row in rows[:1]:
        opened = boss.get(row)
        assert opened.status_code == 200
        assert CANARY not in opened.text + page.text
        assert boss.get(row.replace("/change/", "/history/")).status_code == 200


@pytest.mark.parametrize("path", LISTS)
@pytest.mark.parametrize("query", ["q=hello", "q=0199d4c0-8f3a-7d5e-9a1b-2c3d4e5f6a7b", "q=%00", "o=1.-2&p=1"])
def test_a_list_is_searched_and_sorted(boss: httpx.Client, path: str, query: str) -> None:
    assert boss.get(f"{path}?{query}").status_code in (200, 302)


@pytest.mark.parametrize("path", [path for path in LISTS if "agents/" in path or "agentjob" in path])
def test_a_form_for_a_new_row_opens_where_rows_are_made_by_hand(boss: httpx.Client, path: str) -> None:
    by_hand = {"workspace", "project", "session", "rule", "membership", "apitoken", "agentjob", "agentrole"}
    expected = 200 if path.split("/")[-2] in by_hand else 403
    assert boss.get(f"{path}add/").status_code == expected


@pytest.mark.requirement("T1")
@pytest.mark.parametrize("who", ["nobody", "member", "staff"])
def test_everybody_else_is_sent_to_sign_in(platform: Platform, who: str) -> None:
    if who != "nobody":
        make_user(platform, who, staff=who == "staff", workspace="shown", role="admin")
    with httpx.Client(base_url=platform.url) if who == "nobody" else signed_in(platform, who) as browser:
        for path in ["/admin/", *LISTS, *(f"{path}add/" for path in LISTS)]:
            answer = browser.get(path)
            assert (answer.status_code, answer.headers["Location"].partition("?")[0]) == (302, "/admin/login/")


@pytest.mark.requirement("T1")
def test_each_look_is_on_record(platform: Platform, boss: httpx.Client) -> None:
    def looks(reason: str) -> int:
        query = "SELECT count(*) AS n FROM agents_platformaccess WHERE path = '/admin/tasks/worker/' AND reason = %s"
        return int(platform.sql(query, [reason])[0]["n"])

    before = looks("")
    boss.get("/admin/tasks/worker/")
    boss.get("/admin/tasks/worker/", headers={"X-Interlock-Live": "1"})
    assert looks("") == before + 1
    assert looks("a list refreshed itself") >= 1


def test_the_live_script_is_on_the_lists_of_jobs_and_workers(boss: httpx.Client) -> None:
    for path in ("/admin/tasks/agentjob/", "/admin/tasks/worker/"):
        page = boss.get(path)
        assert "js/admin-live.js" in page.text
        assert "unsafe" not in page.headers["Content-Security-Policy"]
    assert boss.get("/static/js/admin-live.js").status_code == 200
