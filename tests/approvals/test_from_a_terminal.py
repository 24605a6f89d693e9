"""People decide with `interlock approval`; a retry tells before what it would repeat."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.approvals.test_on_a_platform import ask_about, ended, plan, submitted, waiting
from tests.platform import Platform


@pytest.mark.requirement("I5")
@pytest.mark.requirement("P4")
def test_the_command_lists_shows_approves_and_denies(platform: Platform, tmp_path: Path) -> None:
    api, ledger = platform.client("admin", "terminal"), tmp_path / "ledger"
    signed_in = {"INTERLOCK_TOKEN": platform.token("admin", "terminal")}
    ask_about(api, "files.write")
    first, second = (submitted(api, plan(ledger)) for _ in range(2))
    requests = {job: waiting(platform, api, job) for job in (first, second)}

    listed = platform.interlock("approval", "list", "--job", first, **signed_in)
    assert "files.write" in listed.stdout and requests[first]["id"][-6:] in listed.stdout
    shown = platform.interlock("approval", "show", requests[first]["id"], **signed_in)
    assert requests[first]["version"] in shown.stdout and "the role approver" in shown.stdout

    letter = json.dumps({"path": "letter.txt", "text": "Dear all\n"})
    done = platform.interlock("approval", "approve", requests[first]["id"], "--args", letter, **signed_in)
    assert (done.returncode, done.stdout.strip()[-8:]) == (0, "approved"), done.stderr
    assert ended(platform, api, first)["state"] == "completed"
    assert "Dear all" in ledger.read_text()

    late = platform.interlock("approval", "approve", requests[second]["id"], "--version", "another", **signed_in)
    assert (late.returncode, late.stdout) == (1, "") and "read it again" in late.stderr
    said = platform.interlock(
        "approval", "deny", requests[second]["id"], "--comment", "not today", "--json", **signed_in
    )
    assert json.loads(said.stdout)["state"] == "denied"
    assert ended(platform, api, second)["state"] == "cancelled"


@pytest.mark.requirement("P6")
def test_several_are_decided_at_once_and_one_that_cannot_be_keeps_no_other(platform: Platform, tmp_path: Path) -> None:
    api = platform.client("admin", "together")
    signed_in = {"INTERLOCK_TOKEN": platform.token("admin", "together")}
    ask_about(api, "files.write")
    jobs = [submitted(api, plan(tmp_path / name)) for name in ("one", "other", "third")]
    ids = [waiting(platform, api, job)["id"] for job in jobs]

    wrong = platform.interlock("approval", "approve", *ids[:2], "--remember", **signed_in)
    assert wrong.returncode == 2 and "give one id" in wrong.stderr
    done = platform.interlock("approval", "approve", *ids[:2], **signed_in)
    assert (done.returncode, done.stdout.count(": approved")) == (0, 2), done.stderr
    again = platform.interlock("approval", "deny", ids[0], ids[2], "--comment", "no", **signed_in)

    assert again.returncode == 1 and "already" in again.stderr
    assert again.stdout.count(": denied") == 1
    assert [ended(platform, api, job)["state"] for job in jobs] == ["completed", "completed", "cancelled"]


@pytest.mark.requirement("W7")
def test_a_retry_tells_what_it_repeats_and_repeats_no_effect(platform: Platform, tmp_path: Path) -> None:
    api, ledger, missing = platform.client("admin", "replay"), tmp_path / "ledger", "not-there.txt"
    steps = [
        {"tool": "shell.run", "args": {"command": f'echo once >> "{ledger}"'}},
        {"tool": "echo", "args": {"text": "hello"}},
        {"tool": "files.read", "args": {"path": missing}},
    ]
    job = submitted(api, {"steps": steps, "limits": {"attempts": 1}})
    assert ended(platform, api, job)["state"] == "failed"
    foreseen = api.post(f"/api/tasks/{job}/retry/", json={"dry_run": True}).json()
    assert foreseen["state"] == "failed", "nothing has changed"
    assert [(call["index"], call["becomes"]) for call in foreseen["replay"]] == [
        (0, "reused"),
        (1, "repeated"),
        (2, "repeated"),
    ]
    signed_in = {"INTERLOCK_TOKEN": platform.token("admin", "replay")}
    told = platform.interlock("task", "retry", job, "--dry-run", **signed_in).stdout
    assert "1 reused, 2 repeated" in told
    assert [line.split()[:4] for line in told.splitlines()[2:]] == [
        ["1", "shell.run", "external", "reused"],
        ["2", "echo", "pure", "repeated"],
        ["3", "files.read", "pure", "repeated"],
    ]
    assert api.post(f"/api/tasks/{job}/retry/").status_code == 200
    platform.wait_for(lambda: len(api.get(f"/api/tasks/{job}/").json()["attempts"]) == 2, 60, "the second attempt")
    assert ended(platform, api, job)["state"] == "failed"
    assert ledger.read_text() == "once\n"
