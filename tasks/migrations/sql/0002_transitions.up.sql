-- The state machine of a job and its event log, kept by the database itself, so that bulk SQL, the admin and a
-- mistake cannot go round them. The same edges stand in tasks/states.py; tests hold the two equal.

CREATE FUNCTION tasks_edge_kinds(before text, after text) RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE before || '>' || after
        WHEN '>pending_approval' THEN ARRAY['ApprovalRequested']
        WHEN '>blocked' THEN ARRAY['TaskBlocked']
        WHEN '>queued' THEN ARRAY['TaskEnqueued']
        WHEN '>failed' THEN ARRAY['TaskFailed']
        WHEN 'pending_approval>queued' THEN ARRAY['ApprovalDecided']
        WHEN 'pending_approval>blocked' THEN ARRAY['ApprovalDecided']
        WHEN 'pending_approval>cancelled' THEN ARRAY['TaskCancelled']
        WHEN 'pending_approval>failed' THEN ARRAY['TaskFailed']
        WHEN 'blocked>queued' THEN ARRAY['TaskUnblocked']
        WHEN 'blocked>cancelled' THEN ARRAY['TaskCancelled']
        WHEN 'blocked>failed' THEN ARRAY['TaskFailed']
        WHEN 'queued>running' THEN ARRAY['TaskStarted']
        WHEN 'queued>cancelled' THEN ARRAY['TaskCancelled']
        WHEN 'queued>failed' THEN ARRAY['TaskFailed']
        WHEN 'queued>pending_approval' THEN ARRAY['ApprovalRequested']
        WHEN 'running>completed' THEN ARRAY['TaskCompleted']
        WHEN 'running>failed' THEN ARRAY['TaskFailed', 'TaskDeadLettered']
        WHEN 'running>cancelled' THEN ARRAY['TaskCancelled']
        WHEN 'running>queued' THEN ARRAY['TaskRetried', 'TaskHandedBack']
        WHEN 'running>suspended' THEN ARRAY['TaskSuspended']
        WHEN 'suspended>queued' THEN ARRAY['TaskResumed']
        WHEN 'suspended>cancelled' THEN ARRAY['TaskCancelled']
        WHEN 'suspended>failed' THEN ARRAY['TaskFailed']
        WHEN 'failed>pending_approval' THEN ARRAY['ApprovalRequested']
        WHEN 'failed>blocked' THEN ARRAY['TaskRetried']
        WHEN 'failed>queued' THEN ARRAY['TaskRetried']
        WHEN 'cancelled>pending_approval' THEN ARRAY['ApprovalRequested']
        WHEN 'cancelled>blocked' THEN ARRAY['TaskRetried']
        WHEN 'cancelled>queued' THEN ARRAY['TaskRetried']
    END
$$;

CREATE FUNCTION interlock_actor() RETURNS text LANGUAGE sql STABLE AS $$
    SELECT left(coalesce(nullif(current_setting('interlock.actor', true), ''), 'database:' || session_user), 200)
$$;

CREATE FUNCTION interlock_reason() RETURNS text LANGUAGE sql STABLE AS $$
    SELECT left(coalesce(current_setting('interlock.reason', true), ''), 500)
$$;

-- Before: refuse what is not an edge, and keep version, epoch, hand-off and times in step with the state.

CREATE FUNCTION tasks_job_begins() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public AS $$
BEGIN
    IF tasks_edge_kinds('', NEW.state) IS NULL THEN
        RAISE EXCEPTION 'A job cannot begin as %.', NEW.state
            USING ERRCODE = 'check_violation', CONSTRAINT = 'job_edge_legal';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER job_begins BEFORE INSERT ON tasks_agentjob FOR EACH ROW
    WHEN (NEW.state <> 'queued') EXECUTE FUNCTION tasks_job_begins();

CREATE FUNCTION tasks_job_changes_state() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public AS $$
BEGIN
    IF tasks_edge_kinds(OLD.state, NEW.state) IS NULL THEN
        RAISE EXCEPTION 'A job cannot go from % to %.', OLD.state, NEW.state
            USING ERRCODE = 'check_violation', CONSTRAINT = 'job_edge_legal';
    END IF;
    NEW.version := OLD.version + 1;
    NEW.state_since := clock_timestamp();
    IF OLD.state = 'running' OR (OLD.handed_to <> '' AND NEW.state <> 'running') THEN
        NEW.epoch := greatest(NEW.epoch, OLD.epoch + 1);
    END IF;
    IF NEW.state <> 'running' THEN
        NEW.lease_until := NULL;
    END IF;
    NEW.handed_to := '';
    NEW.handed_until := NULL;
    IF NEW.state IN ('completed', 'failed', 'cancelled') THEN
        NEW.completed_at := clock_timestamp();
    ELSE
        NEW.completed_at := NULL;
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER job_changes_state BEFORE UPDATE ON tasks_agentjob FOR EACH ROW
    WHEN (OLD.state IS DISTINCT FROM NEW.state) EXECUTE FUNCTION tasks_job_changes_state();

CREATE FUNCTION tasks_job_epoch_falls() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'The epoch of a job cannot fall (from % to %).', OLD.epoch, NEW.epoch
        USING ERRCODE = 'check_violation', CONSTRAINT = 'job_epoch_rises';
END $$;

CREATE TRIGGER job_epoch_falls BEFORE UPDATE ON tasks_agentjob FOR EACH ROW
    WHEN (NEW.epoch < OLD.epoch) EXECUTE FUNCTION tasks_job_epoch_falls();

CREATE FUNCTION tasks_job_moves_workspace() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'A job cannot move to another workspace or session.'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'job_stays_in_its_session';
END $$;

CREATE TRIGGER job_moves_workspace BEFORE UPDATE ON tasks_agentjob FOR EACH ROW
    WHEN (NEW.workspace_id <> OLD.workspace_id OR NEW.session_id <> OLD.session_id)
    EXECUTE FUNCTION tasks_job_moves_workspace();

-- After: one event for each change, in the same transaction, one INSERT a statement. Only the owner may insert
-- events, so these functions run as the owner, with their search path pinned.

CREATE FUNCTION tasks_job_inserted() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    INSERT INTO public.tasks_event
        (workspace_id, session_id, job_id, version, kind, before, after, actor, reason, worker, epoch, data, at)
    SELECT n.workspace_id, n.session_id, n.id, n.version, (public.tasks_edge_kinds('', n.state))[1], '', n.state,
           public.interlock_actor(), coalesce(nullif(public.interlock_reason(), ''), left(n.error_message, 500)), '',
           n.epoch,
           CASE
               WHEN n.state = 'failed' THEN jsonb_build_object(
                   'code', n.error_code, 'kind', n.error_kind, 'message', left(n.error_message, 500))
               ELSE '{}'
           END,
           clock_timestamp()
    FROM new_rows n ORDER BY n.id;
    RETURN NULL;
END $$;

CREATE TRIGGER job_inserted AFTER INSERT ON tasks_agentjob REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION tasks_job_inserted();

CREATE FUNCTION tasks_job_updated() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
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
               WHEN o.rank <> n.rank THEN 'TaskReordered'
               ELSE 'TaskProgress'
           END,
           o.state, n.state, public.interlock_actor(),
           CASE
               WHEN o.state <> n.state AND n.state = 'cancelled' THEN
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
               WHEN o.state <> n.state THEN '{}'
               WHEN o.priority <> n.priority THEN jsonb_build_object('before', o.priority, 'after', n.priority)
               WHEN o.rank <> n.rank THEN jsonb_build_object('before', o.rank, 'after', n.rank)
               ELSE jsonb_build_object('percent', n.progress_percent, 'message', n.progress_message)
           END,
           clock_timestamp()
    FROM old_rows o JOIN new_rows n USING (id)
    WHERE o.state <> n.state OR o.priority <> n.priority OR o.rank <> n.rank
       OR (n.state = 'running' AND (o.progress_percent, o.progress_message)
           IS DISTINCT FROM (n.progress_percent, n.progress_message))
    ORDER BY n.id;
    RETURN NULL;
END $$;

CREATE TRIGGER job_updated AFTER UPDATE ON tasks_agentjob REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION tasks_job_updated();

-- Workspaces, projects and sessions: pauses and settings.

CREATE FUNCTION tasks_scope_updated() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    was jsonb := to_jsonb(OLD);
    is_now jsonb := to_jsonb(NEW);
    changes jsonb;
BEGIN
    SELECT jsonb_object_agg(key, jsonb_build_array(was -> key, value)) INTO changes
    FROM jsonb_each(is_now) WHERE value IS DISTINCT FROM was -> key;
    IF changes IS NULL OR changes - 'rules_revision' = '{}' THEN
        RETURN NULL;
    END IF;
    INSERT INTO public.tasks_event
        (workspace_id, session_id, kind, before, after, actor, reason, worker, data, at)
    VALUES (
        CASE WHEN TG_TABLE_NAME = 'agents_workspace' THEN NEW.id ELSE (is_now ->> 'workspace_id')::uuid END,
        CASE WHEN TG_TABLE_NAME = 'agents_session' THEN NEW.id END,
        CASE
            WHEN changes ? 'paused_at' AND is_now ->> 'paused_at' IS NULL THEN 'QueueResumed'
            WHEN changes ? 'paused_at' AND was ->> 'paused_at' IS NULL THEN 'QueuePaused'
            ELSE 'SettingsChanged'
        END,
        '', '', public.interlock_actor(), public.interlock_reason(), '',
        jsonb_build_object('of', replace(TG_TABLE_NAME, 'agents_', ''), 'id', NEW.id, 'changes', changes),
        clock_timestamp());
    -- Heard in the order of commits: who pauses and then submits finds the pause known.
    IF changes ?| ARRAY['paused_at', 'max_running', 'max_running_per_session', 'weight'] THEN
        PERFORM pg_catalog.pg_notify('interlock_jobs', 'settings');
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER workspace_updated AFTER UPDATE ON agents_workspace
    FOR EACH ROW EXECUTE FUNCTION tasks_scope_updated();
CREATE TRIGGER project_updated AFTER UPDATE ON agents_project
    FOR EACH ROW EXECUTE FUNCTION tasks_scope_updated();
CREATE TRIGGER session_updated AFTER UPDATE ON agents_session
    FOR EACH ROW EXECUTE FUNCTION tasks_scope_updated();
CREATE TRIGGER rule_updated AFTER UPDATE ON agents_rule
    FOR EACH ROW EXECUTE FUNCTION tasks_scope_updated();

CREATE FUNCTION tasks_scope_made_or_removed() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    it jsonb := to_jsonb(CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END);
BEGIN
    INSERT INTO public.tasks_event (workspace_id, kind, before, after, actor, reason, worker, data, at)
    VALUES ((it ->> 'workspace_id')::uuid, 'SettingsChanged', '', '', public.interlock_actor(),
            public.interlock_reason(), '',
            jsonb_build_object('of', replace(TG_TABLE_NAME, 'agents_', ''), 'id', it ->> 'id',
                               CASE WHEN TG_OP = 'DELETE' THEN 'removed' ELSE 'made' END, it),
            clock_timestamp());
    RETURN NULL;
END $$;

CREATE TRIGGER rule_made_or_removed AFTER INSERT OR DELETE ON agents_rule
    FOR EACH ROW EXECUTE FUNCTION tasks_scope_made_or_removed();

-- Workers belong to the platform: their events carry no workspace.

CREATE FUNCTION tasks_worker_changed() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    INSERT INTO public.tasks_event (kind, before, after, actor, reason, worker, data, at)
    VALUES (CASE WHEN NEW.stopped_at IS NULL THEN 'WorkerStarted' ELSE 'WorkerStopped' END, '', '',
            public.interlock_actor(), public.interlock_reason(), NEW.id,
            jsonb_build_object('name', NEW.name, 'host', NEW.host, 'slots', NEW.slots), clock_timestamp());
    RETURN NULL;
END $$;

CREATE TRIGGER worker_started AFTER INSERT ON tasks_worker
    FOR EACH ROW EXECUTE FUNCTION tasks_worker_changed();
-- It stopped, or one that was silent for so long that it was taken for gone is heard again.
CREATE TRIGGER worker_stopped AFTER UPDATE ON tasks_worker FOR EACH ROW
    WHEN ((OLD.stopped_at IS NULL) <> (NEW.stopped_at IS NULL)) EXECUTE FUNCTION tasks_worker_changed();

-- A trigger runs its function whoever fires it; but who may EXECUTE a trigger function can hang it on a temporary
-- table of their own and have it write events about rows that they made up.
REVOKE EXECUTE ON FUNCTION tasks_job_inserted(), tasks_job_updated(), tasks_scope_updated(),
    tasks_scope_made_or_removed(), tasks_worker_changed() FROM PUBLIC;

-- A queue changes its rows all the time: dead ones are cleared, and what the planner knows is brought up to date, after
-- some thousand changes and not after a fifth of the table. Room in each page lets a heartbeat change a row in place.
ALTER TABLE tasks_agentjob SET (
    fillfactor = 85, autovacuum_vacuum_threshold = 2000, autovacuum_vacuum_scale_factor = 0.02,
    autovacuum_analyze_threshold = 1000, autovacuum_analyze_scale_factor = 0.02
);
ALTER TABLE tasks_event SET (
    fillfactor = 85, autovacuum_vacuum_threshold = 5000, autovacuum_vacuum_scale_factor = 0.05,
    autovacuum_analyze_threshold = 5000, autovacuum_analyze_scale_factor = 0.05
);
