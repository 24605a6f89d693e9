"""The small real model, offline, through the same loop: it answers, calls tools, waits for a person, and is cancelled."""

from __future__ import annotations

import asyncio
import sys
import time
from pathlib import Path
from typing import Any

import httpx2
import psutil
import pytest

from agents.runtimes.base import Answer, Budget, Suspend
from agents.runtimes.failure import Failure
from agents.runtimes.llm.local import installed
from agents.runtimes.llm.local.serving import SERVER, served
from agents.runtimes.llm.runtime import LlmRuntime
from tests.agents.host import Notebook, work

pytestmark = [
    pytest.mark.requirement("W6"),
    pytest.mark.skipif(bool(installed.missing()), reason=installed.missing() or "is there"),
]
TOOLS_PROMPT = "Call the tool echo with the text: good morning"


def servers() -> list[psutil.Process]:
    """Those that this test process started and that are still there."""
    return [child for child in psutil.Process().children(recursive=True) if str(SERVER) in child.cmdline()]


def begin(host: Notebook, **data: Any) -> Any:
    spec = {"model": "local:smollm2", "tools": []} | data
    given = {name: spec.pop(name) for name in ("budget", "resume") if name in spec}
    return LlmRuntime().run(work("llm", host.sandbox.directory, **given, **spec), host)


@pytest.fixture
def host(tmp_path: Path) -> Notebook:
    """It has no key for anybody."""
    return Notebook(tmp_path)


def test_it_answers_without_a_key_and_its_tokens_are_counted(host: Notebook) -> None:
    result = asyncio.run(begin(host, prompt="What is the capital of France? Answer in one sentence."))

    assert "Paris" in result["text"] and result["model"] == "local:smollm2"
    assert result["usage"]["input_tokens"] > 20 and 1 < result["usage"]["output_tokens"] < 200
    assert result["usage"]["cost"] is None
    assert servers() == []


def test_the_same_question_has_the_same_answer(host: Notebook) -> None:
    first, second = (asyncio.run(begin(host, prompt="Why do people keep a diary?"))["text"] for _ in range(2))

    assert first == second and 20 < len(first) <= 400


def test_given_a_tool_it_calls_it_once_and_ends_in_text(host: Notebook) -> None:
    result = asyncio.run(begin(host, prompt=TOOLS_PROMPT, tools=["echo"]))

    [call] = host.asked
    assert call.tool == "echo" and isinstance(call.arguments["text"], str)
    [(_, returned, error, _)] = host.recorded
    assert (returned, error) == ({"text": call.arguments["text"]}, None)
    assert result["text"] and result["usage"]["tool_calls"] == 1 and result["usage"]["turns"] == 2


def test_it_gives_each_argument_that_the_tool_requires(tmp_path: Path) -> None:
    elsewhere = {"path": "heron.txt", "text": "The heron waits."}
    host = Notebook(tmp_path, lambda call: Answer(proceed=True, arguments=elsewhere))
    prompt = "Write the sentence 'The heron waits.' to heron.txt."

    asyncio.run(begin(host, prompt=prompt, tools=["files.write"]))

    [call] = host.asked
    assert call.tool == "files.write" and set(call.arguments) == {"path", "text"}
    assert (tmp_path / "heron.txt").read_text() == "The heron waits."


def test_of_many_tools_it_calls_one(host: Notebook) -> None:
    asyncio.run(begin(host, prompt="Which files are there?", tools=["echo", "files.*", "http.request", "shell.run"]))

    assert len(host.asked) == 1


def test_a_call_that_waits_for_a_person_is_made_in_the_next_attempt(tmp_path: Path) -> None:
    waiting = Notebook(tmp_path, lambda call: Answer(proceed=False, waits=True))
    with pytest.raises(Suspend):
        asyncio.run(begin(waiting, prompt=TOOLS_PROMPT, tools=["echo"]))
    assert servers() == []

    approved = Notebook(tmp_path, lambda call: Answer(proceed=True, arguments={"text": "as a person wants it"}))
    result = asyncio.run(begin(approved, prompt=TOOLS_PROMPT, tools=["echo"], resume=waiting.kept[-1]))

    assert [call.arguments for call in approved.asked] == [call.arguments for call in waiting.asked]
    assert [result for _, result, *_ in approved.recorded] == [{"text": "as a person wants it"}]
    assert result["usage"]["turns"] == 2


def test_the_jobs_limits_hold(host: Notebook) -> None:
    with pytest.raises(Failure) as failed:
        asyncio.run(begin(host, prompt=TOOLS_PROMPT, tools=["echo"], budget=Budget(tokens=30)))

    assert failed.value.code == "over_budget"
    assert failed.value.data["partial"]["usage"]["output_tokens"] > 0


@pytest.mark.parametrize("when", ["while it starts", "while it writes"])
def test_a_cancel_ends_the_server_within_a_second(host: Notebook, when: str) -> None:
    async def cancelled() -> float:
        job = asyncio.create_task(begin(host, prompt="Tell a long story of a heron and a frog.", tools=[]))
        while not (servers() if when == "while it starts" else host.progress):  # noqa: ASYNC110
            await asyncio.sleep(0.005)
        began = time.monotonic()
        job.cancel()
        with pytest.raises(asyncio.CancelledError):
            await job
        return time.monotonic() - began

    assert asyncio.run(cancelled()) < 1.0
    assert servers() == []


def test_the_server_ends_with_its_keeper_even_by_kill_9(tmp_path: Path) -> None:
    async def orphaned() -> None:
        code = (
            "import asyncio\n"
            "from agents.runtimes.llm.local.serving import served\n"
            "async def main():\n"
            "    async with served() as (url, key):\n"
            "        print(url, flush=True)\n"
            "        await asyncio.sleep(600)\n"
            "asyncio.run(main())\n"
        )
        keeper = await asyncio.create_subprocess_exec(sys.executable, "-c", code, stdout=asyncio.subprocess.PIPE)
        assert keeper.stdout is not None
        assert (await keeper.stdout.readline()).startswith(b"http://127.0.0.1:")
        [server] = servers()
        keeper.kill()
        await keeper.wait()
        server.wait(timeout=10)

    asyncio.run(orphaned())


def test_nobody_else_on_the_machine_can_ask_it() -> None:
    async def answers() -> list[int]:
        async with served() as (url, key), httpx2.AsyncClient() as http:
            asked = {"messages": [{"role": "user", "content": "Hello"}], "max_tokens": 1}
            return [
                (await http.post(f"{url}/chat/completions", json=asked, headers=headers)).status_code
                for headers in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": f"Bearer {key}"})
            ]

    assert asyncio.run(answers()) == [401, 401, 200]


def test_the_weights_are_named_by_the_job_and_not_by_the_environment(
    host: Notebook, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LLAMA_ARG_MODEL", "/nowhere.gguf")
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:1/v1")

    assert asyncio.run(begin(host, prompt="Say hello."))["text"]
