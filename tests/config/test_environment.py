"""Settings come from the environment; an unknown or wrong one is refused with one sentence."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from config.environment import VARIABLES, WrongSetting, complete, load
from config.record import Record

RECORD = Record(
    database_url="postgresql://interlock:x@127.0.0.1:1/interlock",
    redis_url="redis://:x@127.0.0.1:2/0",
    secret_key="a key",
    url="http://127.0.0.1:8000",
    token="a token",
)


def run(*argv: str, **variables: str) -> subprocess.CompletedProcess[str]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("INTERLOCK_")}
    env = inherited | {"DJANGO_SETTINGS_MODULE": "config.settings"} | variables
    return subprocess.run([sys.executable, *argv], env=env, capture_output=True, text=True, check=False)


def test_without_any_variable_the_documented_defaults_hold() -> None:
    settings = load({})
    assert (settings.task_retention_days, settings.workers_per_session) == (30, 3)
    assert (settings.task_timeout_ms, settings.max_task_attempts, settings.worker_concurrency) == (300_000, 3, 10)
    assert (settings.lease_seconds, settings.heartbeat_seconds, settings.global_cap) == (20, 5, None)


def test_every_setting_is_read_from_the_variable_of_its_name() -> None:
    assert VARIABLES["INTERLOCK_LEASE_SECONDS"] == "lease_seconds"
    assert VARIABLES["DATABASE_URL"] == "database_url"
    assert load({"INTERLOCK_LEASE_SECONDS": "40", "WORKER_CONCURRENCY": "7"}).lease_seconds == 40
    assert load({"INTERLOCK_ALLOWED_HOSTS": "a.example, b.example"}).allowed_hosts == ("a.example", "b.example")


def test_an_empty_variable_counts_as_not_given() -> None:
    assert load({"DATABASE_URL": "", "WORKER_CONCURRENCY": "", "INTERLOCK_FLOWER_ADDRESS": ""}).database_url is None


def test_an_unknown_setting_is_refused_with_the_name_that_was_meant() -> None:
    with pytest.raises(WrongSetting) as refusal:
        load({"INTERLOCK_LEESE_SECONDS": "20"})
    assert str(refusal.value) == (
        "INTERLOCK_LEESE_SECONDS is not a setting of Interlock; did you mean INTERLOCK_LEASE_SECONDS?"
    )


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("WORKER_CONCURRENCY", "many", "valid integer"),
        ("WORKER_CONCURRENCY", "0", "greater than or equal to 1"),
        ("MAX_TASK_ATTEMPTS", "-1", "greater than or equal to 1"),
        ("INTERLOCK_LEASE_SECONDS", "soon", "valid number"),
        ("INTERLOCK_DEBUG", "perhaps", "valid boolean"),
        ("INTERLOCK_LOG_LEVEL", "LOUD", "'DEBUG'"),
        ("INTERLOCK_FLOWER_ADDRESS", "somewhere", "HOST:PORT or unix:/PATH"),
        ("DATABASE_URL", "mysql://u:secret@h/db", "postgresql://USER:PASSWORD@HOST:PORT/NAME"),
        ("DATABASE_URL", "postgresql://u:secret@h:port/db", "port is not a number"),
        ("DATABASE_URL", "postgresql://u:secret@h:5432/", "names no database"),
        ("REDIS_URL", "redis://:secret@h/zero", "number of a database"),
        ("REDIS_URL", "http://h", "redis://:PASSWORD@HOST:PORT/0"),
    ],
)
def test_a_wrong_value_is_refused_with_its_reason_and_without_its_secret(name: str, value: str, reason: str) -> None:
    with pytest.raises(WrongSetting) as refusal:
        load({name: value})
    sentence = str(refusal.value)
    assert sentence.startswith(f"{name} is wrong: ")
    assert reason in sentence
    assert "secret" not in sentence
    assert "\n" not in sentence


def test_a_lease_that_one_late_heartbeat_would_lose_is_refused() -> None:
    with pytest.raises(WrongSetting, match=r"INTERLOCK_HEARTBEAT_SECONDS \(5\) may be at most half"):
        load({"INTERLOCK_LEASE_SECONDS": "9"})


def test_what_is_not_given_is_taken_from_the_data_folder(tmp_path: Path) -> None:
    RECORD.write(tmp_path)
    settings = complete(load({"INTERLOCK_DATA": str(tmp_path), "REDIS_URL": "redis://other:6379/0"}))
    assert (settings.database_url, settings.redis_url) == (RECORD.database_url, "redis://other:6379/0")
    assert (settings.url, settings.token, settings.secret_key) == (RECORD.url, RECORD.token, RECORD.secret_key)


def test_another_platform_never_gets_the_token_of_the_data_folder(tmp_path: Path) -> None:
    RECORD.write(tmp_path)
    settings = complete(load({"INTERLOCK_DATA": str(tmp_path), "INTERLOCK_URL": "https://elsewhere.example"}))
    assert (settings.url, settings.token) == ("https://elsewhere.example", "")


def test_the_record_is_private_and_a_damaged_one_counts_as_none(tmp_path: Path) -> None:
    RECORD.write(tmp_path)
    path = tmp_path / "running.json"
    assert path.stat().st_mode & 0o777 == 0o600
    assert Record.read(tmp_path) == RECORD
    path.write_text("{")
    assert Record.read(tmp_path) is None


@pytest.mark.parametrize("argv", [("manage.py", "check"), ("-m", "config", "web"), ("-m", "config", "env")])
def test_a_wrong_setting_ends_every_command_with_a_sentence_and_code_2(argv: tuple[str, ...]) -> None:
    done = run(*argv, WORKER_CONCURRENCY="many")
    if argv[-1] == "env":  # it reads no setting but the folder
        assert done.returncode == 3
        return
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.count("\n") == 1
    assert done.stderr.startswith("WORKER_CONCURRENCY is wrong: ")


def test_a_part_without_servers_says_which_variables_it_needs(tmp_path: Path) -> None:
    done = run("-m", "config", "worker", DATABASE_URL="", REDIS_URL="", SECRET_KEY="", INTERLOCK_DATA=str(tmp_path))
    assert done.returncode == 2
    assert done.stderr.startswith("DATABASE_URL and REDIS_URL and SECRET_KEY must be set")


def test_a_command_of_django_without_a_database_says_what_to_do(tmp_path: Path) -> None:
    done = run("manage.py", "showmigrations", DATABASE_URL="", REDIS_URL="", INTERLOCK_DATA=str(tmp_path))
    assert "No database is known: set DATABASE_URL and REDIS_URL" in done.stderr


@pytest.mark.requirement("O6")
def test_the_documentation_names_every_setting_and_no_other() -> None:
    text = (Path(__file__).parents[2] / "docs" / "settings.md").read_text()
    assert set(re.findall(r"^\| `([A-Z_]+)` \|", text, re.MULTILINE)) == set(VARIABLES)
