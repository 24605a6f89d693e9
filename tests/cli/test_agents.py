"""`interlock agent`, against a real platform."""

from __future__ import annotations

import uuid
from collections.abc import Callable

import pytest

from tests.cli.conftest import Done, Run
from tests.platform import Platform

pytestmark = pytest.mark.requirement("W8")
Cli = Callable[..., Done]


@pytest.fixture
def cli(interlock: Run, platform: Platform, monkeypatch: pytest.MonkeyPatch) -> Cli:
    monkeypatch.setenv("INTERLOCK_URL", platform.url)
    monkeypatch.setenv("INTERLOCK_TOKEN", platform.token("admin", f"cli-{uuid.uuid4().hex[:8]}"))
    return interlock


def test_an_agent_is_spawned_shown_healed_and_ended(cli: Cli) -> None:
    assert "There are no agents" in cli("agent", "list").err

    spawned = cli("agent", "spawn", "reviewer", "--type", "qa", "--tool", "files.*", "--session", "nightly")
    assert spawned.code == 0, spawned.err
    assert "name reviewer" in spawned.out
    again = cli("agent", "spawn", "reviewer", "--session", "nightly")
    assert (again.code, "There is an agent reviewer" in again.err) == (1, True)

    [listed] = cli("agent", "list", "--state", "idle", "--json").json
    assert (listed["name"], listed["type"], listed["tools"]) == ("reviewer", "qa", ["files.*"])
    shown = cli("agent", "show", "reviewer")
    assert "reviewer (qa) in nightly: idle" in shown.out and "You are a tester" in shown.out and "spawned" in shown.out
    assert cli("agent", "recover", "reviewer", "--json").json["result"]["revision"] == 2

    ended = cli("agent", "terminate", "reviewer", "--reason", "done")
    assert (ended.code, "cancelled 0" in ended.out) == (0, True)
    assert cli("agent", "list", "--json").json[0]["state"] == "terminated"
    late = cli("agent", "recover", listed["id"])
    assert (late.code, "takes no more jobs" in late.err) == (1, True)
    assert cli("agent", "show", "nobody").code == 5
