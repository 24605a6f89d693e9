"""What a document says becomes specs: one task or a batch, in YAML or JSON."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from agents.models.agent import AgentType as StoredAgentType
from tasks.spec import AgentType, InvalidSpec, JobType, Priority, RuntimeName, Step, from_value, parse_one
from tests.tasks.spec.toolbox import TOOLS, read

pytestmark = pytest.mark.requirement("J6")


def test_the_work_alone_is_enough():
    (spec,) = read("command: [git, log]")
    assert spec.runtime is RuntimeName.COMMAND
    assert spec.type is JobType.EXECUTE_TASK
    assert spec.session == "default"
    assert spec.priority is None
    assert spec.title == "git log"


@pytest.mark.parametrize(
    ("work", "runtime"),
    [
        ("command: [ls]", "command"),
        ("steps: [{tool: echo, args: {text: a}}]", "plan"),
        ("tool: echo\nargs: {text: a}", "plan"),
        ("prompt: Say hello.", "llm"),
    ],
)
def test_the_work_tells_the_runtime(work: str, runtime: str):
    assert read(work)[0].runtime == runtime
    assert read(f"{work}\nruntime: {runtime}")[0].runtime == runtime


@pytest.mark.requirement("J2")
def test_one_tool_call_is_shorthand_for_a_plan_of_one_step_and_both_are_kept():
    (spec,) = read("tool: echo\nargs: {text: hi}")
    assert (spec.tool, spec.args) == ("echo", {"text": "hi"})
    assert spec.steps == [Step(tool="echo", args={"text": "hi"})]


@pytest.mark.parametrize(
    ("work", "title"),
    [
        ("command: [/usr/bin/git, log, --oneline]", "git log"),
        ("command: [curl, -H, 'Authorization: Bearer s3cret']", "curl"),
        ("command: [sh, -c, 'echo $TOKEN']", "sh"),
        ("tool: files.read\nargs: {path: a}", "files.read"),
        ("steps: [{tool: echo, args: {text: a}}]", "echo"),
        ("steps: [{tool: echo, args: {text: a}}, {tool: echo, args: {text: b}}]", "echo and 1 more step"),
        ("prompt: |\n\n  Say hello.\n  Then stop.", "Say hello."),
        ("title: My own\ncommand: [ls]", "My own"),
    ],
)
def test_a_title_is_derived_without_the_arguments_that_may_be_secret(work: str, title: str):
    assert read(work)[0].title == title


def test_a_long_prompt_makes_a_short_title():
    title = read("prompt: " + "word " * 100)[0].title
    assert len(title) == 80
    assert title.endswith("…")


def test_durations_times_and_priorities_are_understood():
    (spec,) = read(
        "command: [ls]\npriority: background\ndeadline: 2026-12-31T19:00:00+01:00\n"
        "limits: {timeout: 1h30m, result_ttl: 30d, cost: 2, cpu: 0.5}"
    )
    assert spec.priority is Priority.BACKGROUND
    assert spec.deadline == datetime(2026, 12, 31, 18, tzinfo=UTC)
    assert spec.limits.timeout == timedelta(minutes=90)
    assert spec.limits.result_ttl == timedelta(days=30)
    assert spec.limits.cost == 2


def test_json_and_yaml_say_the_same():
    document = {"command": ["ls"], "env": {"A": "1"}, "priority": 3, "data": {"deep": [1, 2.5, None, True, "ä"]}}
    assert read(json.dumps(document), "application/json") == read(json.dumps(document), "application/yaml")
    assert from_value(document, tools=TOOLS) == read(json.dumps(document), "application/json")


@pytest.mark.parametrize("content_type", ["application/json", "application/json; charset=utf-8", None])
def test_json_is_told_by_its_media_type_or_its_first_letter(content_type: str | None):
    assert read('\n {"command": ["ls"]}', content_type)[0].command == ["ls"]


@pytest.mark.parametrize("content_type", ["application/yaml", "text/yaml", "application/x-yaml", None])
def test_yaml_is_told_by_its_media_type_or_by_not_being_json(content_type: str | None):
    assert read("command: [ls]", content_type)[0].command == ["ls"]


def test_a_byte_order_mark_is_no_mistake():
    assert read("\ufeffcommand: [ls]".encode())[0].command == ["ls"]
    assert read('\ufeff{"command": ["ls"]}'.encode(), None)[0].command == ["ls"]


def test_a_batch_keeps_its_order_and_takes_its_defaults():
    specs = read(
        """
        defaults:
          session: nightly
          priority: low
          model: openai-compatible:small
          env: {LANG: C, LEVEL: "1"}
          limits: {timeout: 60, attempts: 5}
          tags: [night]
        tasks:
          - command: [a]
            env: {LEVEL: "2"}
            limits: {attempts: 1}
            tags: [own]
          - prompt: Write.
            session: day
        """
    )
    first, second = specs
    assert (first.session, second.session) == ("nightly", "day")
    assert first.env == {"LANG": "C", "LEVEL": "2"}
    assert (first.limits.timeout, first.limits.attempts) == (timedelta(seconds=60), 1)
    assert (first.tags, second.tags) == (["own"], ["night"])
    assert (first.model, second.model) == (None, "openai-compatible:small"), "a model means nothing to a command"
    assert {spec.priority for spec in specs} == {Priority.LOW}


def test_several_yaml_documents_are_a_batch():
    specs = read("command: [a]\n---\ntasks: [{command: [b]}, {command: [c]}]\n---\n---\ncommand: [d]\n")
    assert [spec.command for spec in specs] == [["a"], ["b"], ["c"], ["d"]]


def test_where_one_task_is_expected_a_batch_is_refused():
    assert parse_one("command: [ls]").command == ["ls"]
    with pytest.raises(InvalidSpec, match="/api/tasks/batch/"):
        parse_one("tasks: [{command: [ls]}]")


@pytest.mark.requirement("J1")
@pytest.mark.parametrize("job_type", ["spawn-agent", "recover-context", "terminate-agent"])
def test_the_other_job_types_take_their_particulars_in_data(job_type: str):
    (spec,) = read(f"type: {job_type}\nagent: reviewer\ndata: {{reason: test}}", types=frozenset(JobType))
    assert spec.runtime is None
    assert spec.title == f"{job_type} reviewer"
    assert spec.data == {"reason": "test"}


def test_a_spec_cannot_be_changed():
    (spec,) = read("command: [ls]")
    with pytest.raises(ValueError, match="frozen"):
        spec.title = "other"


def test_what_is_said_twice_in_a_set_counts_once():
    (spec,) = read("command: [ls]\ntags: [a, b, a]\nfiles: [x, x]")
    assert spec.tags == ["a", "b"]
    assert spec.files == ["x"]


@pytest.mark.requirement("J1")
def test_agents_know_the_same_types_of_agent():
    assert {kind.value for kind in AgentType} == {kind.value for kind in StoredAgentType}
