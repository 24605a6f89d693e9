"""`interlock demo`: a platform of its own, every example's story, and a verdict that can be relied on."""

from __future__ import annotations

import os
import re
import smtplib
import subprocess
import sys
import tempfile
from datetime import datetime
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import psutil
import pytest

from agents.runtimes.llm.local import installed
from config.demo import approving, examples
from config.demo.command import Outcome
from config.demo.examples import EXAMPLES, Example, summed_up
from config.demo.letterbox import Letterbox, letterbox
from config.demo.stories import Stories, Story
from config.embedded.data_folder import DataFolder
from config.failures import CannotStart
from tests.cli.conftest import event, job

pytestmark = pytest.mark.requirement("I5")
BY_NAME = {example.name: example for example in EXAMPLES}
ID = event("TaskStarted", "running")["job"]


def clean_environment(folder: Path) -> dict[str, str]:
    """An empty home, and nothing that points at a platform or a server."""
    kept = {
        name: value for name, value in os.environ.items() if name in ("PATH", "LANG") or name.startswith("COVERAGE")
    }
    for name in ("home", "tmp"):
        (folder / name).mkdir()
        (folder / name).chmod(0o755)
    return kept | {"HOME": str(folder / "home"), "TMPDIR": str(folder / "tmp")}


@pytest.mark.platform
@pytest.mark.requirement("W12")
def test_the_demo_runs_every_example_tells_each_story_and_leaves_nothing_behind() -> None:
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        env = clean_environment(Path(folder))
        # Somebody's real servers stand in the environment: they are left alone.
        real = {"DATABASE_URL": "postgresql://a:b@127.0.0.1:1/x", "REDIS_URL": "redis://127.0.0.1:1/0"}
        argv = [sys.executable, "-m", "config", "demo"]
        done = subprocess.run(argv, env=env | real, capture_output=True, text=True, timeout=150, check=False)
        left = [path.name for path in Path(folder, "tmp").iterdir() if path.name.startswith("interlock-demo")]
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stderr == ""
    assert "\x1b" not in done.stdout
    table = done.stdout[done.stdout.index("EXAMPLE ") :]
    for example in EXAMPLES:
        line = next(line for line in table.splitlines() if line.startswith(example.name))
        assert summed_up(example.expected) in line
    assert re.search(r"flaky +attempt 1 failed: .*tries again in", done.stdout)
    assert re.search(r"failing +failed: .*'25:61' is no time of the day", done.stdout)
    assert re.search(r"cancelled +cancelled: the demo has seen enough", done.stdout)
    assert re.search(r"cancelled +\d+ %  sleeper", done.stdout)
    assert done.stdout.count(" completed\n") >= 43
    assert "| Mountain Line | 13 | 60 | 4.6 |" in done.stdout
    assert re.search(r"mail +token:.+ asks for email.send to passengers@interlock.example", done.stdout)
    assert re.search(
        r"mail +subject: 'Mountain Line is late' becomes 'The Mountain Line runs 5 minutes late'", done.stdout
    )
    assert re.search(r"team +.*waits for the 3 jobs that it submitted", done.stdout)
    assert "completed: the north has 3 trains" in done.stdout
    assert "A mail arrived for passengers@interlock.example: The Mountain Line runs 5 minutes late" in done.stdout
    assert "All 47 jobs ended as they should." in done.stdout
    assert left == []
    assert running_in(folder) == []


@pytest.mark.platform
def test_a_platform_that_does_not_start_is_a_sentence_and_its_logs_stay(tmp_path: Path) -> None:
    env = clean_environment(tmp_path) | {"WORKER_CONCURRENCY": "none"}
    argv = [sys.executable, "-m", "config", "demo"]
    done = subprocess.run(argv, env=env, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith("WORKER_CONCURRENCY is wrong")
    (left,) = (tmp_path / "tmp").glob("interlock-demo-*")
    assert (left / "up.log").read_text() == done.stderr


@pytest.mark.platform
def test_a_folder_that_another_platform_uses_is_left_to_it(tmp_path: Path) -> None:
    with DataFolder.at(tmp_path / "data").locked():
        argv = [sys.executable, "-m", "config", "demo", "--data", str(tmp_path / "data")]
        env = clean_environment(tmp_path)
        done = subprocess.run(argv, env=env, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1
    assert "already runs on" in done.stderr


def running_in(folder: str) -> list[str]:
    """The processes that know of the folder."""
    found = []
    for process in psutil.process_iter():
        try:
            if folder in str(process.environ()):
                found.append(process.name())
        except (psutil.Error, OSError):
            continue
    return found


def ended(*states: str, **fields: Any) -> list[dict[str, Any]]:
    return [job(state=state, **({"attempt": 1} | fields)) for state in states]


@pytest.mark.parametrize(
    ("name", "jobs", "complaint"),
    [
        ("plan", ended("completed"), ""),
        ("plan", ended("failed"), "did not end as it should"),
        ("plan", ended("completed", attempt=2), "was begun 2 times, and not 1"),
        ("flaky", ended("completed", attempt=3), ""),
        ("flaky", ended("completed"), "was begun 1 times, and not 3"),
        ("failing", ended("failed", error={"message": "'25:61' is no time of the day."}), ""),
        ("failing", ended("failed", error={"message": "No such file."}), "does not say: '25:61' is no time of the day"),
        ("cancelled", ended("completed"), "did not end as it should"),
        ("batch", ended(*["completed"] * 40), ""),
        ("batch", ended(*["completed"] * 39), "did not end as it should"),
        ("batch", ended(*["completed"] * 39, "failed"), "did not end as it should"),
        ("batch", ended(*["completed"] * 39) + ended("completed", attempt=2), "some ran more than once"),
    ],
)
def test_the_verdict_is_about_states_attempts_and_reasons(
    name: str, jobs: list[dict[str, Any]], complaint: str
) -> None:
    assert Outcome(BY_NAME[name], jobs).complaint == complaint


def test_the_mail_must_have_arrived_with_the_edit() -> None:
    edit = {"subject": "Late", "text": "Five minutes.\n"}

    def post(box: Letterbox, subject: str) -> None:
        mail = EmailMessage()
        mail["From"], mail["To"], mail["Subject"] = "a@example.org", "b@example.org", subject
        mail.set_content("Five minutes.\n")
        with smtplib.SMTP("127.0.0.1", box.port) as client:
            client.send_message(mail)

    with letterbox() as box:
        assert approving.complaint(box, edit) == "0 mails arrived, and not one"
        post(box, "Late")
        assert approving.complaint(box, edit) == ""
        assert approving.complaint(box, edit | {"subject": "Later"}).endswith("without the edit of its subject")
        post(box, "Late")
        assert approving.complaint(box, edit) == "2 mails arrived, and not one"


def test_what_cannot_run_here_is_skipped_and_says_why() -> None:
    example = Example("x", {"completed": 1}, needs="no-such-program")
    outcome = Outcome(example, [], example.missing)
    assert outcome.ended == "skipped: no-such-program is not installed"
    assert (outcome.complaint, outcome.seconds) == ("", None)


def test_the_time_of_an_example_is_from_its_submission_to_its_last_end() -> None:
    jobs = ended("completed", completed_at="2026-05-04T10:00:02Z") + ended(
        "completed", completed_at="2026-05-04T10:00:05.5Z"
    )
    assert Outcome(BY_NAME["batch"], jobs).seconds == 5.5


def test_a_job_of_a_batch_has_its_story_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    stories = Stories({ID: Story("batch", "Count", True)}, datetime.fromisoformat("2026-05-04T10:00:00Z"))
    stories.hear(event("TaskEnqueued", "queued", at="2026-05-04T10:00:00Z"))
    stories.hear(event("TaskStarted", "running", at="2026-05-04T10:00:01.5Z"))
    assert capsys.readouterr().out == ""
    stories.hear(event("TaskCompleted", "completed", at="2026-05-04T10:00:02Z"))
    assert capsys.readouterr().out == "   2.0 s  batch       Count: waited 1.5 s, ran 500 ms, completed\n"


def test_a_job_alone_tells_every_step_and_its_progress_now_and_then(capsys: pytest.CaptureFixture[str]) -> None:
    stories = Stories({ID: Story("plan", "Read", False)}, datetime.fromisoformat("2026-05-04T10:00:00Z"))
    stories.hear(event("TaskStarted", "running"))
    for percent in range(0, 12, 2):
        stories.hear(event("TaskProgress", "running", data={"percent": float(percent), "message": "m"}))
    stories.hear(event("TaskCompleted", "completed"))
    said = [line.split("plan")[1].strip() for line in capsys.readouterr().out.splitlines()]
    assert said == ["started on worker-1", "0 %  m", "6 %  m", "completed"]


def test_without_the_examples_it_says_where_they_should_be(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(examples, "FOLDER", tmp_path)
    with pytest.raises(CannotStart, match=str(tmp_path)):
        examples.chosen(local_llm=False)


@pytest.mark.platform
@pytest.mark.requirement("W6")
@pytest.mark.skipif(bool(installed.missing()), reason=installed.missing() or "is there")
def test_the_demo_of_the_local_model_needs_no_key_and_a_person_approves_a_call_of_it() -> None:
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        argv = [sys.executable, "-m", "config", "demo", "--local-llm"]
        env = clean_environment(Path(folder))
        done = subprocess.run(argv, env=env, capture_output=True, text=True, timeout=150, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stderr == ""
    assert "All 3 jobs ended as they should." in done.stdout
    assert "The capital of France is Paris." in done.stdout
    assert re.search(r"local-note +token:.+ asks for files.write\n", done.stdout)
    assert re.search(r"local-note +path: '.*' becomes 'heron.txt'", done.stdout)
    assert len(re.findall(r"\d+ tokens in, \d+ out, turns: \d, tool calls: \d", done.stdout)) == 3
    assert running_in(folder) == []


@pytest.mark.requirement("W6")
@pytest.mark.parametrize(
    ("name", "result", "complaint"),
    [
        ("local-ask", {"text": "Paris.", "usage": {"input_tokens": 9, "output_tokens": 3, "tool_calls": 0}}, ""),
        (
            "local-tool",
            {"text": "Paris.", "usage": {"input_tokens": 9, "output_tokens": 3, "tool_calls": 0}},
            "its model called 0 tools, and not 1",
        ),
        (
            "local-ask",
            {"text": "Paris.", "usage": {"input_tokens": 0, "output_tokens": 0, "tool_calls": 0}},
            "its model said nothing, or its tokens were not counted",
        ),
        ("local-ask", None, "its model said nothing, or its tokens were not counted"),
    ],
)
def test_what_a_model_did_is_judged_as_well(name: str, result: Any, complaint: str) -> None:
    [example] = [each for each in examples.OF_THE_LOCAL_MODEL if each.name == name]
    assert example.complaint(ended("completed", result=result)) == complaint


@pytest.mark.requirement("W6")
def test_without_the_local_model_the_demo_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(installed, "ENGINE", "a_package_that_is_not_there")
    with pytest.raises(CannotStart, match="make install-local-llm"):
        examples.chosen(local_llm=True)
