"""Each mistake has its code, its path, its line, and a sentence that says what to do."""

from __future__ import annotations

import json
import re

import pytest

from tasks.spec import Code, InvalidSpec, JobType, RuntimeName, from_value
from tasks.spec.yaml_source import YamlSource
from tests.tasks.spec.toolbox import TOOLS, mistake, mistakes, read

pytestmark = pytest.mark.requirement("J6")

ONE_MISTAKE = [
    # the document, the code, the path, the line, a part of the sentence
    ("command: [ls]\npriority: 9", "invalid_value", "priority", 2, "9 is not a priority; use P0 to P4"),
    ("command: [ls]\npriority: true", "invalid_value", "priority", 2, "true is not a priority"),
    ("command: [ls]\npriority: 1.0", "invalid_value", "priority", 2, "1.0 is not a priority"),
    ("command: [ls]\npriority: [1]", "invalid_value", "priority", 2, "A list is not a priority"),
    ("comand: [ls]\ntool: echo\nargs: {text: a}", "unknown_field", "comand", 1, 'did you mean "command"?'),
    ("command: [ls]\ncmd: x", "unknown_field", "cmd", 2, 'did you mean "command"?'),
    ("command: [ls]\ntimeout: 5", "unknown_field", "timeout", 2, 'did you mean "limits.timeout"?'),
    ("command: [ls]\nxyzzy: 5", "unknown_field", "xyzzy", 2, "use one of: key, title, description"),
    ("command: [ls]\nlimits:\n  time: 5", "unknown_field", "limits.time", 3, 'did you mean "timeout"?'),
    ("steps:\n- tool: echo\n  arguments: {}", "unknown_field", "steps[0].arguments", 3, 'did you mean "args"?'),
    ("command: ls -l", "wrong_type", "command", 1, "must be a list, the program and its arguments"),
    ("command: [sleep, 5]", "wrong_type", "command[1]", 1, 'put it in quotes: "5"'),
    ("command: []", "invalid_value", "command", 1, "It is empty"),
    ("command: ['']", "invalid_value", "command", 1, "The program's name"),
    ("title: [a]\ncommand: [ls]", "wrong_type", "title", 1, "It is a list, and must be text."),
    ("title:\ncommand: [ls]", "wrong_type", "title", 1, "leave the field out, or fill it"),
    ("title: 5\ncommand: [ls]", "wrong_type", "title", 1, 'put it in quotes: "5".'),
    ("command: [ls]\nlimits: 5", "wrong_type", "limits", 2, "must be a mapping"),
    ("command: [ls]\nlimits: {attempts: '3'}", "wrong_type", "limits.attempts", 2, "remove the quotes"),
    ("command: [ls]\nlimits: {attempts: 2.5}", "wrong_type", "limits.attempts", 2, "must be a whole number"),
    ("command: [ls]\nlimits: {attempts: 0}", "invalid_value", "limits.attempts", 2, "0 is too small; 1 is the least"),
    ("command: [ls]\nlimits: {attempts: 101}", "invalid_value", "limits.attempts", 2, "100 is the most"),
    ("command: [ls]\nlimits: {timeout: soon}", "invalid_value", "limits.timeout", 2, '"soon" is not a duration'),
    ("command: [ls]\nlimits: {timeout: -1}", "invalid_value", "limits.timeout", 2, "-1 is not a duration above zero"),
    ("command: [ls]\nlimits: {timeout: 25d}", "invalid_value", "limits.timeout", 2, "longer than 24d"),
    ("command: [ls]\ndeadline: tomorrow", "invalid_value", "deadline", 2, "2026-01-31T18:00:00Z"),
    ("command: [ls]\ndeadline: 2026-01-31T18:00:00", "invalid_value", "deadline", 2, "with a zone"),
    ("command: [ls]\ndeadline: 0001-01-01T00:00:00+23:00", "invalid_value", "deadline", 2, "with a zone"),
    ("command: [ls]\nagent_type: deb", "invalid_value", "agent_type", 2, 'did you mean "dev"?'),
    ("command: [ls]\nisolation: moon", "invalid_value", "isolation", 2, "use one of: local, docker"),
    ("command: [ls]\ntype: task", "invalid_value", "type", 2, "not known here"),
    ("command: [ls]\nworkspace: Acme Inc", "invalid_value", "workspace", 2, "write the slug"),
    ("command: [ls]\ntags: [two words]", "invalid_value", "tags[0]", 2, "one word"),
    ("command: [ls]\nfiles: [../secrets]", "invalid_value", "files[0]", 2, "leaves the project"),
    ("command: [ls]\nfiles: [/etc/passwd]", "invalid_value", "files[0]", 2, "leaves the project"),
    ("command: [ls]\nenv: {1A: x}", "invalid_value", "env['1A']", 2, "letters, digits and _"),
    ("command: [ls]\nenv:\n  A: 1", "wrong_type", "env.A", 3, "put it in quotes."),
    ("command: [ls]\nkey: 0190b5c8-7c3e-7b1a-9f00-2f4b6c8d0e1a", "invalid_value", "key", 2, "choose a word"),
    ("command: [ls]\nkey: a b", "invalid_value", "key", 2, "letters, digits"),
    ("title: Nothing", "missing_field", "", None, "give it `command`, `steps`, `tool` or `prompt`"),
    ("runtime: plan", "missing_field", "", None, "give it `steps` or `tool`"),
    ("command: [ls]\nprompt: x", "conflicting_fields", "prompt", 2, "contradict each other"),
    ("tool: echo\nsteps: [{tool: echo}]", "conflicting_fields", "tool", 1, "contradict each other"),
    ("command: [ls]\nruntime: plan", "conflicting_fields", "runtime", 2, "remove `runtime`"),
    ("command: [ls]\nargs: {a: 1}", "conflicting_fields", "args", 2, "together with `tool` only"),
    ("command: [ls]\nmodel: big", "conflicting_fields", "model", 2, "together with `prompt` only"),
    ("command: [ls]\ninstructions: Be brief", "conflicting_fields", "instructions", 2, "together with `prompt` only"),
    ("prompt: x\nmodel: big", "unknown_model", "model", 2, "whose model it is"),
    ("prompt: x\nmodel: acme:big", "unknown_model", "model", 2, "there are anthropic, openai"),
    ("prompt: x\ntools: [echo, ehco]", "unknown_tool", "tools[1]", 2, "did you mean echo"),
    ("prompt: x\ntools: ['files.x*']", "unknown_tool", "tools[0]", 2, "No tool is named like"),
    ("prompt: x\nmodel_settings: {tool_calls: magic}", "invalid_value", "model_settings.tool_calls", 2, "native"),
    ("tool: ehco", "unknown_tool", "tool", 1, "did you mean echo?"),
    (
        "steps:\n- tool: echo\n  args: {text: a}\n- tool: nil",
        "unknown_tool",
        "steps[1].tool",
        4,
        "there are echo, sleep",
    ),
    ("tool: echo", "invalid_arguments", "args.text", 1, "echo needs the argument `text`; add it."),
    ("tool: echo\nargs: {text: a, txt: b}", "invalid_arguments", "args.txt", 2, 'did you mean "text"?'),
    ("steps:\n- tool: sleep\n  args:\n    seconds: 99", "invalid_arguments", "steps[0].args.seconds", 4, "at most 60"),
    ("tool: echo\nargs: {text: [a]}", "invalid_arguments", "args.text", 2, "It is a list, and echo takes text here."),
    ("tool: http.request\nargs: {url: u, method: PUT}", "invalid_arguments", "args.method", 2, "'GET' or 'POST'"),
    ("tool: http.request\nargs: {url: u, headers: {A: 1}}", "invalid_arguments", "args.headers.A", 2, "takes text"),
    ("tool: http.request\nargs: {url: u, retries: a}", "invalid_arguments", "args.retries", 2, "http.request"),
    ("tool: files.write\nargs: {path: /a, text: b}", "invalid_arguments", "args.path", 2, "must be relative."),
    ("- command: [ls]", "wrong_type", "", None, "list of tasks under `tasks`"),
    ("just words", "wrong_type", "", None, '"just words" is not a task'),
    ("tasks: []", "invalid_value", "tasks", 1, "at least one task"),
    ("tasks: {a: 1}", "wrong_type", "tasks", 1, "is not a list"),
    ("tasks: [5]", "wrong_type", "tasks[0]", 1, "5 is not a task"),
    ("defaults: {session: a}", "missing_field", "", None, "defaults and no tasks"),
    ("defaults: 5\ntasks: [{command: [ls]}]", "wrong_type", "defaults", 1, "cannot be the defaults"),
    (
        "defaults:\n  priority: 9\ntasks: [{command: [a]}, {command: [b]}]",
        "invalid_value",
        "defaults.priority",
        2,
        "9 is",
    ),
    ("defaults: {key: a}\ntasks: [{command: [a]}]", "unknown_field", "defaults.key", 1, "write it in each task"),
    ("session: a\ntasks: [{command: [a]}]", "unknown_field", "session", 1, "write it under `defaults`"),
    ("jobs: a\ntasks: [{command: [a]}]", "unknown_field", "jobs", 1, "it has `tasks` and `defaults`"),
    ("tasks:\n- command: [a]\n- command: [b]\n  priority: P9", "invalid_value", "tasks[1].priority", 4, '"P9"'),
    ("tasks:\n- command: [a]\n-\n  title: b", "missing_field", "tasks[1]", 4, "does not say what to run"),
    ("command: [a]\n---\ncommand: [b]\ntitle: 7", "wrong_type", "tasks[1].title", 4, '"7"'),
    ("---\n---\n", "missing_field", "", None, "The document is empty"),
    ("type: spawn-agent\ncommand: [a]", "conflicting_fields", "command", 2, "in `data`"),
    ("type: spawn-agent\nruntime: llm", "conflicting_fields", "runtime", 2, "in `data`"),
    ("type: spawn-agent", "invalid_value", "type", 1, "/api/agent-jobs/"),
    (
        "command: [a]\nnot_before: 2026-01-02T00:00:00Z\ndeadline: 2026-01-01T00:00:00Z",
        *("conflicting_fields", "not_before", 2, "could never start"),
    ),
]


@pytest.mark.parametrize(("body", "code", "path", "line", "part"), ONE_MISTAKE, ids=lambda value: str(value)[:40])
def test_a_mistake_is_named_with_its_place_and_its_way_out(body: str, code: str, path: str, line: int, part: str):
    found = mistake(body)
    assert (found.code, found.path) == (code, path)
    assert line is None or found.line == line
    assert part in found.message
    assert found.message.endswith((".", "?"))


@pytest.mark.parametrize(("body", "code", "path", "line", "part"), ONE_MISTAKE, ids=lambda value: str(value)[:40])
def test_nobody_reads_python_in_a_sentence(body: str, code: str, path: str, line: int, part: str):
    text = mistake(body).message
    assert not re.search(
        r"pydantic|Input should|NoneType|None|True|False|\bdict\b|\bstr\b|\bint\b|Traceback|<class", text
    )


@pytest.mark.parametrize("body", [case[0] for case in ONE_MISTAKE if "---" not in case[0]], ids=lambda body: body[:40])
def test_the_same_mistake_in_json_has_the_same_code_and_path(body: str):
    (value,) = YamlSource(body).load()
    in_yaml, in_json = mistakes(json.dumps(value)), mistakes(json.dumps(value), "application/json")
    assert [(one.code, one.path, one.line) for one in in_yaml] == [(one.code, one.path, one.line) for one in in_json]


def test_every_mistake_of_a_document_is_told_at_once_in_the_order_of_its_lines():
    found = mistakes(
        "title: no\n"
        "env: {A: 1}\n"
        "command: ls\n"
        "prompt: also\n"
        "priority: 9\n"
        "limits:\n"
        "  attempts: many\n"
        "foo: 1\n"
        "title: again\n"
    )
    assert [(one.line, one.path, one.code) for one in found] == [
        (2, "env.A", "wrong_type"),
        (3, "command", "wrong_type"),
        (4, "prompt", "conflicting_fields"),
        (5, "priority", "invalid_value"),
        (7, "limits.attempts", "wrong_type"),
        (8, "foo", "unknown_field"),
        (9, "title", "duplicate_field"),
    ]


def test_the_sentence_of_the_whole_counts_them_and_tells_the_first():
    with pytest.raises(InvalidSpec) as refused:
        read("command: [ls]\npriority: 9\nfoo: 1")
    assert refused.value.message.startswith(
        "The spec has 2 mistakes. The first: priority (line 2): 9 is not a priority"
    )
    assert (refused.value.code, refused.value.status) == ("invalid_spec", 400)


def test_the_lines_of_json_are_those_of_the_text():
    body = '{\n "tasks": [\n  {"command": ["a"]},\n  {"command": ["b"],\n   "limits": {\n    "attempts": 0}}\n ]\n}'
    assert mistake(body, "application/json").line == 6


def test_a_field_that_stands_twice_in_json_has_the_line_of_the_second():
    found = mistake('{"command": ["a"],\n "data": {"x": 1,\n "x": 2}}', "application/json")
    assert (found.code, found.path, found.line) == ("duplicate_field", "data.x", 3)


@pytest.mark.parametrize(
    ("body", "line", "part"),
    [
        ('{"command": ["a"],}', 1, "a comma too many"),
        ('{\n"command" ["a"]}', 2, "colon is missing"),
        ('{"command": ["a"]\n"title": "b"}', 2, "comma or a closing bracket is missing"),
        ('{"command": [}', 1, "A value is missing"),
        ('{"command": ["a"]} {}', 1, "goes on after its end"),
        ('{"title": "a}', 1, "not closed"),
        ('{"title": "a\nb"}', 1, "line break"),
        (r'{"title": "\q"}', 1, "backslash"),
        ("{title: a}", 1, "double quotes"),
        ('{"data":\n {"x": NaN}}', 2, "NaN is not a JSON number"),
        ('{"data": {"x": -Infinity}}', 1, "-Infinity is not a JSON number"),
    ],
)
def test_broken_json_is_explained(body: str, line: int, part: str):
    found = mistake(body, "application/json")
    assert found.code == "invalid_json"
    assert found.line == line
    assert part in found.message


def test_numbers_that_nothing_can_hold_are_refused():
    assert mistake('{"command": ["a"], "data": {"n": 1e999}}', None).path == "data.n"
    assert "infinite" in mistake('{"command": ["a"], "data": {"n": 1e999}}', None).message
    assert "64 bits" in mistake('{"command": ["a"], "data": {"n": 18446744073709551616}}', None).message
    assert "digits" in mistake('{"command": ["a"], "data": {"n": ' + "1" * 10_000 + "}}", None).message


@pytest.mark.parametrize("content_type", ["application/json", "application/yaml"])
@pytest.mark.parametrize("depth", [70, 500, 100_000])
def test_what_is_nested_too_deeply_is_refused(depth: int, content_type: str):
    body = '{"command": ["a"], "data": {"x": ' + "[" * depth + "]" * depth + "}}"
    found = mistake(body, content_type)
    assert found.code == "invalid_value"
    assert "deeper than 64 levels" in found.message


def test_of_very_many_mistakes_the_first_fifty_are_told():
    with pytest.raises(InvalidSpec) as refused:
        read(json.dumps({"tasks": [{"command": "x", "a": 1, "b": 2} for _ in range(1000)]}), "application/json")
    assert len(refused.value.details) == 50
    assert refused.value.message.startswith("The spec has 50 or more mistakes.")


def test_a_runtime_that_is_not_installed_is_named_with_those_that_are():
    found = mistake("prompt: Hello", runtimes={RuntimeName.COMMAND, RuntimeName.PLAN})
    assert found.code == Code.RUNTIME_UNAVAILABLE
    assert "there are command, plan" in found.message


def test_the_other_job_types_are_refused_where_people_submit_tasks():
    assert "/api/agent-jobs/" in mistake("type: terminate-agent\nagent: a").message
    assert read("type: terminate-agent\nagent: a", types=frozenset(JobType))


def test_a_reference_to_a_step_that_does_not_come_before_is_refused():
    found = mistake("steps:\n- {tool: echo, args: {text: a}, id: x}\n- tool: echo\n  args:\n    text: ${steps.y.text}")
    assert (found.code, found.path, found.line) == ("invalid_arguments", "steps[1].args.text", 5)
    assert "the earlier steps are 0, x" in found.message
    assert "there is no earlier step" in mistake("tool: echo\nargs: {text: '${steps.0.a}'}").message
    assert read("tool: echo\nargs: {text: '$${steps.0.a} ${HOME}'}")


@pytest.mark.parametrize("text", ["${steps.one.result}", "before ${steps.one.result} after"])
def test_arguments_that_come_from_earlier_steps_are_judged_when_the_plan_runs(text: str):
    steps = [
        {"id": "one", "tool": "echo", "args": {"text": "x"}},
        {"tool": "sleep", "args": {"seconds": text}},
        {"tool": "http.request", "args": {"url": "u", "headers": text, "method": text}},
    ]
    assert len(from_value({"steps": steps}, tools=TOOLS)[0].steps) == 3
    steps[1]["args"] = {"secs": text}
    assert {one.path for one in mistakes(json.dumps({"steps": steps}), None)} == {
        "steps[1].args.seconds",
        "steps[1].args.secs",
    }


@pytest.mark.requirement("T6")
@pytest.mark.parametrize(
    "document",
    [
        {"command": ["a"], "env": {"PASSWORD": 4711471147114711}},
        {"command": ["a"], "priority": "s3cret-" * 20},
        {"command": ["a"], "session": "s3cret-" * 200},
        {"tool": "sleep", "args": {"seconds": "s3cret-4711"}},
        {"tool": "http.request", "args": {"url": "u", "headers": {"Authorization": ["s3cret-4711"]}}},
        {"prompt": ["s3cret-4711"]},
        {"command": ["a"], "metadata": "s3cret-4711"},
    ],
)
def test_secrets_are_not_repeated(document: dict):
    with pytest.raises(InvalidSpec) as refused:
        from_value(document, tools=TOOLS)
    said = refused.value.message + "".join(one.message for one in refused.value.details)
    assert "s3cret" not in said
    assert "4711" not in said


def test_values_that_are_not_json_are_refused_and_not_guessed():
    with pytest.raises(InvalidSpec, match="not one that JSON knows"):
        from_value({"command": ["a"], "data": {"x": object()}}, tools=TOOLS)
    with pytest.raises(InvalidSpec, match="name is not text"):
        from_value({"command": ["a"], "data": {1: 2}}, tools=TOOLS)
