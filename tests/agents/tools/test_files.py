"""`files.read`, `files.write`, `files.list`: confined, bounded, whole."""

from __future__ import annotations

import os
import stat
import threading
from pathlib import Path
from typing import Any

import pytest

from agents.runtimes.failure import Failure, FailureKind
from agents.tools.base import Grant
from agents.tools.files.globs import matches
from agents.tools.results import MAX_RESULT_BYTES, size_of
from tests.agents.tools.conftest import Toolbox

pytestmark = pytest.mark.requirement("W5", "W9")


def refusal(toolbox: Toolbox, name: str, **arguments: Any) -> Failure:
    with pytest.raises(Failure) as failed:
        toolbox.use(name, **arguments)
    return failed.value


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    path = tmp_path / "secret"
    path.write_text("hunter2")
    return path


# Reading


def test_a_file_is_read(toolbox: Toolbox) -> None:
    (toolbox.directory / "a.txt").write_text("one\ntwo\n")

    assert toolbox.use("files.read", path="a.txt") == {
        "path": "a.txt",
        "size": 8,
        "text": "one\ntwo\n",
        "lines": 2,
        "truncated": False,
        "next_offset": None,
    }


def test_lines_can_be_chosen_and_read_on(toolbox: Toolbox) -> None:
    (toolbox.directory / "a").write_text("".join(f"{n}\n" for n in range(10)))

    first = toolbox.use("files.read", path="a", limit=4)
    second = toolbox.use("files.read", path="a", offset=first["next_offset"], limit=6)

    assert (first["text"], first["truncated"]) == ("0\n1\n2\n3\n", True)
    assert (second["text"], second["truncated"], second["next_offset"]) == ("4\n5\n6\n7\n8\n9\n", False, None)
    assert toolbox.use("files.read", path="a", offset=99)["text"] == ""


def test_a_large_file_is_read_in_bounded_parts_that_join_to_the_whole(toolbox: Toolbox) -> None:
    whole = "".join(f"{n} {'äöü' * (n % 50)}\n" for n in range(8000))
    (toolbox.directory / "a").write_text(whole)

    parts, offset = [], 0
    while offset is not None:
        part = toolbox.use("files.read", path="a", offset=offset, limit=100_000)
        assert size_of(part) <= MAX_RESULT_BYTES
        parts.append(part["text"])
        offset = part["next_offset"]

    assert "".join(parts) == whole
    assert len(parts) > 1


def test_one_endless_line_is_cut_and_said_to_be(toolbox: Toolbox) -> None:
    (toolbox.directory / "a").write_text("x" * 2_000_000)

    result = toolbox.use("files.read", path="a")

    assert result["truncated"] is True
    assert size_of(result) <= MAX_RESULT_BYTES


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "latin-1"])
def test_the_encoding_can_be_named(toolbox: Toolbox, encoding: str) -> None:
    toolbox.use("files.write", path="a", text="größer\r\n", encoding=encoding)

    assert (toolbox.directory / "a").read_bytes() == "größer\r\n".encode(encoding)
    assert toolbox.use("files.read", path="a", encoding=encoding)["text"] == "größer\r\n"


def test_what_is_no_text_is_refused_with_advice(toolbox: Toolbox) -> None:
    (toolbox.directory / "a").write_bytes(b"\xff\xfe\xfa")

    assert refusal(toolbox, "files.read", path="a").code == "not_text"
    assert refusal(toolbox, "files.write", path="b", text="ä", encoding="ascii").code == "not_text"


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("nothing", "file_not_found"),
        ("no/thing", "file_not_found"),
        (".", "not_a_file"),
        ("folder", "not_a_file"),
        ("folder/", "not_a_file"),
        ("pipe", "not_a_file"),
        ("file/inside", "not_a_directory"),
        ("x" * 300, "bad_path"),
        ("a\0b", "bad_path"),
        ("loop", "bad_path"),
    ],
)
def test_what_cannot_be_read_is_refused_for_good(toolbox: Toolbox, path: str, code: str) -> None:
    (toolbox.directory / "folder").mkdir()
    (toolbox.directory / "file").write_text("x")
    os.mkfifo(toolbox.directory / "pipe")
    (toolbox.directory / "loop").symlink_to("loop")

    failure = refusal(toolbox, "files.read", path=path)

    assert (failure.kind, failure.code) == (FailureKind.PERMANENT, code)


def test_a_device_is_not_read(toolbox: Toolbox) -> None:
    toolbox.grants = (Grant(Path("/dev")),)

    assert refusal(toolbox, "files.read", path="/dev/zero").code == "not_a_file"


# Confinement


@pytest.mark.parametrize("tool", ["files.read", "files.write", "files.list", "files.search"])
@pytest.mark.parametrize(
    "path",
    [
        "../secret",
        "/etc/passwd",
        "deep/../../secret",
        "link",
        "linked/secret",
        "deep/up/secret",
        "absolute",
        "chain",
        "/proc/self/environ",
        "{job}/../secret",
        "{job}-evil/x",
        "dangling",
    ],
)
def test_nothing_leads_out_of_the_directory(toolbox: Toolbox, secret: Path, tool: str, path: str) -> None:
    job = toolbox.directory
    (job / "deep").mkdir()
    (job / "link").symlink_to("../secret")
    (job / "linked").symlink_to("..")
    (job / "deep/up").symlink_to("../..")
    (job / "absolute").symlink_to(secret)
    (job / "chain").symlink_to("deep/../link")
    (job / "dangling").symlink_to("../new")
    job.with_name("job-evil").mkdir()
    extra = {"files.write": {"text": "changed"}, "files.search": {"pattern": "hunter2"}}.get(tool, {})

    failure = refusal(toolbox, tool, path=path.format(job=job), **extra)

    assert failure.code == "outside_directory"
    assert secret.read_text() == "hunter2"
    assert not job.with_name("new").exists()


def test_links_that_stay_inside_are_followed(toolbox: Toolbox) -> None:
    job = toolbox.directory
    (job / "deep/er").mkdir(parents=True)
    (job / "file").write_text("here")
    (job / "deep/er/link").symlink_to("../../file")
    (job / "deep/absolute").symlink_to(job / "deep/er/link")
    (job / "way").symlink_to("deep/er/..")

    for path in ("deep/er/link", "deep/absolute", "way/../file", "way/absolute", f"{job}/way/er/link"):
        assert toolbox.use("files.read", path=path)["text"] == "here"
    assert toolbox.use("files.read", path="way/absolute")["path"] == "file"


def test_writing_through_a_link_writes_where_it_leads(toolbox: Toolbox) -> None:
    (toolbox.directory / "target").write_text("old")
    (toolbox.directory / "link").symlink_to("target")

    toolbox.use("files.write", path="link", text="new")

    assert (toolbox.directory / "target").read_text() == "new"
    assert (toolbox.directory / "link").is_symlink()


def test_a_granted_directory_can_be_read_and_written_if_so_granted(toolbox: Toolbox, tmp_path: Path) -> None:
    for name in ("open", "shut"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "file").write_text(name)
    toolbox.grants = (Grant(tmp_path / "open", write=True), Grant(tmp_path / "shut"))

    read = toolbox.use("files.read", path=f"{tmp_path}/shut/file")
    toolbox.use("files.write", path=f"{tmp_path}/open/new", text="x")
    listed = toolbox.use("files.list", path=f"{tmp_path}/shut")

    assert (read["text"], read["path"]) == ("shut", f"{tmp_path}/shut/file")
    assert (tmp_path / "open/new").read_text() == "x"
    assert [entry["path"] for entry in listed["entries"]] == [f"{tmp_path}/shut/file"]
    assert refusal(toolbox, "files.write", path=f"{tmp_path}/shut/file", text="x").code == "read_only"
    assert refusal(toolbox, "files.read", path="../shut/file").code == "outside_directory"


def test_a_directory_that_is_swapped_for_a_link_meanwhile_does_not_lead_out(toolbox: Toolbox, secret: Path) -> None:
    """Somebody exchanges a directory and a link to the outside as fast as they can; no read ever gets through."""
    job = toolbox.directory
    (job / "inside").mkdir()
    (job / "inside/secret").write_text("harmless")
    (job / "outside").symlink_to(secret.parent)
    stop = threading.Event()

    def swap() -> None:
        while not stop.is_set():
            (job / "inside").rename(job / "way")
            (job / "way").rename(job / "inside")
            (job / "outside").rename(job / "way")
            (job / "way").rename(job / "outside")

    swapping = threading.Thread(target=swap)
    swapping.start()
    seen = set()
    try:
        for _ in range(300):
            try:
                seen.add(toolbox.use("files.read", path="way/secret")["text"])
            except Failure as failure:
                seen.add(failure.code)
    finally:
        stop.set()
        swapping.join()

    assert "hunter2" not in seen
    assert seen <= {"harmless", "outside_directory", "file_not_found", "not_a_directory"}


# Writing


def test_a_file_is_written_with_its_directories(toolbox: Toolbox) -> None:
    written = toolbox.use("files.write", path="a/b/c.txt", text="x\n")
    again = toolbox.use("files.write", path="a/b/c.txt", text="yz")

    assert (toolbox.directory / "a/b/c.txt").read_text() == "yz"
    assert (written["created"], again["created"]) == (True, False)
    assert os.listdir(toolbox.directory / "a/b") == ["c.txt"]


def test_missing_directories_can_be_an_error(toolbox: Toolbox) -> None:
    assert refusal(toolbox, "files.write", path="a/b", text="x", make_directories=False).code == "file_not_found"
    assert not (toolbox.directory / "a").exists()


def test_append_adds_to_the_end(toolbox: Toolbox) -> None:
    for text in ("one\n", "two\n"):
        toolbox.use("files.write", path="log", text=text, append=True)

    assert (toolbox.directory / "log").read_text() == "one\ntwo\n"


def test_permissions_stay_when_a_file_is_replaced(toolbox: Toolbox) -> None:
    script = toolbox.directory / "run.sh"
    script.write_text("old")
    script.chmod(0o750)

    toolbox.use("files.write", path="run.sh", text="new")

    assert stat.S_IMODE(script.stat().st_mode) == 0o750


def test_a_reader_never_sees_half_of_a_file(toolbox: Toolbox) -> None:
    path = toolbox.directory / "f"
    toolbox.use("files.write", path="f", text="a" * 500_000)
    with path.open() as reader:
        toolbox.use("files.write", path="f", text="b" * 500_000)
        assert reader.read() == "a" * 500_000
    assert path.read_text() == "b" * 500_000


@pytest.mark.parametrize("path", [".", "folder", "pipe", "./"])
@pytest.mark.parametrize("append", [False, True])
def test_only_ordinary_files_are_written(toolbox: Toolbox, path: str, append: bool) -> None:
    (toolbox.directory / "folder").mkdir()
    os.mkfifo(toolbox.directory / "pipe")

    assert refusal(toolbox, "files.write", path=path, text="x", append=append).code == "not_a_file"
    assert sorted(os.listdir(toolbox.directory)) == ["folder", "pipe"]


# Listing


@pytest.fixture
def tree(toolbox: Toolbox) -> Toolbox:
    for path in ("a.py", "b.txt", ".hidden/x.py", "pkg/c.py", "pkg/sub/d.py", "pkg/.e.py"):
        (toolbox.directory / path).parent.mkdir(parents=True, exist_ok=True)
        (toolbox.directory / path).write_text("x")
    (toolbox.directory / "out").symlink_to("/etc")
    return toolbox


def listed(toolbox: Toolbox, **arguments: Any) -> list[str]:
    return [entry["path"] for entry in toolbox.use("files.list", **arguments)["entries"]]


@pytest.mark.parametrize(
    ("arguments", "paths"),
    [
        ({}, ["a.py", "b.txt", "out", "pkg"]),
        ({"glob": "*.py"}, ["a.py"]),
        ({"glob": "**/*.py"}, ["a.py", "pkg/c.py", "pkg/sub/d.py"]),
        ({"glob": "pkg/*"}, ["pkg/c.py", "pkg/sub"]),
        ({"path": "pkg", "glob": "**"}, ["pkg/c.py", "pkg/sub", "pkg/sub/d.py"]),
        ({"glob": "**/*.py", "hidden": True}, [".hidden/x.py", "a.py", "pkg/.e.py", "pkg/c.py", "pkg/sub/d.py"]),
        ({"glob": "**/.e*"}, ["pkg/.e.py"]),
        ({"glob": "[ab].*"}, ["a.py", "b.txt"]),
        ({"glob": "../*"}, []),
        ({"glob": "out/*"}, []),
    ],
)
def test_a_directory_is_listed_by_glob(tree: Toolbox, arguments: dict[str, Any], paths: list[str]) -> None:
    assert listed(tree, **arguments) == paths


def test_an_entry_has_kind_size_and_time(tree: Toolbox) -> None:
    entries = {entry["path"]: entry for entry in tree.use("files.list")["entries"]}

    assert [entries[name]["kind"] for name in ("a.py", "pkg", "out")] == ["file", "directory", "link"]
    assert (entries["a.py"]["size"], entries["pkg"]["size"]) == (1, None)
    assert entries["a.py"]["modified"].endswith("+00:00")


def test_a_long_list_is_cut_and_says_so(toolbox: Toolbox) -> None:
    for n in range(30):
        (toolbox.directory / f"{n:02}").touch()

    result = toolbox.use("files.list", limit=10)

    assert ([entry["path"] for entry in result["entries"]][-1], result["truncated"]) == ("09", True)


def test_names_that_are_no_text_can_be_shown(toolbox: Toolbox) -> None:
    with open(os.fsencode(toolbox.directory) + b"/\xff\xfe", "w"):
        pass

    assert listed(toolbox) == ["��"]


def test_a_hostile_glob_takes_no_time(toolbox: Toolbox) -> None:
    names = ["a" * 40] * 30

    assert not matches(names, ["**", "*a*a*a*a*a*a*a*b"] * 20)
    assert not matches(["a" * 250], ["a*" * 60 + "b"])
