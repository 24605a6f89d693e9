DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['tasks_workkind', 'tasks_forecast', 'tasks_coverage'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format(
            'CREATE POLICY tenant ON %I USING (workspace_id = ANY ((SELECT interlock_workspaces())::uuid[]) '
            'OR (SELECT interlock_all_workspaces()))', name);
    END LOOP;
END $$;

-- Rewritten every second or two, and worth nothing after a crash.
ALTER TABLE tasks_forecast SET UNLOGGED;
