"""A server that hangs, dies, floods or lies harms its own call, and nothing else."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil
import pytest

from agents.runtimes.failure import Failure, FailureKind
from agents.runtimes.plan import PlanRuntime
from agents.tools.mcp.discovery import discover
from agents.tools.mcp.server import Server
from agents.tools.mcp.upstream import Upstream
from agents.tools.results import MAX_RESULT_BYTES, size_of
from tests.agents.host import Notebook, work
from tests.agents.sandbox.probes import alive, until
from tests.agents.tools.mcp.servers import LIMITS, call, context, discovered, misbehaving, run_plan

pytestmark = pytest.mark.requirement("W13")


@pytest.fixture(scope="module")
def odd(tmp_path_factory: pytest.TempPathFactory) -> Server:
    return asyncio.run(discovered(misbehaving(), tmp_path_factory.mktemp("job")))


def running() -> list[int]:
    """The processes of the server that are still there."""
    return [
        each.pid
        for each in psutil.process_iter(["cmdline", "status"])
        if any("misbehaving.py" in word for word in each.info["cmdline"] or ())
        and each.info["status"] != psutil.STATUS_ZOMBIE
    ]


@pytest.mark.parametrize("tool", ["hang", "die", "flood", "chatter", "wrong_id", "huge"])
def test_a_call_that_it_never_answers_fails_and_is_not_tried_again(odd: Server, tmp_path: Path, tool: str) -> None:
    failure = call(replace(odd, call_seconds=2), tmp_path, tool)

    assert (failure.kind, failure.code) == (FailureKind.PERMANENT, "outcome_unknown")
    assert f"Whether odd.{tool} was done is not known." in failure.message
    assert running() == []


def test_a_call_that_changes_nothing_may_be_tried_again(odd: Server, tmp_path: Path) -> None:
    failure = call(replace(odd, call_seconds=1), tmp_path, "look")

    assert (failure.kind, failure.code) == (FailureKind.TIMED_OUT, "mcp_timeout")


@pytest.mark.parametrize(
    ("tool", "code", "says"),
    [
        ("nonsense", "mcp_bad_answer", "no result of a tool"),
        ("refuse", "mcp_refused", "no such thing"),
        ("error", "mcp_tool_failed", "the disk is full, password=…"),
    ],
)
def test_what_it_answers_wrongly_is_the_failure_of_its_call(
    odd: Server, tmp_path: Path, tool: str, code: str, says: str
) -> None:
    failure = call(odd, tmp_path, tool)

    assert (failure.kind, failure.code) == (FailureKind.PERMANENT, code)
    assert says in failure.message
    assert "hunter2" not in failure.message


@pytest.mark.parametrize("tool", ["hang", "die", "flood", "wrong_id", "nonsense", "huge"])
def test_the_next_call_of_the_same_job_finds_it_well_again(odd: Server, tmp_path: Path, tool: str) -> None:
    async def scenario() -> None:
        upstream = Upstream([replace(odd, call_seconds=2)])
        tools, place = upstream.tools, context(tmp_path)
        with pytest.raises(Failure):
            await tools.get(f"odd.{tool}").run(place, tools.validate(f"odd.{tool}", {}))
        answer = await tools.get("odd.ok").run(place, tools.validate("odd.ok", {"text": "again"}))
        await upstream.close()
        assert answer["text"] == "ok again"

    asyncio.run(scenario())


def test_another_server_of_the_same_job_is_not_disturbed(odd: Server, tmp_path: Path) -> None:
    other = replace(odd, name="even")

    async def scenario() -> None:
        upstream = Upstream([replace(odd, call_seconds=2), other])
        tools, place = upstream.tools, context(tmp_path)
        arguments = tools.validate("odd.ok", {})
        before = await tools.get("even.pid").run(place, arguments)
        with pytest.raises(Failure):
            await tools.get("odd.flood").run(place, arguments)
        after = await tools.get("even.pid").run(place, arguments)
        await upstream.close()
        assert before == after

    asyncio.run(scenario())


def test_one_process_serves_all_calls_of_a_job_and_ends_with_it(odd: Server, tmp_path: Path) -> None:
    host = Notebook(tmp_path)
    steps = [{"tool": "odd.pid", "args": {}} for _ in range(3)]

    result = asyncio.run(run_plan(Upstream([odd]), host, tmp_path, *steps))

    pids = {step["text"] for step in result["steps"]}
    assert len(pids) == 1
    assert not alive(int(pids.pop()))


def test_calls_at_once_get_their_own_answers(odd: Server, tmp_path: Path) -> None:
    async def scenario() -> None:
        upstream = Upstream([odd])
        tools, place = upstream.tools, context(tmp_path)
        answers = await asyncio.gather(
            *(tools.get("odd.ok").run(place, tools.validate("odd.ok", {"text": str(n)})) for n in range(20))
        )
        await upstream.close()
        assert [answer["text"] for answer in answers] == [f"ok {n}" for n in range(20)]

    asyncio.run(scenario())


@pytest.mark.parametrize(("tool", "says"), [("slowly", "in two parts"), ("junk", "after the junk"), ("ask", "refused")])
def test_what_is_odd_and_harmless_is_lived_with(odd: Server, tmp_path: Path, tool: str, says: str) -> None:
    assert call(odd, tmp_path, tool)["text"] == says


def test_a_long_result_is_cut_and_says_so(odd: Server, tmp_path: Path) -> None:
    result = call(odd, tmp_path, "long")

    assert result["truncated"] is True
    assert result["structured"] is None
    assert size_of(result) < MAX_RESULT_BYTES


def test_what_it_prints_goes_to_the_log_of_the_job(odd: Server, tmp_path: Path) -> None:
    host = Notebook(tmp_path)

    asyncio.run(run_plan(Upstream([odd]), host, tmp_path, {"tool": "odd.junk", "args": {}}))

    assert ("stdout", "]] not json") in host.log


@pytest.mark.parametrize("tool", ["hang", "chatter"])
def test_a_cancel_ends_the_call_and_its_process_at_once(odd: Server, tmp_path: Path, tool: str) -> None:
    async def scenario() -> float:
        upstream, host = Upstream([odd]), Notebook(tmp_path)
        job = replace(
            work("plan", tmp_path, steps=[{"tool": f"odd.{tool}", "args": {}}]), tools=upstream.tools, limits=LIMITS
        )
        attempt = asyncio.create_task(PlanRuntime().run(job, host))
        await until(lambda: bool(host.asked) and bool(running()))
        start = time.monotonic()
        attempt.cancel()
        with pytest.raises(asyncio.CancelledError):
            await attempt
        await upstream.close()
        await host.sandbox.close()
        assert host.recorded == [], "nobody knows how far it came"
        return time.monotonic() - start

    assert asyncio.run(scenario()) < 3
    assert running() == []


def test_a_server_that_describes_a_tool_otherwise_than_before_is_not_called(odd: Server, tmp_path: Path) -> None:
    changed = replace(odd, command=misbehaving("changed").command)

    failure = call(changed, tmp_path, "ok")

    assert (failure.kind, failure.code) == (FailureKind.PERMANENT, "mcp_tool_changed")
    assert "refresh" in failure.message


def test_a_tool_that_it_has_no_more_is_not_called(odd: Server, tmp_path: Path) -> None:
    gone = replace(odd, tools=(replace(odd.tools[0], name="former"),))

    failure = call(gone, tmp_path, "former")

    assert (failure.kind, failure.code) == (FailureKind.PERMANENT, "mcp_tool_gone")


@pytest.mark.parametrize(
    ("mode", "code"), [("silent", "mcp_timeout"), ("deaf", "mcp_timeout"), ("stranger", "mcp_bad_answer")]
)
def test_one_that_does_not_speak_the_protocol_cannot_be_refreshed(tmp_path: Path, mode: str, code: str) -> None:
    with pytest.raises(Failure) as failed:
        asyncio.run(discover(misbehaving(mode, seconds=2), context(tmp_path)))

    assert failed.value.code == code
    assert running() == []


def test_what_cannot_be_offered_is_left_out_with_the_reason(tmp_path: Path) -> None:
    async def scenario() -> tuple[Any, Any]:
        return await discover(misbehaving("crowd"), context(tmp_path))

    tools, skipped = asyncio.run(scenario())

    assert len(tools) == 500
    reasons = {each.name: each.why for each in skipped}
    assert "other characters" in reasons["a b"]
    assert "at most 65,536" in reasons["deep"]
    assert reasons["hang"] == "another tool has the same name"
    assert any("more than 500 tools" in why for why in reasons.values())
    assert len(skipped) == 50
