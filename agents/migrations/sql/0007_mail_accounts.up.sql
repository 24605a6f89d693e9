ALTER TABLE agents_mailaccount ENABLE ROW LEVEL SECURITY;
CREATE POLICY tenant ON agents_mailaccount
    USING (workspace_id = ANY ((SELECT interlock_workspaces())::uuid[]) OR (SELECT interlock_all_workspaces()));
