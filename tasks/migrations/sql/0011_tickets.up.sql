-- A hand-off may be in its message alone (tasks.transitions.Ticket): whatever takes a job out of the queue, except the
-- claim itself, which sets it, raises the epoch and so voids the messages that name the one before.

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
