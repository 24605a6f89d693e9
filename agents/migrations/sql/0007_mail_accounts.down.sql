DROP POLICY tenant ON agents_mailaccount;
ALTER TABLE agents_mailaccount DISABLE ROW LEVEL SECURITY;
