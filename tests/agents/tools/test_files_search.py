"""`files.search`: finds lines, and cannot be made to take for ever."""

from __future__ import annotations

import contextlib
import os
import time

import pytest

from agents.runtimes.failure import Failure, FailureKind
from agents.tools.results import MAX_RESULT_BYTES, size_of
from tests.agents.tools.conftest import Toolbox

pytestmark = pytest.mark.requirement("W5")


@pytest.fixture
def tree(toolbox: Toolbox) -> Toolbox:
    files = {
        "a.py": "import os\nprint('Hello')\n",
        "pkg/b.py": "# hello there\r\nx = 1\n",
        "pkg/c.txt": "say HELLO\n",
        ".git/config": "hello\n",
        "pkg/binary": "hello\0",
    }
    for path, text in files.items():
        (toolbox.directory / path).parent.mkdir(exist_ok=True)
        (toolbox.directory / path).write_text(text, newline="")
    (toolbox.directory / "out").symlink_to("/etc/passwd")
    return toolbox


def test_a_text_is_found_with_its_place(tree: Toolbox) -> None:
    assert tree.use("files.search", pattern="hello") == {
        "path": ".",
        "matches": [{"path": "pkg/b.py", "line": 1, "text": "# hello there"}],
        "files_searched": 3,
        "truncated": False,
        "reason": None,
    }


def test_capitals_globs_paths_and_hidden_files_can_be_chosen(tree: Toolbox) -> None:
    def found(**arguments: object) -> list[str]:
        result = tree.use("files.search", pattern="hello", ignore_case=True, **arguments)
        return [match["path"] for match in result["matches"]]

    assert found() == ["a.py", "pkg/b.py", "pkg/c.txt"]
    assert found(glob="**/*.py") == ["a.py", "pkg/b.py"]
    assert found(path="pkg", glob="*.txt") == ["pkg/c.txt"]
    assert found(path="pkg/c.txt") == ["pkg/c.txt"]
    assert found(hidden=True) == [".git/config", "a.py", "pkg/b.py", "pkg/c.txt"]


def test_a_pattern_is_plain_text_unless_it_is_called_a_regular_expression(tree: Toolbox) -> None:
    assert tree.use("files.search", pattern="x .* 1")["matches"] == []
    assert len(tree.use("files.search", pattern=r"^x\s*=\s*\d", regex=True)["matches"]) == 1


@pytest.mark.parametrize("pattern", ["(", "*", "(?P<a>x)(?P<a>y)", "a{99999999999}"])
def test_what_is_no_regular_expression_is_refused(tree: Toolbox, pattern: str) -> None:
    with pytest.raises(Failure) as failed:
        tree.use("files.search", pattern=pattern, regex=True)

    assert (failed.value.kind, failed.value.code) == (FailureKind.PERMANENT, "bad_pattern")


def test_a_regular_expression_that_never_ends_is_ended_and_what_was_found_stays(toolbox: Toolbox) -> None:
    (toolbox.directory / "1-good").write_text("aab\n")
    (toolbox.directory / "2-evil").write_text("a" * 60 + "\n")
    start = time.monotonic()

    result = toolbox.use("files.search", pattern=r"^(a|a)*b", regex=True, seconds=1)

    assert time.monotonic() - start < 4
    assert [match["path"] for match in result["matches"]] == ["1-good"]
    assert (result["truncated"], result["reason"]) == (True, "time")


def test_a_regular_expression_that_takes_all_memory_to_compile_is_bounded(toolbox: Toolbox) -> None:
    start = time.monotonic()

    with contextlib.suppress(Failure):
        toolbox.use("files.search", pattern="((((a{1,500}){1,500}){1,500}){1,500})", regex=True, seconds=2)

    assert time.monotonic() - start < 5


def test_many_matches_are_cut_and_said_to_be(toolbox: Toolbox) -> None:
    (toolbox.directory / "a").write_text("x\n" * 5000)

    result = toolbox.use("files.search", pattern="x", limit=50)

    assert (len(result["matches"]), result["reason"]) == (50, "limit")


def test_long_lines_with_odd_characters_stay_within_the_bounds_of_a_result(toolbox: Toolbox) -> None:
    name = "\x01" * 200
    for folder in (toolbox.directory / "a", toolbox.directory / name):
        folder.mkdir()
        (folder / name).write_text(("\x02" * 5000 + "x\n") * 300)

    result = toolbox.use("files.search", pattern="x", limit=1000)

    assert size_of(result) <= MAX_RESULT_BYTES
    assert result["truncated"] is True


def test_a_pipe_in_the_directory_does_not_hold_it_up(toolbox: Toolbox) -> None:
    os.mkfifo(toolbox.directory / "pipe")

    assert toolbox.use("files.search", pattern="x", seconds=5)["reason"] is None
