"""The database as the values that the pure scheduler takes: whole, or the few sessions that changed."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection

from tasks.scheduling.values import (
    LEVELS,
    Heads,
    Needs,
    Platform,
    ProjectState,
    Running,
    SessionState,
    Snapshot,
    Waiting,
    Worker,
    WorkspaceState,
)

WINDOW = 512
"""Heads read of each requirement class of a session: as many as may start before it is read again."""

MOST_HEADS = 50_000
"""Read of all sessions together where all is read: of many sessions fewer each, and more when they are served."""
LEAST_WINDOW = 4

MOST_COUNTED = 100_000

HEAD = (
    "id, workspace_id, project_id, priority, inherited, rank, extract(epoch FROM queued_at)::float, epoch, requires, "
    "kind, joins_runs, override, pinned, extract(epoch FROM available_at)::float, type"
)

HAS_WORK = "EXISTS (SELECT FROM tasks_agentjob WHERE session_id = s.id AND state IN ('queued', 'running'))"


def read_all() -> Snapshot:
    """Everything, for a new leader and for who explains."""
    sessions = read_sessions()
    return Snapshot(
        platform=read_platform(),
        workspaces=read_workspaces(),
        sessions=sessions,
        projects=read_projects(),
        workers=read_workers(),
        running=read_running(),
        heads=read_heads([session.id for session in sessions], window_for(len(sessions))),
    )


def window_for(sessions: int) -> int:
    """How many heads of each class are read of each of so many sessions."""
    return max(LEAST_WINDOW, min(WINDOW, MOST_HEADS // max(1, sessions)))


def read_now() -> float:
    """The database's time, in epoch seconds."""
    [(now,)] = _rows("SELECT extract(epoch FROM clock_timestamp())::float")
    return float(now)


def read_platform() -> Platform:
    said = _rows("SELECT paused_at IS NOT NULL, max_running FROM tasks_platformstate") or [(False, None)]
    [(paused, cap)] = said
    levels = _rows("SELECT open_levels, limited_by FROM tasks_leader WHERE name = 'dispatcher'") or [(LEVELS, "")]
    return Platform(settings.INTERLOCK.global_cap if cap is None else cap, paused, *levels[0])


def count_queued() -> int:
    """Counted up to MOST_COUNTED; of more, what the statistics of their index know."""
    [(count, known)] = _rows(
        """
        SELECT (SELECT count(*) FROM (
                    SELECT FROM tasks_agentjob WHERE state = 'queued' AND handed_to = '' LIMIT %(most)s) AS there),
               (SELECT reltuples::bigint FROM pg_class WHERE relname = 'job_heads')
        """,
        {"most": MOST_COUNTED},
    )
    return int(count) if count < MOST_COUNTED else max(int(count), int(known))


def read_workspaces(ids: Collection[UUID] | None = None) -> list[WorkspaceState]:
    rows = _rows(
        "SELECT id, slug, weight, max_running, paused_at IS NOT NULL FROM agents_workspace "
        "WHERE %(all)s OR id = ANY(%(ids)s)",
        _some(ids),
    )
    return [WorkspaceState(id, slug, weight, cap, paused) for id, slug, weight, cap, paused in rows]


def read_projects(ids: Collection[UUID] | None = None) -> list[ProjectState]:
    rows = _rows(
        "SELECT id, workspace_id, slug, max_running, paused_at IS NOT NULL FROM agents_project "
        "WHERE (%(all)s AND (max_running IS NOT NULL OR paused_at IS NOT NULL)) OR id = ANY(%(ids)s)",
        _some(ids),
    )
    return [ProjectState(*row) for row in rows]


def read_sessions(ids: Collection[UUID] | None = None) -> list[SessionState]:
    """The sessions asked for, else those that have queued or running jobs."""
    rows = _rows(
        f"""
        SELECT s.id, s.workspace_id, s.name, s.weight, coalesce(s.max_running, w.max_running_per_session, %(cap)s),
               s.paused_at IS NOT NULL
        FROM agents_session s JOIN agents_workspace w ON w.id = s.workspace_id
        WHERE s.id = ANY(%(ids)s) OR (%(all)s AND {HAS_WORK})
        """,
        _some(ids) | {"cap": settings.INTERLOCK.workers_per_session},
    )
    return [SessionState(*row) for row in rows]


def read_workers() -> list[Worker]:
    """Those online by the database's clock."""
    rows = _rows(
        "SELECT id, slots, slot_limit, limited_by, capabilities, memory_mb, stopping_at IS NULL FROM tasks_worker "
        "WHERE stopped_at IS NULL AND lease_until > clock_timestamp()"
    )
    return [
        Worker(id, slots, cap, frozenset(can), memory, accepting=accepting, limited_by=why)
        for id, slots, cap, why, can, memory, accepting in rows
    ]


HAS_A_SLOT = "(state = 'running' OR (state = 'queued' AND handed_to <> ''))"
AMONG_THESE = "AND coalesce(run, id) IN (SELECT coalesce(run, id) FROM tasks_agentjob WHERE id = ANY(%(jobs)s))"


def read_running(jobs: Collection[UUID] | None = None) -> list[Running]:
    """What was handed off or runs: it counts in every cap. The members of a run share one slot and count as one.

    With `jobs` only the runs that these belong to.
    """
    rows = _rows(
        f"""
        SELECT DISTINCT ON (coalesce(run, id)) coalesce(run, id), workspace_id, session_id, project_id,
               CASE WHEN state = 'running' THEN worker_id ELSE handed_to END,
               charged_cost, charged_level, requires, extract(epoch FROM state_since)::float
        FROM tasks_agentjob WHERE {HAS_A_SLOT} {AMONG_THESE if jobs is not None else ""}
        ORDER BY coalesce(run, id), charged_cost DESC
        """,
        {"jobs": list(jobs or ())},
    )
    return [
        Running(id, workspace, session, project, worker, cost, level, needs_of(requires), since)
        for id, workspace, session, project, worker, cost, level, requires, since in rows
    ]


@dataclass(frozen=True, slots=True)
class Member:
    """A job that has a slot, alone or with others in a run."""

    id: UUID
    run: UUID
    session: UUID
    epoch: int
    since: float
    kind: str


def read_members(jobs: Collection[UUID] | None = None) -> list[Member]:
    """Every job that was handed off or runs, or those of `jobs` that do."""
    rows = _rows(
        f"""
        SELECT id, coalesce(run, id), session_id, epoch, extract(epoch FROM state_since)::float, kind
        FROM tasks_agentjob WHERE {HAS_A_SLOT} {"" if jobs is None else "AND id = ANY(%(jobs)s)"}
        """,
        {"jobs": list(jobs or ())},
    )
    return [Member(*row) for row in rows]


def read_heads(
    sessions: Iterable[UUID], window: int = WINDOW, *, delayed: bool = False, without: Iterable[UUID] = ()
) -> dict[UUID, Heads]:
    """The first waiting jobs of each requirement class of each session, in the session's own order, `without` those
    that are on their way though their rows do not say so; with `delayed` those in their retry delay, too.

    A loose index scan finds the classes and a LATERAL with a LIMIT the heads of each, so that the cost does not
    depend on how many wait. Source: https://wiki.postgresql.org/wiki/Loose_indexscan
    """
    asked = list(sessions)
    if not asked:
        return {}
    rows = _rows(
        f"""
        SELECT s.id, delayed.until, head.*
        FROM unnest(%(sessions)s::uuid[]) AS s (id)
        CROSS JOIN LATERAL (
            SELECT extract(epoch FROM min(available_at))::float AS until FROM tasks_agentjob
            WHERE session_id = s.id AND state = 'queued' AND available_at > clock_timestamp() AND NOT %(delayed)s
        ) AS delayed
        LEFT JOIN LATERAL (
            WITH RECURSIVE {classes_of("s.id")}
            SELECT requires FROM class WHERE requires IS NOT NULL
        ) AS class ON true
        LEFT JOIN LATERAL (
            SELECT {HEAD} FROM tasks_agentjob
            WHERE session_id = s.id AND requires = class.requires AND state = 'queued' AND handed_to = ''
              AND (%(delayed)s OR available_at IS NULL OR available_at <= clock_timestamp())
              AND id <> ALL(%(without)s)
            ORDER BY rank, id LIMIT %(limit)s
        ) AS head ON true
        """,
        {"sessions": asked, "limit": window + 1, "delayed": delayed, "without": list(without)},
    )
    return _windows(asked, rows, window)


def classes_of(session: str) -> str:
    """A recursive query `class`, the requirement classes of what waits in a session; its last row is null."""
    return f"""class AS (
        (SELECT requires FROM tasks_agentjob
         WHERE session_id = {session} AND state = 'queued' AND handed_to = '' ORDER BY requires LIMIT 1)
        UNION ALL
        SELECT (SELECT job.requires FROM tasks_agentjob job
                WHERE job.session_id = {session} AND job.state = 'queued' AND job.handed_to = ''
                  AND job.requires > class.requires ORDER BY job.requires LIMIT 1)
        FROM class WHERE class.requires IS NOT NULL
    )"""


def _windows(sessions: list[UUID], rows: list[tuple[Any, ...]], window: int) -> dict[UUID, Heads]:
    classes: dict[UUID, dict[str, list[Waiting]]] = {session: {} for session in sessions}
    delayed: dict[UUID, float] = {}
    for session, until, *head in rows:
        delayed[session] = until
        if head[0] is not None:
            job, requires = _waiting(session, head)
            classes[session].setdefault(requires, []).append(job)
    return {
        session: Heads(
            waiting=sorted((job for jobs in by_class.values() for job in jobs[:window]), key=lambda j: (j.rank, j.id)),
            more=any(len(jobs) > window for jobs in by_class.values()),
            next_at=delayed.get(session),
        )
        for session, by_class in classes.items()
    }


def _waiting(session: UUID, head: Sequence[Any]) -> tuple[Waiting, str]:
    """A row of HEAD, and its requirement class."""
    id, workspace, project, priority, inherited, rank, queued_at, epoch, requires, *rest = head
    kind, joins, override, pinned, available_at, type = rest
    job = Waiting(
        id,
        workspace,
        session,
        project,
        priority,
        inherited,
        rank,
        queued_at,
        available_at,
        epoch,
        needs_of(requires),
        override,
        pinned,
        kind,
        joins,
        type,
    )
    return job, requires


@lru_cache(maxsize=1000)
def needs_of(requires: str) -> Needs:
    """What a requirement class, as `tasks.rows.requirement_class` writes it, asks of a worker."""
    if not requires:
        return Needs()
    asked = dict(part.split("=", 1) for part in requires.split(" "))
    capabilities = frozenset([asked["isolation"]]) if "isolation" in asked else frozenset()
    return Needs(capabilities, int(asked.get("memory_mb", 0)), float(asked.get("cpu", 0)))


def _some(ids: Collection[UUID] | None) -> dict[str, Any]:
    return {"all": ids is None, "ids": list(ids or ())}


def _rows(statement: str, parameters: dict[str, Any] | None = None) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return cursor.fetchall()
