-- Whose rows: the tenant of the open transaction, as `agents.tenancy` sets it.

-- The sub-selects at the call sites make these two run once a statement instead of once a row.
CREATE FUNCTION interlock_workspaces() RETURNS uuid[] LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT nullif(current_setting('interlock.workspaces', true), '')::uuid[]
$$;

CREATE FUNCTION interlock_all_workspaces() RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT coalesce(current_setting('interlock.all_workspaces', true), '') = 'on'
$$;

ALTER TABLE agents_workspace ENABLE ROW LEVEL SECURITY;
CREATE POLICY tenant ON agents_workspace
    USING (id = ANY ((SELECT interlock_workspaces())::uuid[]) OR (SELECT interlock_all_workspaces()));

DO $$
DECLARE name text;
BEGIN
    FOREACH name IN ARRAY ARRAY[
        'agents_project', 'agents_session', 'agents_agent', 'agents_contextsnapshot', 'agents_rule'
    ] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format(
            'CREATE POLICY tenant ON %I USING (workspace_id = ANY ((SELECT interlock_workspaces())::uuid[]) '
            'OR (SELECT interlock_all_workspaces()))', name);
    END LOOP;
END $$;

-- A row cannot point at another tenant's row.
ALTER TABLE agents_session ADD CONSTRAINT session_project_same_workspace
    FOREIGN KEY (workspace_id, project_id) REFERENCES agents_project (workspace_id, id);
ALTER TABLE agents_agent ADD CONSTRAINT agent_session_same_workspace
    FOREIGN KEY (workspace_id, session_id) REFERENCES agents_session (workspace_id, id);
ALTER TABLE agents_contextsnapshot ADD CONSTRAINT snapshot_agent_same_workspace
    FOREIGN KEY (workspace_id, agent_id) REFERENCES agents_agent (workspace_id, id);

-- Who evaluates the rules of a workspace keeps them for as long as their revision stays.
CREATE FUNCTION agents_rules_changed() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    UPDATE public.agents_workspace SET rules_revision = gen_random_uuid()
    WHERE id = CASE WHEN TG_OP = 'DELETE' THEN OLD.workspace_id ELSE NEW.workspace_id END;
    RETURN NULL;
END $$;

CREATE TRIGGER rules_changed AFTER INSERT OR UPDATE OR DELETE ON agents_rule
    FOR EACH ROW EXECUTE FUNCTION agents_rules_changed();
REVOKE EXECUTE ON FUNCTION agents_rules_changed() FROM PUBLIC;
