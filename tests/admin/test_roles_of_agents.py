"""A workspace gets a role of its own for a type of agents in the admin, and agents made from then on have it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.platform import Platform
from tests.signing_in import make_user, signed_in

pytestmark = [pytest.mark.requirement("U7"), pytest.mark.requirement("W8")]
ADD = "/admin/agents/agentrole/add/"


@pytest.fixture(scope="module")
def boss(platform: Platform) -> Iterator[httpx.Client]:
    make_user(platform, "rolemaker", superuser=True)
    with signed_in(platform, "rolemaker") as browser:
        yield browser


def post(boss: httpx.Client, form: dict[str, Any]) -> httpx.Response:
    token = {"csrfmiddlewaretoken": boss.cookies["csrftoken"]}
    return boss.post(ADD, data=form | token, headers={"Referer": str(boss.base_url)})


def spawned(api: httpx.Client, name: str) -> dict[str, Any]:
    body = {"type": "spawn-agent", "agent_type": "planner", "data": {"name": name}}
    job = api.post("/api/agent-jobs/", json=body, params={"wait": 30}).json()
    found: dict[str, Any] = api.get(f"/api/agents/{job['result']['agent']}/").json()
    return found


def test_a_role_of_the_workspace_goes_before_the_built_in_one(platform: Platform, boss: httpx.Client) -> None:
    api = platform.client("admin", "role-players")
    before = spawned(api, "before")
    [workspace] = platform.sql("SELECT id FROM agents_workspace WHERE slug = 'role-players'")
    assert "You are a software developer." in boss.get(ADD).text
    form = {"of_workspace": str(workspace["id"]), "type": "planner", "prompt": "Plan trains.", "tools": "files.raed"}
    refused = post(boss, form)
    assert refused.status_code == 200 and "did you mean files.read" in refused.text

    assert post(boss, form | {"tools": "files.read,clock.*"}).status_code == 302

    after = spawned(api, "after")
    assert (after["role_prompt"], after["tools"]) == ("Plan trains.", ["files.read", "clock.*"])
    assert spawned(api, "before2")["role_prompt"] != before["role_prompt"]
    assert api.get(f"/api/agents/{before['id']}/").json()["role_prompt"] == before["role_prompt"]
    events = api.get("/api/events/", params={"kind": "SettingsChanged"}).json()["results"]
    assert [(each["data"]["of"], each["actor"]) for each in events] == [("agentrole", "user:rolemaker")]
    listed = boss.get("/admin/agents/agent/?state=idle").text
    assert "after" in listed and "idle" in listed
    assert boss.get("/admin/agents/contextsnapshot/").status_code == 200
