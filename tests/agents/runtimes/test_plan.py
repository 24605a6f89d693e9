"""The runtime `plan`, with the real tools."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from agents.runtimes.base import Answer, Call
from agents.runtimes.failure import Failure, FailureKind
from agents.runtimes.plan import PlanRuntime, Step, faults
from agents.tools.base import Effect
from tests.agents.host import Notebook, work
from tests.agents.sandbox.probes import until

pytestmark = pytest.mark.requirement("W5")

Gate = Callable[[Call], Answer]


def run(directory: Path, *steps: dict[str, Any], gate: Gate | None = None, **data: Any) -> tuple[Any, Notebook]:
    host = Notebook(directory, gate)
    return asyncio.run(PlanRuntime().run(work("plan", directory, steps=list(steps), **data), host)), host


def failure_of(directory: Path, *steps: dict[str, Any], gate: Gate | None = None) -> tuple[Failure, Notebook]:
    host = Notebook(directory, gate)
    with pytest.raises(Failure) as failed:
        asyncio.run(PlanRuntime().run(work("plan", directory, steps=list(steps)), host))
    return failed.value, host


def echo(text: str, **more: Any) -> dict[str, Any]:
    return {"tool": "echo", "args": {"text": text}, **more}


def test_steps_run_in_order_and_the_last_result_is_the_result(tmp_path: Path) -> None:
    result, host = run(tmp_path, echo("one"), echo("two"))

    assert result == {"steps": [{"text": "one"}, {"text": "two"}], "result": {"text": "two"}}
    assert [call.index for call in host.asked] == [0, 1]
    assert [outcome for _, outcome, _, _ in host.recorded] == [{"text": "one"}, {"text": "two"}]


@pytest.mark.requirement("W12")
def test_progress_counts_the_steps(tmp_path: Path) -> None:
    _, host = run(tmp_path, *[echo(str(n)) for n in range(5)])

    assert host.progress == [(20, "1 of 5"), (40, "2 of 5"), (60, "3 of 5"), (80, "4 of 5"), (100, "5 of 5")]
    assert host.log[1] == ("system", "Step 2 of 5: echo")


def test_a_plan_reads_transforms_and_writes(tmp_path: Path) -> None:
    (tmp_path / "names.txt").write_text("carol\nalice\nbob\n")

    result, host = run(
        tmp_path,
        {"id": "read", "tool": "files.read", "args": {"path": "names.txt"}},
        {"id": "sorted", "tool": "shell.run", "args": {"command": ["sort"], "stdin": "${steps.read.text}"}},
        {"tool": "files.write", "args": {"path": "out/sorted.txt", "text": "${steps.sorted.stdout}\n"}},
    )

    assert (tmp_path / "out/sorted.txt").read_text() == "alice\nbob\ncarol\n"
    assert result["result"] == {"path": "out/sorted.txt", "bytes": 16, "created": True}
    assert host.asked[1].arguments["stdin"] == "carol\nalice\nbob\n"
    assert [call.effect for call in host.asked] == [Effect.PURE, Effect.EXTERNAL, Effect.IDEMPOTENT]


def test_a_reference_that_is_the_whole_text_keeps_its_type(tmp_path: Path) -> None:
    value = {"list": [1, {"deep": None}], "0": 2.5}

    result, _ = run(
        tmp_path,
        {"id": "a", "tool": "echo", "args": {"value": value}},
        {"tool": "echo", "args": {"value": ["${steps.a.value}", "${steps.0.value.list.1.deep}", "${steps.a.value.0}"]}},
    )

    assert result["result"] == {"value": [value, None, 2.5]}


def test_references_inside_a_text_become_text(tmp_path: Path) -> None:
    result, _ = run(
        tmp_path,
        {"id": "a", "tool": "echo", "args": {"text": "größe", "value": [1, True]}},
        echo("<${steps.a.text}|${steps.0.value}|${steps.a.value.0}>"),
    )

    assert result["result"]["text"] == "<größe|[1, true]|1>"


@pytest.mark.parametrize(
    "text", ["${HOME}", "$steps.0.text", "{{ steps[0].text }}", "${step.0}", "$(id)", "${steps.0.text"]
)
def test_everything_else_is_left_alone(tmp_path: Path, text: str) -> None:
    result, _ = run(tmp_path, echo("x"), echo(text))

    assert result["result"]["text"] == text


def test_a_reference_can_be_written_as_plain_text(tmp_path: Path) -> None:
    result, _ = run(tmp_path, echo("x"), echo("$${steps.0.text} is ${steps.0.text}"), echo("$${steps.0.text}"))

    assert [step["text"] for step in result["steps"]] == ["x", "${steps.0.text} is x", "${steps.0.text}"]


def test_what_a_result_contains_is_not_looked_into_again(tmp_path: Path) -> None:
    (tmp_path / "evil").write_text("${steps.0.path} ${steps.9.x}")

    result, _ = run(tmp_path, {"tool": "files.read", "args": {"path": "evil"}}, echo("${steps.0.text}"))

    assert result["result"]["text"] == "${steps.0.path} ${steps.9.x}"


@pytest.mark.parametrize(
    ("reference", "says"),
    [
        ("${steps.5.text}", "the earlier steps are 0, a"),
        ("${steps.1.text}", "names no earlier step"),
        ("${steps.later.text}", "names no earlier step"),
        ("${steps.a.txt}", "it has text"),
        ("${steps.a.text.0}", "it has no parts"),
        ("${steps.0.__class__}", "it has text"),
        ("${steps.}", "names no earlier step"),
    ],
)
def test_an_unknown_reference_fails_for_good_and_says_what_there_is(tmp_path: Path, reference: str, says: str) -> None:
    failure, host = failure_of(tmp_path, echo("x", id="a"), echo(f"see {reference}"), echo("y", id="later"))

    assert (failure.kind, failure.code) == (FailureKind.PERMANENT, "bad_reference")
    assert failure.message.startswith("Step 2 of 3: echo: ")
    assert says in failure.message
    assert len(host.asked) == 1


def test_results_cannot_be_put_into_a_shell_line(tmp_path: Path) -> None:
    failure, host = failure_of(
        tmp_path, echo("; touch hacked"), {"tool": "shell.run", "args": {"command": "echo ${steps.0.text}"}}
    )

    assert failure.code == "bad_reference"
    assert "stdin" in failure.message
    assert len(host.asked) == 1


def test_shell_variables_in_a_shell_line_are_the_shells(tmp_path: Path) -> None:
    result, _ = run(tmp_path, {"tool": "shell.run", "args": {"command": "echo ${WHO}"}}, env={"WHO": "me"})

    assert result["result"]["stdout"] == "me"


def test_arguments_cannot_grow_without_bound(tmp_path: Path) -> None:
    failure, _ = failure_of(
        tmp_path, echo("x" * 200_000), {"tool": "echo", "args": {"value": ["${steps.0.text}"] * 50}}
    )

    assert (failure.kind, failure.code) == (FailureKind.PERMANENT, "arguments_too_large")


def test_early_results_give_way_when_all_are_too_much(tmp_path: Path) -> None:
    result, _ = run(tmp_path, *[echo("x" * 120_000) for _ in range(3)])

    assert "omitted_bytes" in result["steps"][0]
    assert len(result["steps"][2]["text"]) == 120_000


def test_faults_of_references_are_known_before_it_runs() -> None:
    steps = [
        Step(tool="echo", args={"text": "${steps.0.text}"}),
        Step(tool="echo", args={"value": [{"deep": "${steps.0.text} ${steps.nowhere.x}"}]}, id="b"),
        Step(tool="shell.run", args={"command": "cat ${steps.b.value}"}),
        Step(tool="shell.run", args={"command": ["cat", "${steps.b.value}"], "stdin": "$${steps.9.x}"}),
    ]

    found = faults(steps)

    assert [(fault.step, fault.argument) for fault in found] == [(0, "text"), (1, "value"), (2, "command")]


def test_a_refusal_of_the_policy_fails_for_good_with_its_sentence(tmp_path: Path) -> None:
    def gate(call: Call) -> Answer:
        return Answer(call.tool != "files.write", refusal="Rule 10 (files.*) blocks files.write.")

    failure, host = failure_of(
        tmp_path, echo("x"), {"tool": "files.write", "args": {"path": "f", "text": "x"}}, gate=gate
    )

    assert (failure.kind, failure.code) == (FailureKind.PERMANENT, "blocked_by_policy")
    assert "Rule 10 (files.*) blocks files.write." in failure.message
    assert not (tmp_path / "f").exists()
    assert len(host.recorded) == 1


@pytest.mark.parametrize("earlier", [{"path": "f", "bytes": 1, "created": True}, None])
def test_a_call_with_a_recorded_result_does_not_run_again(tmp_path: Path, earlier: Any) -> None:
    result, host = run(
        tmp_path,
        {"tool": "files.write", "args": {"path": "f", "text": "x"}},
        gate=lambda call: Answer(True, recorded_result=earlier, has_recorded_result=True),
    )

    assert result["result"] == earlier
    assert not (tmp_path / "f").exists()
    assert host.recorded == []


def test_the_gate_may_change_the_arguments(tmp_path: Path) -> None:
    _, host = run(
        tmp_path,
        {"tool": "files.write", "args": {"path": "f", "text": "as asked"}},
        gate=lambda call: Answer(True, arguments={**call.arguments, "text": "as approved"}),
    )

    assert (tmp_path / "f").read_text() == "as approved"
    assert host.recorded[0][0].arguments["text"] == "as approved"


def test_changed_arguments_are_checked_as_well(tmp_path: Path) -> None:
    failure, _ = failure_of(tmp_path, echo("x"), gate=lambda call: Answer(True, arguments={"nonsense": 1}))

    assert (failure.kind, failure.code) == (FailureKind.PERMANENT, "invalid_arguments")


def test_what_the_gate_raises_goes_through(tmp_path: Path) -> None:
    class Suspended(Exception):
        pass

    def gate(call: Call) -> Answer:
        raise Suspended

    with pytest.raises(Suspended):
        run(tmp_path, echo("x"), gate=gate)


@pytest.mark.parametrize(
    ("step", "code", "says"),
    [
        ({"tool": "file.read", "args": {}}, "unknown_tool", "did you mean files.read"),
        ({"tool": "sleep", "args": {"seconds": "long"}}, "invalid_arguments", "seconds"),
        ({"tool": "echo", "args": {}}, "invalid_arguments", "text"),
        ({"tool": "files.read", "args": {"path": "nothing"}}, "file_not_found", "nothing"),
    ],
)
def test_a_step_that_fails_ends_the_plan_and_is_named(
    tmp_path: Path, step: dict[str, Any], code: str, says: str
) -> None:
    failure, _ = failure_of(tmp_path, echo("x"), step, echo("never"))

    assert (failure.kind, failure.code) == (FailureKind.PERMANENT, code)
    assert failure.message.startswith(f"Step 2 of 3: {step['tool']}: ")
    assert says in failure.message


def test_the_failure_of_a_call_is_recorded(tmp_path: Path) -> None:
    failure, host = failure_of(tmp_path, {"tool": "shell.run", "args": {"command": "echo broken >&2; exit 9"}})

    assert (failure.kind, failure.code) == (FailureKind.TRANSIENT, "exit_code")
    [(_, result, error, seconds)] = host.recorded
    assert result is None
    assert isinstance(error, Failure)
    assert error.message == "The command ended with exit code 9: broken"
    assert seconds > 0


def test_a_cancelled_call_is_not_recorded_for_nobody_knows_how_far_it_came(tmp_path: Path) -> None:
    async def scenario() -> None:
        host = Notebook(tmp_path)
        job = work("plan", tmp_path, steps=[{"tool": "sleep", "args": {"seconds": 600}}])
        running = asyncio.create_task(PlanRuntime().run(job, host))
        await until(lambda: bool(host.asked))
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
        assert host.recorded == []

    asyncio.run(scenario())


@pytest.mark.parametrize("data", [{}, {"steps": []}, {"steps": [{"args": {}}]}, {"steps": "echo"}])
def test_a_job_without_steps_fails_for_good(tmp_path: Path, data: dict[str, Any]) -> None:
    with pytest.raises(Failure) as failed:
        asyncio.run(PlanRuntime().run(work("plan", tmp_path, **data), Notebook(tmp_path)))

    assert failed.value.code == "bad_work"
