CREATE FUNCTION tasks_agent_changed() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    INSERT INTO public.tasks_event (workspace_id, session_id, kind, before, after, actor, reason, worker, data, at)
    VALUES (NEW.workspace_id, NEW.session_id,
            CASE WHEN NEW.terminated_at IS NULL THEN 'AgentSpawned' ELSE 'AgentTerminated' END, '', '',
            public.interlock_actor(), public.interlock_reason(), '',
            jsonb_build_object('agent', NEW.id, 'name', NEW.name, 'type', NEW.type), clock_timestamp());
    RETURN NULL;
END $$;

CREATE TRIGGER agent_spawned AFTER INSERT ON agents_agent
    FOR EACH ROW EXECUTE FUNCTION tasks_agent_changed();
CREATE TRIGGER agent_terminated AFTER UPDATE ON agents_agent FOR EACH ROW
    WHEN (OLD.terminated_at IS NULL AND NEW.terminated_at IS NOT NULL) EXECUTE FUNCTION tasks_agent_changed();

CREATE FUNCTION tasks_context_revised() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    INSERT INTO public.tasks_event (workspace_id, session_id, job_id, kind, before, after, actor, reason, worker, data, at)
    VALUES (NEW.workspace_id, NEW.session_id, NEW.job, 'ContextRevised', '', '',
            public.interlock_actor(), '', '',
            jsonb_build_object('agent', NEW.agent_id, 'revision', NEW.revision, 'why', NEW.reason,
                               'messages', NEW.messages, 'tokens', NEW.tokens), clock_timestamp());
    RETURN NULL;
END $$;

CREATE TRIGGER context_revised AFTER INSERT ON agents_contextsnapshot
    FOR EACH ROW EXECUTE FUNCTION tasks_context_revised();

CREATE TRIGGER agent_role_updated AFTER UPDATE ON agents_agentrole
    FOR EACH ROW EXECUTE FUNCTION tasks_scope_updated();
CREATE TRIGGER agent_role_made_or_removed AFTER INSERT OR DELETE ON agents_agentrole
    FOR EACH ROW EXECUTE FUNCTION tasks_scope_made_or_removed();

REVOKE EXECUTE ON FUNCTION tasks_agent_changed(), tasks_context_revised() FROM PUBLIC;
