"""`interlock doctor`: every line right or wrong, with what to do, and nothing wrong unseen."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from config.connections import with_login
from config.record import Process, Record
from tests.platform import Platform

pytestmark = pytest.mark.requirement("I5")


def examined(platform: Platform, **settings: str) -> tuple[int, dict[str, dict[str, Any]]]:
    """The exit code and the checks by name."""
    done = platform.interlock("doctor", "--json", **settings)
    checks = json.loads(done.stdout)["checks"]
    return done.returncode, {check["name"]: check for check in checks}


def test_a_sound_platform_has_nothing_wrong(platform: Platform) -> None:
    done = platform.interlock("doctor")
    lines = done.stdout.splitlines()
    assert done.returncode == 0, done.stdout
    assert [line for line in lines if not line.startswith("✓ ")] == []
    names = {line[2:].split("  ")[0] for line in lines}
    assert {"python", "postgres", "redis", "migrations", "triggers", "row security", "web role"} <= names
    assert {"dispatcher", "workers", "web", "leases", "hand-offs", "attempts", "events"} <= names
    assert "\x1b" not in done.stdout


def test_no_line_tells_a_password(platform: Platform) -> None:
    said = platform.interlock("doctor").stdout
    for url in (platform.database_url, platform.redis_url):
        assert url.split(":")[2].split("@")[0] not in said


def test_where_no_platform_has_run_it_says_how_to_start_one(platform: Platform, tmp_path: Path) -> None:
    nothing = {"DATABASE_URL": "", "REDIS_URL": "", "SECRET_KEY": "", "INTERLOCK_URL": "", "INTERLOCK_TOKEN": ""}
    code, checks = examined(platform, INTERLOCK_DATA=str(tmp_path / "none"), **nothing)
    assert code == 1
    assert not any(checks[name]["ok"] for name in ("data folder", "postgres", "redis"))
    assert "interlock up" in checks["postgres"]["remedy"]


def test_a_folder_where_nothing_was_started_is_told_from_one_where_a_platform_was_killed(
    platform: Platform, tmp_path: Path
) -> None:
    _, checks = examined(platform, INTERLOCK_DATA=str(tmp_path))
    assert f"{tmp_path}: `interlock up` has not run here yet," in checks["data folder"]["sentence"]
    stranger = Process("up", os.getpid(), started=1.0)  # the pid of the one that was killed is somebody else's now
    Record("postgresql://u:p@127.0.0.1:1/x", "redis://127.0.0.1:1/0", "key", parent=stranger).write(tmp_path)
    _, checks = examined(platform, INTERLOCK_DATA=str(tmp_path))
    assert f"{tmp_path}: a platform has run here and does not run now," in checks["data folder"]["sentence"]


def test_servers_that_do_not_answer_are_named(platform: Platform) -> None:
    code, checks = examined(
        platform, DATABASE_URL="postgresql://u:secret@127.0.0.1:1/x", REDIS_URL="redis://:secret@127.0.0.1:1/0"
    )
    assert code == 1
    assert not checks["postgres"]["ok"]
    assert not checks["redis"]["ok"]
    assert "migrations" not in checks
    assert "secret" not in str(checks)


def test_parts_that_are_away_are_named(platform: Platform, fault_platform: Platform) -> None:
    code, checks = examined(fault_platform)
    assert code == 1
    assert {name for name, check in checks.items() if not check["ok"]} == {"dispatcher", "workers", "web"}
    assert "interlock dispatcher" in checks["dispatcher"]["remedy"]


def test_a_database_that_was_tampered_with_is_found(fault_platform: Platform) -> None:
    fault_platform.sql("ALTER TABLE tasks_agentjob DISABLE TRIGGER job_updated")
    fault_platform.sql("ALTER TABLE tasks_agentjob DISABLE ROW LEVEL SECURITY")
    fault_platform.sql("GRANT INSERT ON tasks_event TO interlock_web")
    _, checks = examined(fault_platform)
    assert "1 of the triggers" in checks["triggers"]["sentence"]
    assert checks["row security"]["sentence"] == "It is off for tasks_agentjob."
    assert "more than it should" in checks["web role"]["sentence"]


def test_a_web_role_that_cannot_log_in_is_found(fault_platform: Platform) -> None:
    wrong = with_login(fault_platform.database_url, "interlock_web", "wrong")
    _, checks = examined(fault_platform, INTERLOCK_WEB_DATABASE_URL=wrong)
    assert "cannot log in" in checks["web role"]["sentence"]
    assert "wrong@" not in str(checks)


def test_missing_migrations_are_found_and_what_needs_them_is_not_asked(fault_platform: Platform) -> None:
    fault_platform.sql("DELETE FROM django_migrations WHERE app = 'approvals'")
    code, checks = examined(fault_platform)
    assert code == 1
    assert "migrations are missing" in checks["migrations"]["sentence"]
    assert "triggers" not in checks


def test_what_is_out_of_order_is_named_with_examples(fault_platform: Platform) -> None:
    fault_platform.sql(
        "INSERT INTO tasks_event (kind, before, after, actor, reason, worker, data, at) "
        "VALUES ('RetentionRun', '', '', '', '', '', '{}', now() - interval '1 hour')"
    )
    _, checks = examined(fault_platform)
    assert checks["events"]["sentence"].startswith("1 events have had no number for more than 10 s")
    assert "interlock dispatcher" in checks["events"]["remedy"]
