ALTER TABLE agents_providerkey ENABLE ROW LEVEL SECURITY;
CREATE POLICY tenant ON agents_providerkey
    USING (workspace_id = ANY ((SELECT interlock_workspaces())::uuid[]) OR (SELECT interlock_all_workspaces()));
