-- The place of each of these queued jobs in its session's own order, from 1. Of one session what lies before them is counted
-- once, from one asked job to the next; class by class, so that each count is a range of the index job_heads and reads no row.
-- It runs as the owner, since row-level security would have every row looked at: of sessions that the caller does not see it
-- tells nothing.
CREATE FUNCTION tasks_positions(jobs uuid[], sessions uuid[], ranks float8[]) RETURNS TABLE (job uuid, place bigint)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    WITH RECURSIVE asked AS (
        SELECT given.job, given.session, given.rank,
               lag(given.rank) OVER line AS rank_before, lag(given.job) OVER line AS job_before
        FROM unnest(jobs, sessions, ranks) AS given (job, session, rank)
        WINDOW line AS (PARTITION BY given.session ORDER BY given.rank, given.job)
    ), seen AS (
        SELECT session.id FROM public.agents_session session
        WHERE session.id IN (SELECT session FROM asked)
          AND (session.workspace_id = ANY ((SELECT public.interlock_workspaces())::uuid[])
               OR (SELECT public.interlock_all_workspaces()))
    ), class AS (
        SELECT seen.id AS session, (
            SELECT requires FROM public.tasks_agentjob
            WHERE session_id = seen.id AND state = 'queued' AND handed_to = '' ORDER BY requires LIMIT 1) AS requires
        FROM seen
        UNION ALL
        SELECT class.session, (
            SELECT requires FROM public.tasks_agentjob
            WHERE session_id = class.session AND state = 'queued' AND handed_to = '' AND requires > class.requires
            ORDER BY requires LIMIT 1)
        FROM class WHERE class.requires IS NOT NULL
    ), between_two AS (
        SELECT asked.job, asked.session, asked.rank, coalesce(sum(counted.more), 0) AS more
        FROM asked JOIN seen ON seen.id = asked.session
        LEFT JOIN class ON class.session = asked.session AND class.requires IS NOT NULL
        CROSS JOIN LATERAL (
            SELECT count(*) AS more FROM public.tasks_agentjob other
            WHERE other.session_id = asked.session AND other.requires = class.requires AND other.state = 'queued'
              AND other.handed_to = '' AND (other.rank, other.id) < (asked.rank, asked.job)
              AND (other.rank, other.id) >= (coalesce(asked.rank_before, '-infinity'),
                                             coalesce(asked.job_before, '00000000-0000-0000-0000-000000000000'))
        ) AS counted
        GROUP BY asked.job, asked.session, asked.rank
    )
    SELECT job, (1 + sum(more) OVER (PARTITION BY session ORDER BY rank, job))::bigint FROM between_two
$$;
