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
