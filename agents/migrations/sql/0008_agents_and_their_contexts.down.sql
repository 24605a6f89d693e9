ALTER TABLE agents_contextsnapshot DROP CONSTRAINT snapshot_session_same_workspace;
DROP POLICY tenant ON agents_agentrole;
ALTER TABLE agents_agentrole DISABLE ROW LEVEL SECURITY;
