"""Each part can be run by itself, wherever the servers can be reached."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.platform import Platform
from tests.servers import SECRET_KEY


def alone(platform: Platform) -> dict[str, str]:
    """The environment of another machine: the three variables, and nothing else of ours."""
    ours = ("INTERLOCK_", "DJANGO_", "DATABASE_URL", "REDIS_URL", "SECRET_KEY")
    rest = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    return rest | {
        "DATABASE_URL": platform.database_url,
        "REDIS_URL": platform.redis_url,
        "SECRET_KEY": SECRET_KEY,
        "PYTHONPATH": os.getcwd(),
    }


@pytest.mark.requirement("W1")
def test_a_worker_joins_with_three_variables_and_leaves_when_told(platform: Platform, tmp_path: Path) -> None:
    argv = [sys.executable, "-m", "config", "worker", "--name", "visitor", "--concurrency", "2"]
    worker = subprocess.Popen(argv, env=alone(platform), cwd=tmp_path, stderr=subprocess.DEVNULL)
    try:
        query = "SELECT slots FROM tasks_worker WHERE name = 'visitor' AND stopped_at IS NULL"
        assert platform.wait_for(lambda: platform.sql(query), what="the worker to register") == [{"slots": 2}]
    finally:
        worker.terminate()
        assert worker.wait(30) == 0
    assert platform.sql(query) == []


@pytest.mark.requirement("O4")
def test_a_web_part_whose_port_is_taken_says_so(platform: Platform, tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        argv = [sys.executable, "-m", "config", "web", "--port", str(other.getsockname()[1])]
        done = subprocess.run(argv, env=alone(platform), cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "cannot be used (address already in use); give another one with --port" in done.stderr


@pytest.mark.requirement("T3")
def test_the_web_logs_in_as_a_role_of_its_own_and_the_rest_as_the_owner(platform: Platform) -> None:
    platform.api.get("/readyz")
    rows = platform.sql(
        "SELECT DISTINCT usename, application_name FROM pg_stat_activity "
        "WHERE datname = current_database() AND application_name LIKE 'interlock-%%'"
    )
    logins = {row["application_name"]: row["usename"] for row in rows}
    assert logins["interlock-web"] == "interlock_web"
    assert {role for part, role in logins.items() if part != "interlock-web"} == {"interlock"}
