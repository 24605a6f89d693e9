DROP POLICY tenant ON agents_toolserver;
ALTER TABLE agents_toolserver DISABLE ROW LEVEL SECURITY;
