"""What the statements of several transitions share."""

from __future__ import annotations

SAID = """
    SELECT set_config('interlock.actor', %(actor)s, true) AS actor, set_config('interlock.reason', %(reason)s, true)
"""
"""Tells the trigger who acts and why, in the statement itself: one round trip, and gone with its transaction."""
LOCKED = "SELECT id AS locked_id FROM tasks_agentjob WHERE id = ANY(%(jobs)s::uuid[]) ORDER BY id FOR NO KEY UPDATE"
"""Who changes many jobs locks them in one order first, so that two such statements wait for each other and no more."""

IN_STATE = "state || '' ="
"""Asks for the state of a row that its id has found. Written so, no index on that state alone tempts the planner: one
that holds the whole backlog, or the dead entries of all that ran lately."""

SAME_SESSION = "job.session_id IS NOT DISTINCT FROM"
"""Likewise: written as an equation it would tempt the planner to walk through the session."""

LEADS = """
    EXISTS (SELECT FROM tasks_leader WHERE name = 'dispatcher' AND holder = %(leader)s AND term = %(term)s
            AND until > clock_timestamp())
"""
"""What every dispatch statement asks: one who led, froze and woke must change nothing under who leads now."""


def dependencies_met(job: str) -> str:
    """Whether all that the job depends on has completed; `job` is how the statement calls its id."""
    return f"""
        NOT EXISTS (SELECT FROM tasks_dependency needed JOIN tasks_agentjob other ON other.id = needed.requires_id
                    WHERE needed.job_id = {job} AND other.state <> 'completed')
    """


def answered(job: str) -> str:
    """Whether no call of the job waits for a person, and none for a child."""
    return f"""
        NOT EXISTS (SELECT FROM tasks_toolcall call WHERE call.job_id = {job} AND call.state = 'asked')
        AND NOT EXISTS (SELECT FROM tasks_child below JOIN tasks_agentjob other ON other.id = below.job_id
                        WHERE below.parent_id = {job} AND below.awaited
                          AND other.state NOT IN ('completed', 'failed', 'cancelled'))
    """
