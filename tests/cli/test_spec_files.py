"""Files of tasks: sent as they are, changed by options, refused with their lines."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tasks.spec import sizes
from tests.cli.conftest import Api, Run, job

pytestmark = [pytest.mark.requirement("I5"), pytest.mark.requirement("J2")]
ONE = "title: Count\ncommand: [ls, -l]  # a comment\n"
MANY = """\
defaults:
  env: {A: "1"}
tasks:
  - title: first
    command: [ls]
  - title: second
    tags: [old]
    session: own
    command: [pwd]
"""


def write(folder: Path, text: str, name: str = "tasks.yaml") -> str:
    path = folder / name
    path.write_text(text)
    return str(path)


def refusal(path: str, message: str, line: int | None = None) -> dict[str, Any]:
    return {"path": path, "message": message, "line": line, "code": "invalid_value"}


def test_a_file_goes_as_it_is_so_that_the_server_can_name_its_lines(interlock: Run, api: Api, tmp_path: Path) -> None:
    api.tell("POST", "/api/tasks/", job(), status=201)
    done = interlock("task", "add", write(tmp_path, ONE))
    assert done.out == "Added 0199d4c0-8f3a-7d5e-9a1b-2c3d4e5f6a7b queued  Count\n"
    assert api.last.body == ONE.encode()
    assert api.last.headers["Content-Type"] == "application/yaml"


def test_json_goes_as_json_and_standard_input_is_a_file_too(interlock: Run, api: Api) -> None:
    api.tell("POST", "/api/tasks/", job(), status=201)
    assert interlock("task", "add", "-", stdin='{"command": ["ls"]}').code == 0
    assert api.last.headers["Content-Type"] == "application/json"
    assert api.last.json == {"command": ["ls"]}


def test_several_tasks_are_a_batch(interlock: Run, api: Api, tmp_path: Path) -> None:
    other = job(id="0199d4c0-8f3a-7d5e-9a1b-2c3d4e5f6a7c", session={"id": "x", "name": "own"})
    api.tell("POST", "/api/tasks/batch/", {"results": [job(), other]}, status=201)
    done = interlock("task", "add", write(tmp_path, MANY), "--idempotency-key", "k1")
    assert done.out == "Added 2 jobs: 1 in nightly, 1 in own\n"
    assert api.last.body == MANY.encode()
    assert api.last.headers["Idempotency-Key"] == "k1"


def test_options_replace_what_stands_in_each_task(interlock: Run, api: Api, tmp_path: Path) -> None:
    api.tell("POST", "/api/tasks/batch/", {"results": [job()]}, status=201)
    options = ["-s", "mine", "-p", "2", "--tag", "new", "--tag", "old", "--env", "B=2=3", "--project", "web"]
    assert interlock("task", "add", write(tmp_path, MANY), *options).code == 0
    first, second = api.last.json["tasks"]
    assert (first["session"], second["session"], first["priority"], first["project"]) == ("mine", "mine", 2, "web")
    assert (first["tags"], second["tags"]) == (["new", "old"], ["old", "new"])
    assert first["env"] == {"A": "1", "B": "2=3"}


def test_a_file_that_mentions_its_folder_is_told_it(interlock: Run, api: Api, tmp_path: Path) -> None:
    api.tell("POST", "/api/tasks/", job(), status=201)
    name = write(tmp_path, "command: [sh, $SPEC_FOLDER/x.sh]\n")
    assert interlock("task", "add", name).code == 0
    assert api.last.json["env"] == {"SPEC_FOLDER": str(tmp_path)}
    assert interlock("task", "add", name, "--env", "SPEC_FOLDER=/elsewhere").code == 0
    assert api.last.json["env"] == {"SPEC_FOLDER": "/elsewhere"}


def test_mistakes_are_told_with_file_and_line(interlock: Run, api: Api, tmp_path: Path) -> None:
    api.refuse("POST", "/api/tasks/", 400, "invalid_spec", "It has mistakes.", refusal("title", "Too long.", 1))
    name = write(tmp_path, ONE)
    done = interlock("task", "add", name)
    assert (done.code, done.err) == (2, f"{name}:1: title: Too long.\n")


def test_lines_are_those_of_the_file_also_where_options_changed_it(interlock: Run, api: Api, tmp_path: Path) -> None:
    places = (refusal("tasks[1].tags[0]", "No such tag.", 1), refusal("tasks[0].limits", "None.", 1))
    api.refuse("POST", "/api/tasks/batch/", 400, "invalid_spec", "It has mistakes.", *places)
    name = write(tmp_path, MANY)
    done = interlock("task", "add", name, "-s", "mine")
    assert done.err == f"{name}:4: tasks[0].limits: None.\n{name}:7: tasks[1].tags[0]: No such tag.\n"


def test_what_came_from_options_alone_has_no_line(interlock: Run, api: Api) -> None:
    api.refuse("POST", "/api/tasks/", 400, "invalid_spec", "x", refusal("priority", "9 is not a priority.", 1))
    done = interlock("task", "add", "-p", "9", "--command", "ls")
    assert (done.code, done.err) == (2, "priority: 9 is not a priority.\n")


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (b"command: [a\n", "standard input:1: "),
        (b"a: 1\ntitle: \xff\n", "standard input:2: Byte 12 is not UTF-8"),
        (b'{"command": }', "standard input:1: "),
    ],
)
def test_a_text_that_cannot_be_read_is_refused_before_anything_is_sent(
    body: bytes, sentence: str, interlock: Run, api: Api
) -> None:
    done = interlock("task", "add", "-", stdin=body)
    assert done.code == 2
    assert done.err.startswith(sentence)
    assert api.requests == []


def test_a_document_over_the_limit_is_refused(interlock: Run, api: Api) -> None:
    done = interlock("task", "add", "-", stdin=b"#" * (sizes.BATCH_BYTES + 1))
    assert done.code == 2
    assert done.err.startswith("standard input: The document has 33,554,433 bytes; 32 MiB are the most.")
    assert api.requests == []


def test_what_is_wrong_with_the_shape_is_the_servers_to_say(interlock: Run, api: Api) -> None:
    api.refuse("POST", "/api/tasks/", 400, "invalid_spec", "It is a list.")
    done = interlock("task", "add", "-", "-s", "mine", stdin="- 1\n- 2\n")
    assert (done.code, done.err) == (2, "It is a list.\n")
    assert api.last.body == b"- 1\n- 2\n"


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        ([], "Give one file"),
        (["a.yaml", "b.yaml"], "Give one file"),
        (["nix.yaml"], "nix.yaml cannot be read: no such file or directory."),
        (["--command"], "behind two dashes"),
        (["--command", "--tool", "echo", "x"], "one of the two"),
        (["--tool", "echo", "x"], "one word too many"),
        (["--tool", "echo", "--args", "{"], "--args is not JSON"),
        (["--tool", "echo", "--args", "[]"], "must be a JSON object"),
        (["--args", "{}"], "--args are those of a --tool"),
        (["--command", "ls", "--env", "NIX"], "write NAME=VALUE"),
        (["--command", "ls", "--wait", "--timeout", "soon"], "--timeout 'soon'"),
    ],
)
def test_words_that_do_not_fit_together_are_refused(
    arguments: list[str], part: str, interlock: Run, api: Api, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    done = interlock("task", "add", *arguments)
    assert done.code == 2
    assert part in done.err
    assert api.requests == []


def test_a_title_is_for_one_task(interlock: Run, api: Api, tmp_path: Path) -> None:
    done = interlock("task", "add", write(tmp_path, MANY), "--title", "x")
    assert (done.code, api.requests) == (2, [])


def test_a_command_and_a_call_are_made_from_options(interlock: Run, api: Api) -> None:
    api.tell("POST", "/api/tasks/", job(), status=201)
    assert interlock("task", "add", "--command", "--title", "T", "--", "ls", "-l").code == 0
    assert api.last.json == {"command": ["ls", "-l"], "title": "T"}
    assert interlock("task", "add", "--tool", "sleep", "--args", '{"seconds": 1}', "-p", "low").code == 0
    assert api.last.json == {"tool": "sleep", "args": {"seconds": 1}, "priority": "low"}
