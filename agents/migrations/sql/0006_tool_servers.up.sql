ALTER TABLE agents_toolserver ENABLE ROW LEVEL SECURITY;
CREATE POLICY tenant ON agents_toolserver
    USING (workspace_id = ANY ((SELECT interlock_workspaces())::uuid[]) OR (SELECT interlock_all_workspaces()));
