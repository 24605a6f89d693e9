"""The reference servers of the package registry, over standard input and output, in a job's sandbox."""

from __future__ import annotations

import asyncio
import json
import subprocess
from pathlib import Path

import pytest

from agents.runtimes.base import Answer
from agents.runtimes.failure import Failure, FailureKind
from agents.tools.base import Effect
from agents.tools.mcp.server import Server
from agents.tools.mcp.upstream import Upstream
from agents.tools.toolset import UnknownTool
from tests.agents.host import Notebook
from tests.agents.tools.mcp.servers import call, clock, discovered, of_module, run_plan

pytestmark = pytest.mark.requirement("W13")


@pytest.fixture(scope="module")
def time_server(tmp_path_factory: pytest.TempPathFactory) -> Server:
    return asyncio.run(discovered(clock(), tmp_path_factory.mktemp("job")))


@pytest.fixture(scope="module")
def git_server(tmp_path_factory: pytest.TempPathFactory) -> Server:
    return asyncio.run(discovered(of_module("git", "mcp_server_git"), tmp_path_factory.mktemp("job")))


def test_its_tools_are_found_with_schema_and_effect(time_server: Server, git_server: Server) -> None:
    tools = Upstream([time_server, git_server]).tools

    assert {"clock.get_current_time", "clock.convert_time", "git.git_status", "git.git_commit"} <= set(tools.names())
    assert tools.get("clock.convert_time").effect is Effect.PURE
    assert tools.get("git.git_status").effect is Effect.PURE
    assert tools.get("git.git_commit").effect is Effect.EXTERNAL
    assert "timezone" in tools.get("clock.get_current_time").schema["properties"]
    assert tools.get("clock.convert_time").description
    assert "echo" in tools.names(), "our own are there as well"


def test_a_step_of_a_plan_calls_it_and_the_next_one_uses_what_it_gave(time_server: Server, tmp_path: Path) -> None:
    args = {"source_timezone": "Europe/Berlin", "time": "12:00", "target_timezone": "Asia/Tokyo"}
    host = Notebook(tmp_path)

    result = asyncio.run(
        run_plan(
            Upstream([time_server]),
            host,
            tmp_path,
            {"id": "there", "tool": "clock.convert_time", "args": args},
            {"tool": "echo", "args": {"text": "${steps.there.structured.target.timezone}"}},
        )
    )

    assert result["result"] == {"text": "Asia/Tokyo"}
    assert json.loads(result["steps"][0]["text"])["source"]["timezone"] == "Europe/Berlin"
    assert [(asked.tool, asked.effect) for asked in host.asked] == [
        ("clock.convert_time", Effect.PURE),
        ("echo", Effect.PURE),
    ]
    assert host.recorded[0][1] == result["steps"][0]


def test_its_program_works_in_the_directory_of_the_job(git_server: Server, tmp_path: Path) -> None:
    subprocess.run(["git", "init", "-q", tmp_path / "repo"], check=True)
    (tmp_path / "repo" / "new.txt").write_text("x")

    result = call(git_server, tmp_path, "git_status", repo_path="repo")

    assert "new.txt" in result["text"]


def test_what_the_policy_blocks_does_not_reach_it(time_server: Server, tmp_path: Path) -> None:
    host = Notebook(tmp_path, lambda asked: Answer(proceed=False, refusal="Rule 1 (clock.*) blocks it."))
    step = {"tool": "clock.get_current_time", "args": {"timezone": "UTC"}}

    with pytest.raises(Failure, match=r"Rule 1 \(clock\.\*\) blocks it") as failed:
        asyncio.run(run_plan(Upstream([time_server]), host, tmp_path, step))

    assert failed.value.code == "blocked_by_policy"
    assert host.recorded == []


def test_a_recorded_result_is_taken_and_nothing_is_started(time_server: Server, tmp_path: Path) -> None:
    host = Notebook(tmp_path, lambda asked: Answer(True, recorded_result={"text": "then"}, has_recorded_result=True))
    step = {"tool": "clock.get_current_time", "args": {"timezone": "UTC"}}

    result = asyncio.run(run_plan(Upstream([time_server]), host, tmp_path, step))

    assert result["result"] == {"text": "then"}


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({}, "timezone: Field required"),
        ({"timezone": 5}, "timezone: it must be text"),
    ],
)
def test_wrong_arguments_are_refused_before_it_is_asked(
    time_server: Server, tmp_path: Path, arguments: dict[str, object], says: str
) -> None:
    failure = call(time_server, tmp_path, "get_current_time", **arguments)

    assert (failure.kind, failure.code) == (FailureKind.PERMANENT, "invalid_arguments")
    assert says in failure.message


def test_what_the_tool_says_of_its_failure_is_the_failure(time_server: Server, tmp_path: Path) -> None:
    failure = call(time_server, tmp_path, "get_current_time", timezone="Nowhere/Land")

    assert (failure.kind, failure.code) == (FailureKind.PERMANENT, "mcp_tool_failed")
    assert "Nowhere/Land" in failure.message


def test_an_unknown_tool_of_a_server_is_answered_with_what_comes_close(time_server: Server) -> None:
    with pytest.raises(UnknownTool, match=r"did you mean clock\.convert_time"):
        Upstream([time_server]).tools.get("clock.convert_tyme")


def test_a_program_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(
        Failure, match="The server gone could not be started: There is no program 'no-such-program'"
    ) as failed:
        asyncio.run(discovered(Server("gone", "stdio", ("no-such-program",)), tmp_path))

    assert failed.value.code == "command_not_found"
