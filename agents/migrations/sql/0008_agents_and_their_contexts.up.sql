ALTER TABLE agents_agentrole ENABLE ROW LEVEL SECURITY;
CREATE POLICY tenant ON agents_agentrole
    USING (workspace_id = ANY ((SELECT interlock_workspaces())::uuid[]) OR (SELECT interlock_all_workspaces()));
ALTER TABLE agents_contextsnapshot ADD CONSTRAINT snapshot_session_same_workspace
    FOREIGN KEY (workspace_id, session_id) REFERENCES agents_session (workspace_id, id);
