-- Who is to hand a job back hears no more of it once the job has left.

CREATE OR REPLACE FUNCTION tasks_job_changes_state() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, public AS $$
BEGIN
    IF tasks_edge_kinds(OLD.state, NEW.state) IS NULL THEN
        RAISE EXCEPTION 'A job cannot go from % to %.', OLD.state, NEW.state
            USING ERRCODE = 'check_violation', CONSTRAINT = 'job_edge_legal';
    END IF;
    NEW.version := OLD.version + 1;
    NEW.state_since := clock_timestamp();
    IF OLD.state = 'running' OR (OLD.state = 'queued' AND NEW.state <> 'running') THEN
        NEW.epoch := greatest(NEW.epoch, OLD.epoch + 1);
    END IF;
    IF NEW.state <> 'running' THEN
        NEW.lease_until := NULL;
        NEW.give_back := '';
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

-- How much runs at once is heard like a pause.
CREATE OR REPLACE FUNCTION tasks_platform_updated() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    INSERT INTO public.tasks_event (workspace_id, kind, before, after, actor, reason, worker, data, at)
    VALUES (NULL,
            CASE
                WHEN (OLD.paused_at IS NULL) = (NEW.paused_at IS NULL) THEN 'SettingsChanged'
                WHEN NEW.paused_at IS NULL THEN 'QueueResumed' ELSE 'QueuePaused'
            END, '', '', public.interlock_actor(), public.interlock_reason(), '',
            jsonb_build_object('of', 'platform') || CASE
                WHEN OLD.max_running IS DISTINCT FROM NEW.max_running
                    THEN jsonb_build_object('changes', jsonb_build_object(
                        'max_running', jsonb_build_array(OLD.max_running, NEW.max_running)))
                ELSE '{}'
            END,
            clock_timestamp());
    PERFORM pg_catalog.pg_notify('interlock_jobs', 'settings');
    RETURN NULL;
END $$;

DROP TRIGGER platform_updated ON tasks_platformstate;
CREATE TRIGGER platform_updated AFTER UPDATE ON tasks_platformstate FOR EACH ROW
    WHEN ((OLD.paused_at IS NULL) <> (NEW.paused_at IS NULL) OR OLD.max_running IS DISTINCT FROM NEW.max_running)
    EXECUTE FUNCTION tasks_platform_updated();
