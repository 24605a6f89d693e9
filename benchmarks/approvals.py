"""From a person's decision to the run that goes on: `python -m benchmarks.approvals`, on servers of its own.

Plans that ask before their second step wait, one is approved every now and then while a slot is free, and the time goes
from the sending of the approval to the beginning of the attempt that goes on. Promised: half of them within 100 ms.
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from statistics import median, quantiles

from benchmarks.promises import a_worker
from benchmarks.scene import Scene, scene

COUNT = 40
RULE = {"order": 10, "tool": "sleep", "verdict": "REQUIRE_APPROVAL"}
SPEC = {"steps": [{"tool": "echo", "args": {"text": "before"}}, {"tool": "sleep", "args": {"seconds": 0}}]}


def measure(here: Scene) -> list[float]:
    """Seconds, one for each approval."""
    assert here.http.post("/api/policy/rules/", json=RULE).status_code == 201
    for _ in range(COUNT):
        assert here.http.post("/api/tasks/", json=SPEC).status_code == 201
    here.until(lambda: here.http.get("/api/approvals/count/").json()["waiting"] == COUNT)
    waits = []
    for request in here.http.get("/api/approvals/", params={"state": "waiting", "limit": 200}).json()["results"]:
        sent = datetime.now(UTC)
        body = {"version": request["version"]}
        assert here.http.post(f"/api/approvals/{request['id']}/approve/", json=body).status_code == 200
        waits.append((_resumed(here, request["job"]["id"]) - sent).total_seconds())
    return waits


def _resumed(here: Scene, job: str) -> datetime:
    """When the second attempt began, by the clock of the database, which is this machine's."""
    query = "SELECT started_at FROM tasks_attempt WHERE job_id = %s AND number = 2"
    found: list[datetime] = []

    def begun() -> bool:
        row = here.database.execute(query, [job]).fetchone()
        if row:
            found.append(row[0])
        return bool(row)

    here.until(begun)
    return found[0]


def main() -> None:
    with scene("approvals", WORKERS_PER_SESSION="1000", INTERLOCK_MAX_CPU_PERCENT="0") as here:
        here.start()
        a_worker(here)
        waits = sorted(measure(here))
    p95 = quantiles(waits, n=20)[-1]
    sys.stdout.write(
        f"from decision to resumed run, ms, of {len(waits)}: p50 {1000 * median(waits):.0f}, p95 {1000 * p95:.0f}, "
        f"longest {1000 * waits[-1]:.0f}\n"
    )


if __name__ == "__main__":
    main()
