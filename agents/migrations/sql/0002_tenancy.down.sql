DROP TRIGGER rules_changed ON agents_rule;
DROP FUNCTION agents_rules_changed();
ALTER TABLE agents_contextsnapshot DROP CONSTRAINT snapshot_agent_same_workspace;
ALTER TABLE agents_agent DROP CONSTRAINT agent_session_same_workspace;
ALTER TABLE agents_session DROP CONSTRAINT session_project_same_workspace;

DO $$
DECLARE name text;
BEGIN
    FOREACH name IN ARRAY ARRAY[
        'agents_workspace', 'agents_project', 'agents_session', 'agents_agent', 'agents_contextsnapshot', 'agents_rule'
    ] LOOP
        EXECUTE format('DROP POLICY tenant ON %I', name);
        EXECUTE format('ALTER TABLE %I DISABLE ROW LEVEL SECURITY', name);
    END LOOP;
END $$;

DROP FUNCTION interlock_all_workspaces();
DROP FUNCTION interlock_workspaces();
