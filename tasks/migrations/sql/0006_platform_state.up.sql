-- Everybody may know that everything is paused; only who sees all workspaces may say so.
ALTER TABLE tasks_platformstate ENABLE ROW LEVEL SECURITY;
CREATE POLICY everybody_reads ON tasks_platformstate FOR SELECT USING (true);
CREATE POLICY platform_makes ON tasks_platformstate FOR INSERT WITH CHECK ((SELECT interlock_all_workspaces()));
CREATE POLICY platform_changes ON tasks_platformstate FOR UPDATE USING ((SELECT interlock_all_workspaces()));

CREATE FUNCTION tasks_platform_updated() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    INSERT INTO public.tasks_event (workspace_id, kind, before, after, actor, reason, worker, data, at)
    VALUES (NULL, CASE WHEN NEW.paused_at IS NULL THEN 'QueueResumed' ELSE 'QueuePaused' END, '', '',
            public.interlock_actor(), public.interlock_reason(), '', jsonb_build_object('of', 'platform'),
            clock_timestamp());
    PERFORM pg_catalog.pg_notify('interlock_jobs', 'settings');
    RETURN NULL;
END $$;

REVOKE EXECUTE ON FUNCTION tasks_platform_updated() FROM PUBLIC;

CREATE TRIGGER platform_updated AFTER UPDATE ON tasks_platformstate FOR EACH ROW
    WHEN ((OLD.paused_at IS NULL) <> (NEW.paused_at IS NULL)) EXECUTE FUNCTION tasks_platform_updated();
