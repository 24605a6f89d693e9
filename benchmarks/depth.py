"""Answers over a deep table: `python -m benchmarks.depth`, on servers of its own.

A million finished and a hundred thousand queued jobs in fifty sessions, a dispatcher that leads, a web process; then
one client asks over HTTP, one question after the other. The requirement: p99 of at most 100 ms for each.
"""

from __future__ import annotations

import random
import time
from argparse import ArgumentParser
from collections.abc import Callable
from statistics import median, quantiles
from typing import Any

import httpx
import psycopg
from rich.console import Console
from rich.table import Table

from benchmarks.scene import Scene, scene

SESSIONS = 50
SEED = 3

FILL = """
    INSERT INTO tasks_agentjob (
        id, workspace_id, session_id, type, agent_type, key, title, description, runtime, work, data, tool, arguments,
        files, tags, metadata, isolation, requires, kind, joins_runs, spec, submitted_by_kind, submitted_by_id,
        submitted_by_label, policy_verdict, policy_rule, redacted_fields, priority, rank, on_dependency_failure,
        timeout_ms, max_attempts, state, version, queued_at, started_at, completed_at, progress_message,
        cancel_requested_by, cancel_reason, epoch, handed_to, charged_cost, charged_level, worker_id, attempt, failures,
        interruptions, error_code, error_kind, error_message, created_at)
    SELECT
        (lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') || '7' || substr(md5(n::text), 1, 3) || '8'
         || substr(md5('x' || n), 1, 15))::uuid,
        %(workspace)s, session.id, 'execute-task', 'dev', '', 'Job ' || n, '', 'plan', '{"steps": []}', '{}', 'echo',
        '{}', '{}', CASE WHEN n %% 10 = 0 THEN '{nightly}'::text[] ELSE '{}' END, '{}', '', '', 'plan:echo', false,
        '{}', 'user', '1', 'bench', 'ALLOW', '', '{}', n %% 5, extract(epoch FROM at) + 900 * (n %% 5), 'fail',
        300000, 3, %(state)s, 3, at, CASE WHEN %(over)s THEN at END, CASE WHEN %(over)s THEN at END, '', '', '', 2, '',
        1, 1, '', CASE WHEN %(over)s THEN 1 ELSE 0 END, 0, 0, '', '', '', at
    FROM generate_series(1, %(count)s) AS n
    CROSS JOIN LATERAL (SELECT clock_timestamp() - make_interval(secs => (%(count)s - n) * 0.5) AS at) AS made
    JOIN unnest(%(sessions)s::uuid[]) WITH ORDINALITY AS session (id, place) ON session.place = 1 + n %% %(of)s
"""


def main() -> None:
    parser = ArgumentParser(prog="python -m benchmarks.depth")
    parser.add_argument("--finished", type=int, default=1_000_000)
    parser.add_argument("--queued", type=int, default=100_000)
    parser.add_argument("--asked", type=int, default=200)
    chosen = parser.parse_args()
    with scene("depth") as here:
        _fill(here.database, chosen.finished, chosen.queued)
        here.start()
        _print(_measure(here, chosen.asked), chosen.finished, chosen.queued)


def _fill(connection: psycopg.Connection[Any], finished: int, queued: int) -> None:
    [workspace] = connection.execute("SELECT id FROM agents_workspace LIMIT 1").fetchone() or [None]
    connection.execute(
        "INSERT INTO agents_session (id, workspace_id, name, weight, opened_by) SELECT gen_random_uuid(), %s, "
        "'deep-' || n, 1, 'bench' FROM generate_series(1, %s) AS n",
        [workspace, SESSIONS],
    )
    sessions = [row[0] for row in connection.execute("SELECT id FROM agents_session WHERE name LIKE 'deep-%'")]
    connection.execute("ALTER TABLE tasks_agentjob DISABLE TRIGGER USER")
    for state, count in (("completed", finished), ("queued", queued)):
        values = {"workspace": workspace, "sessions": sessions, "of": SESSIONS}
        connection.execute(FILL, values | {"state": state, "over": state == "completed", "count": count})
    connection.execute("ALTER TABLE tasks_agentjob ENABLE TRIGGER USER")
    connection.execute("VACUUM ANALYZE tasks_agentjob")


def _measure(here: Scene, asked: int) -> dict[str, list[float]]:
    dice, http = random.Random(SEED), here.http
    rows = here.database.execute(
        "SELECT id::text, session_id::text, priority FROM tasks_agentjob WHERE state = 'queued' ORDER BY random() "
        "LIMIT %s",
        [5 * asked + 10],
    ).fetchall()
    finished = "SELECT id::text FROM tasks_agentjob TABLESAMPLE SYSTEM (2) WHERE state = 'completed'"
    over = [row[0] for row in here.database.execute(finished)]
    queued = iter(rows)

    def move(**where: Any) -> httpx.Response:
        return http.post("/api/tasks/move/", json={"ids": [next(queued)[0]], **where})

    questions: dict[str, Callable[[], httpx.Response]] = {
        "list, newest": lambda: http.get("/api/tasks/"),
        "list, queued": lambda: http.get("/api/tasks/", params={"state": "queued"}),
        "list, one session": lambda: http.get("/api/tasks/", params={"session": f"deep-{dice.randint(1, SESSIONS)}"}),
        "show, finished": lambda: http.get(f"/api/tasks/{dice.choice(over)}/"),
        "show, queued, with position": lambda: http.get(f"/api/tasks/{next(queued)[0]}/"),
        "reorder, to the front": lambda: move(to="front"),
        "reorder, ahead of others": lambda: move(to="front", scope="queue"),
        "cancel one": lambda: http.post(f"/api/tasks/{next(queued)[0]}/cancel/"),
    }
    found: dict[str, list[float]] = {}
    for name, ask in questions.items():
        ask()
        times = []
        for _ in range(asked):
            began = time.perf_counter()
            answer = ask()
            times.append((time.perf_counter() - began) * 1000)
            if answer.is_error:
                raise RuntimeError(f"{name}: {answer.status_code} {answer.text[:300]}")
        found[name] = times
    return found


def _print(found: dict[str, list[float]], finished: int, queued: int) -> None:
    table = Table(title=f"Milliseconds over HTTP, {finished:,} finished and {queued:,} queued jobs")
    table.add_column("asked")
    for column in ("p50", "p99", "longest"):
        table.add_column(column, justify="right")
    for name, times in found.items():
        table.add_row(name, f"{median(times):.1f}", f"{quantiles(times, n=100)[-1]:.1f}", f"{max(times):.1f}")
    Console(width=110).print(table)


if __name__ == "__main__":
    main()
