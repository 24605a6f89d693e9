DROP POLICY tenant ON agents_providerkey;
ALTER TABLE agents_providerkey DISABLE ROW LEVEL SECURITY;
