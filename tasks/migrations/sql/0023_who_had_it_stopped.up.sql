-- Who asked a running job to stop, when and why is an event of its own: the job may end by itself before it is stopped, and a
-- retry forgets who asked.

CREATE OR REPLACE FUNCTION tasks_job_updated() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
    SET enable_hashjoin = on SET enable_nestloop = off AS $$
BEGIN
    INSERT INTO public.tasks_event
        (workspace_id, session_id, job_id, version, kind, before, after, actor, reason, worker, epoch, data, at)
    SELECT n.workspace_id, n.session_id, n.id, n.version,
           CASE
               WHEN o.state = 'running' AND n.state = 'queued' THEN
                   CASE WHEN n.failures > o.failures THEN 'TaskRetried' ELSE 'TaskHandedBack' END
               WHEN o.state = 'running' AND n.state = 'failed' THEN
                   CASE WHEN n.error_kind = 'permanent' THEN 'TaskFailed' ELSE 'TaskDeadLettered' END
               WHEN o.state <> n.state THEN (public.tasks_edge_kinds(o.state, n.state))[1]
               WHEN o.priority <> n.priority THEN 'PriorityChanged'
               WHEN o.rank <> n.rank OR o.pinned IS DISTINCT FROM n.pinned OR o.override IS DISTINCT FROM n.override
                    THEN 'TaskReordered'
               WHEN o.cancel_requested_at IS NULL AND n.cancel_requested_at IS NOT NULL THEN 'TaskCancelRequested'
               ELSE 'TaskProgress'
           END,
           o.state, n.state, public.interlock_actor(),
           CASE
               WHEN n.state = 'cancelled' AND o.state <> n.state
                    OR o.cancel_requested_at IS NULL AND n.cancel_requested_at IS NOT NULL THEN
                   coalesce(nullif(n.cancel_reason, ''), public.interlock_reason())
               WHEN o.state <> n.state AND n.state = 'failed' THEN
                   coalesce(nullif(public.interlock_reason(), ''), left(n.error_message, 500))
               ELSE public.interlock_reason()
           END,
           CASE WHEN o.state = 'running' THEN o.worker_id WHEN n.state = 'running' THEN n.worker_id ELSE '' END,
           CASE WHEN o.state = 'running' THEN o.epoch ELSE n.epoch END,
           CASE
               WHEN (o.state = 'running' AND n.state = 'queued') OR (o.state <> n.state AND n.state = 'failed') THEN
                   jsonb_strip_nulls(jsonb_build_object(
                       'code', nullif(n.error_code, ''), 'kind', nullif(n.error_kind, ''),
                       'message', nullif(left(n.error_message, 500), ''),
                       'attempt', CASE WHEN o.state = 'running' THEN o.attempt END,
                       'available_at', n.available_at))
               WHEN n.state = 'running' AND o.state = 'queued' THEN jsonb_build_object('attempt', n.attempt)
               WHEN o.state <> n.state AND n.state = 'completed' THEN jsonb_build_object('seconds', n.charged_cost)
               WHEN o.state <> n.state THEN '{}'
               WHEN o.priority <> n.priority THEN jsonb_build_object('before', o.priority, 'after', n.priority)
               WHEN o.rank <> n.rank OR o.pinned IS DISTINCT FROM n.pinned OR o.override IS DISTINCT FROM n.override
                    THEN jsonb_strip_nulls(jsonb_build_object(
                        'before', o.rank, 'after', n.rank, 'inherited', n.inherited,
                        'pinned', n.pinned IS NOT NULL, 'overridden', n.override IS NOT NULL))
               WHEN o.cancel_requested_at IS NULL AND n.cancel_requested_at IS NOT NULL THEN '{}'
               ELSE jsonb_build_object('percent', n.progress_percent, 'message', n.progress_message)
           END,
           clock_timestamp()
    FROM old_rows o JOIN new_rows n USING (id)
    WHERE o.state <> n.state OR o.priority <> n.priority OR o.rank <> n.rank
       OR o.pinned IS DISTINCT FROM n.pinned OR o.override IS DISTINCT FROM n.override
       OR (n.state = 'running' AND (o.progress_percent, o.progress_message, o.cancel_requested_at IS NULL)
           IS DISTINCT FROM (n.progress_percent, n.progress_message, n.cancel_requested_at IS NULL))
    ORDER BY n.id;
    RETURN NULL;
END $$;
