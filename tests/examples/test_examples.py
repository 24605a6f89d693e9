"""The examples: files that are what they say, and scripts that work also where the ground is poor."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from config.demo.examples import EXAMPLES, FOLDER, OF_THE_LOCAL_MODEL
from tasks.spec import TaskSpec, parse

pytestmark = pytest.mark.requirement("I5")
ROOT = FOLDER.parent
ALL = (*EXAMPLES, *OF_THE_LOCAL_MODEL)


def specs(name: str) -> list[TaskSpec]:
    return parse((FOLDER / name / f"{name}.yaml").read_bytes())


def run(script: str, *arguments: object, cwd: Path, **env: str) -> subprocess.CompletedProcess[str]:
    """A script as the sandbox runs it: in a directory of its own, with a clean environment."""
    clean = {"PATH": os.environ["PATH"], "HOME": str(cwd), "LANG": "C.UTF-8"} | env
    argv = [sys.executable, str(FOLDER / script), *map(str, arguments)]
    return subprocess.run(argv, cwd=cwd, env=clean, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("name", [example.name for example in ALL])
def test_each_file_is_valid_and_has_as_many_tasks_as_the_demo_expects(name: str) -> None:
    expected = next(example.expected for example in ALL if example.name == name)
    assert len(specs(name)) == sum(expected.values())


def test_every_folder_is_run_by_the_demo_and_described() -> None:
    folders = {path.name for path in FOLDER.iterdir() if path.is_dir() and not path.name.startswith((".", "__"))}
    assert folders == {example.name for example in ALL}
    described = (FOLDER / "README.md").read_text()
    for name in folders:
        assert f"{name}/{name}.yaml" in described


def test_the_batch_is_forty_jobs_in_two_sessions_with_all_priorities_and_a_chain() -> None:
    batch = specs("batch")
    assert {spec.session for spec in batch} == {"survey", "departure"}
    assert {spec.priority for spec in batch} == {0, 1, 2, 3, 4}
    by_key = {spec.key: spec for spec in batch if spec.key}
    depth, spec = 0, by_key["depart"]
    while spec.depends_on:
        depth, spec = depth + 1, by_key[spec.depends_on[0]]
    assert depth == 4
    counted = [re.search(r"count\.py\" (\S+)", spec.command[2]) for spec in batch if spec.command]
    assert all(found and (ROOT / found[1]).is_dir() for found in counted)


def test_the_report_tells_of_this_repository(tmp_path: Path) -> None:
    done = run("git-report/report.py", ROOT, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    summary = json.loads(lines[-1])
    assert summary["commits"] > 0
    assert summary == json.loads((tmp_path / "report.json").read_text())
    assert (tmp_path / "report.md").read_text().startswith("# What happened in ")
    percents = [int(line.split()[1]) for line in lines if line.startswith("::progress")]
    assert percents == sorted(percents)
    assert percents[-1] == 100


def test_the_report_makes_up_a_repository_where_there_is_none(tmp_path: Path) -> None:
    done = run("git-report/report.py", tmp_path, cwd=tmp_path, GIT_CEILING_DIRECTORIES=str(tmp_path.parent))
    summary = json.loads(done.stdout.splitlines()[-1])
    assert (summary["source"], summary["commits"]) == ("a made-up repository", 6)
    assert summary["authors"] == {"Ada": 3, "Charles": 3}


def test_the_report_makes_one_up_where_nothing_was_committed_yet(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    done = run("git-report/report.py", tmp_path, cwd=tmp_path)
    assert json.loads(done.stdout.splitlines()[-1])["source"] == "a made-up repository"


def test_the_report_says_that_a_clone_is_shallow(tmp_path: Path) -> None:
    source, clone = tmp_path / "source", tmp_path / "clone"
    source.mkdir()
    identity = ["-c", "user.name=Ada", "-c", "user.email=ada@example.org"]
    subprocess.run(["git", "init", "-q", source], check=True)
    for number in range(3):
        commit = ["git", *identity, "commit", "-q", "--allow-empty", "-m", f"Commit {number}"]
        subprocess.run(commit, cwd=source, check=True)
    subprocess.run(["git", "clone", "-q", "--depth", "1", source.as_uri(), clone], check=True)
    summary = json.loads(run("git-report/report.py", clone, cwd=tmp_path).stdout.splitlines()[-1])
    assert (summary["shallow"], summary["commits"], summary["source"]) == (True, 1, "clone")


def test_the_report_reads_odd_names_and_binary_files(tmp_path: Path) -> None:
    repository = tmp_path / "größe"
    repository.mkdir()
    (repository / "a b\tc.bin").write_bytes(bytes(range(256)))
    (repository / "ünï.txt").write_text("one\ntwo\n")
    subprocess.run(["git", "init", "-q", "."], cwd=repository, check=True)
    subprocess.run(["git", "add", "."], cwd=repository, check=True)
    identity = ["-c", "user.name=Zoë", "-c", "user.email=z@example.org"]
    subprocess.run(["git", *identity, "commit", "-q", "-m", "Ein Anfang"], cwd=repository, check=True)
    done = run("git-report/report.py", repository, cwd=tmp_path)
    summary = json.loads(done.stdout.splitlines()[-1])
    assert (summary["lines_added"], summary["authors"], summary["source"]) == (2, {"Zoë": 1}, "größe")


def test_without_git_the_report_fails_for_good_and_says_why(tmp_path: Path) -> None:
    done = run("git-report/report.py", tmp_path, cwd=tmp_path, PATH=str(tmp_path))
    assert (done.returncode, done.stderr) == (78, "git is not installed on this worker's machine.\n")


def test_the_flaky_one_fails_twice_and_then_succeeds_and_leaves_nothing(tmp_path: Path) -> None:
    state = tmp_path / "state"
    state.mkdir()
    env = {"STATE_FOLDER": str(state), "INTERLOCK_JOB_ID": "j1"}
    assert [run("flaky/flaky.py", cwd=tmp_path, **env).returncode for _ in range(3)] == [75, 75, 0]
    assert list(state.iterdir()) == []


def test_the_failing_one_names_the_mistake(tmp_path: Path) -> None:
    done = run("failing/check.py", FOLDER / "failing" / "timetable.csv", cwd=tmp_path)
    assert done.returncode == 65
    assert done.stderr.endswith("train 107: '25:61' is no time of the day.\n")
    sound = run("failing/check.py", FOLDER / "plan" / "timetable.csv", cwd=tmp_path)
    assert (sound.returncode, sound.stdout) == (0, "Every train has a time.\n")


def test_the_count_of_a_folder_is_its_result(tmp_path: Path) -> None:
    done = run("batch/count.py", "examples/plan", cwd=tmp_path)
    assert json.loads(done.stdout.splitlines()[-1]) == {
        "folder": "examples/plan",
        "files": len(list((FOLDER / "plan").iterdir())),
        "lines": sum(path.read_bytes().count(b"\n") for path in (FOLDER / "plan").iterdir()),
    }
    assert run("batch/count.py", "nowhere", cwd=tmp_path).returncode == 65


@pytest.mark.parametrize("name", [example.name for example in EXAMPLES])
def test_scripts_need_nothing_but_python_and_a_shell(name: str) -> None:
    for script in (FOLDER / name).glob("*.py"):
        imports = re.findall(r"^(?:from|import) (\w+)", script.read_text(), re.MULTILINE)
        assert set(imports) <= set(sys.stdlib_module_names)
    if shell := shutil.which("sh"):
        for script in (FOLDER / name).glob("*.sh"):
            subprocess.run([shell, "-n", script], check=True)
